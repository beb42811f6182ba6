"""One look at Temporal for one pool: every queue's statistics and the slots its workers report, all at once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import Final, TypeVar

from temporalio.service import RPCError, RPCStatusCode
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from controller.api.condition_reasons import Connected
from controller.api.model import TaskType
from controller.api.spec import WorkerDeployment
from controller.scaling.observation import QueueStatistics, Unknown, UnknownCause
from controller.temporal.budget import Budgets, BudgetSpentError, ReadBudget, SharedReads
from controller.temporal.client import ConnectionIdentity, Connections, TemporalNamespace
from controller.temporal.errors import (
    Attempt,
    TemporalFailure,
    budget_spent,
    classify,
    is_about_namespace,
    is_connection_lost,
    server_too_old,
)
from controller.temporal.statistics import QueueSights, read_enhanced_statistics, read_statistics, unreadable
from controller.temporal.versions import read_version_statistics
from controller.temporal.workers import FirstSeen, SlotsLeftOutError, WorkerReport, first_seen, is_young, read_workers

READ_DEADLINE_SECONDS: Final = 4.0
"""How long one read may take, connecting and retries included, once it is its turn: less than the shortest polling
interval (5 s)."""

LONGEST_READ_SECONDS: Final = 30.0
"""How long one read may take in all, with the turns that each of its requests waited for: all pages of a list of
workers share it. A pass has twice as much."""

MAX_TRIES: Final = 3
"""How often a read is tried: a frontend that restarts or a lost connection is usually over after the first pause."""

LONGEST_PAUSE_SECONDS: Final = 0.5
"""Upper bound of the pause between two tries."""

_NO_LIMITS: Final = frozenset(
    {
        RPCStatusCode.INVALID_ARGUMENT,
        RPCStatusCode.UNIMPLEMENTED,
        RPCStatusCode.PERMISSION_DENIED,
        RPCStatusCode.INTERNAL,
        RPCStatusCode.UNKNOWN,
    }
)
"""What may be the answer to a question about rate limits of a server, or a proxy, that would answer without it."""

Value = TypeVar("Value")
Key = tuple[str, TaskType]
"""Task queue and task type."""
Workers = tuple[WorkerReport, ...]


_REFUSED: Final = frozenset({Connected.PERMISSION_DENIED, Connected.SERVER_TOO_OLD, Connected.REQUEST_FAILED})
"""Failures to list workers that don't pass by waiting: the server, or a proxy before it, will not have it asked."""

NOT_ASKED: Final = Unknown(UnknownCause.NEVER_THERE, "the workers were not asked by heartbeat")


@dataclass(frozen=True, slots=True)
class TemporalReading:
    """What Temporal said. A part that could not be read is `Unknown`; the others stand."""

    statistics: Mapping[Key, QueueStatistics | Unknown]
    """One entry for each task queue and task type that was asked for."""
    workers: Workers | Unknown
    """Every running worker on these task queues, of whichever Deployment. Unknown as soon as one queue could not be
    read: a list with a hole would make busy workers look idle."""
    failure: TemporalFailure | None
    """Why statistics could not be read, `None` if all were. One that only lists no workers has not failed: what that
    costs is told with `workers`."""


@dataclass(frozen=True, slots=True)
class _Place:
    identity: ConnectionIdentity
    temporal_namespace: str

    @property
    def server(self) -> tuple[str, str]:
        """Without the credentials: nothing that outlives a read may keep them."""
        return self.identity.address, self.temporal_namespace

    def attempt(self, what: str) -> Attempt:
        return Attempt(self.identity, self.temporal_namespace, what)


class TemporalReader:
    """Reads Temporal for all pools, each Temporal namespace within its budget, identical reads of one tick once."""

    def __init__(
        self,
        connections: Connections,
        now: Callable[[], float],
        read_deadline_seconds: float = READ_DEADLINE_SECONDS,
        budgets: Budgets | None = None,
        elapsed: Callable[[], float] = monotonic,
    ) -> None:
        """Reads through these connections.

        Args:
            connections: To all servers.
            now: Gives seconds since the Unix epoch.
            read_deadline_seconds: For one read, once it is its turn.
            budgets: Of all Temporal namespaces.
            elapsed: Gives seconds of a clock that never steps, for intervals.
        """
        self._connections = connections
        self._now, self._elapsed = now, elapsed
        self._read_deadline_seconds = read_deadline_seconds
        self._budgets = budgets or Budgets()
        self._shared = SharedReads()
        self._sights = QueueSights()
        self._lacking = Lacking()
        self._first_seen = FirstSeen()

    async def read(
        self,
        identity: ConnectionIdentity,
        temporal_namespace: str,
        task_queues: Sequence[Key],
        version: WorkerDeployment | None = None,
        *,
        with_workers: bool = True,
    ) -> TemporalReading:
        """Asks for all statistics and workers at once; a server that fails is in the answer, never an exception.

        Args:
            identity: How the server is reached.
            temporal_namespace: Where the task queues are.
            task_queues: What to read.
            version: Of Worker Versioning: its statistics instead of the sum over all versions.
            with_workers: Whether to ask for the workers and what they run.
        """
        place = _Place(identity, temporal_namespace)
        names = sorted({name for name, _ in task_queues}) if with_workers else []
        statistics, workers = await asyncio.gather(
            self._version(place, task_queues, version) if version else self._all_versions(place, task_queues),
            asyncio.gather(*(self._shared.get((place, name), partial(self._workers, place, name)) for name in names)),
        )
        return TemporalReading(
            statistics={key: self._known_or_unknown(place, key, answer) for key, answer in statistics.items()},
            workers=self._seen(place, workers) if with_workers else NOT_ASKED,
            failure=next((answer for answer in statistics.values() if isinstance(answer, TemporalFailure)), None),
        )

    def budget(self, identity: ConnectionIdentity, temporal_namespace: str) -> ReadBudget:
        """The budget of a Temporal namespace."""
        return self._budgets.of(identity.address, temporal_namespace)

    async def close(self) -> None:
        """Ends the reads that are under way."""
        await self._shared.close()

    async def _all_versions(
        self, place: _Place, task_queues: Sequence[Key]
    ) -> dict[Key, QueueStatistics | TemporalFailure | Unknown]:
        reads = (self._shared.get((place, key), partial(self._statistics, place, *key)) for key in task_queues)
        return dict(zip(task_queues, await asyncio.gather(*reads), strict=True))

    async def _statistics(
        self, place: _Place, task_queue: str, task_type: TaskType
    ) -> QueueStatistics | TemporalFailure:
        attempt = place.attempt(f"read the statistics of task queue `{task_queue}` ({task_type})")

        async def ask(namespace: TemporalNamespace) -> QueueStatistics | None:
            old = place.server, "statistics"
            if not self._lacking.has(old, self._elapsed()):
                answer = await self._statistics_with_limit(place, namespace, task_queue, task_type)
                if answer is not None:
                    return answer
                self._lacking.note(old, self._elapsed())
            return await read_enhanced_statistics(namespace, task_queue, task_type, self._now())

        answer = await self._try(place, attempt, ask)
        return server_too_old(attempt, "1.27") if answer is None else answer

    async def _statistics_with_limit(
        self, place: _Place, namespace: TemporalNamespace, task_queue: str, task_type: TaskType
    ) -> QueueStatistics | None:
        """The statistics, with the rate limit unless the server refuses to answer that."""
        no_limits = place.server, "rate limits"
        if self._lacking.has(no_limits, self._elapsed()):
            return await read_statistics(namespace, task_queue, task_type, self._now(), with_limit=False)
        try:
            return await read_statistics(namespace, task_queue, task_type, self._now())
        except RPCError as error:
            if error.status not in _NO_LIMITS or is_about_namespace(error):
                raise
        answer = await read_statistics(namespace, task_queue, task_type, self._now(), with_limit=False)
        self._lacking.note(no_limits, self._elapsed())
        return answer

    async def _version(
        self, place: _Place, task_queues: Sequence[Key], version: WorkerDeployment
    ) -> dict[Key, QueueStatistics | TemporalFailure | Unknown]:
        attempt = place.attempt(
            f"read the statistics of version {version.build_id} of Worker Deployment {version.name}"
        )

        async def ask(namespace: TemporalNamespace) -> Mapping[Key, QueueStatistics] | None:
            return await read_version_statistics(namespace, version, self._now())

        answer = await self._shared.get((place, version), lambda: self._try(place, attempt, ask))
        if answer is None:
            answer = server_too_old(attempt, "1.29")
        if isinstance(answer, TemporalFailure):
            return dict.fromkeys(task_queues, answer)
        return {key: answer.get(key) or _not_of_version(key, version) for key in task_queues}

    async def _workers(self, place: _Place, task_queue: str) -> Workers | Unknown:
        attempt = place.attempt(f"list the workers of task queue `{task_queue}`")

        async def ask(namespace: TemporalNamespace) -> Workers | Unknown:
            try:
                return await read_workers(namespace, task_queue, self._now())
            except SlotsLeftOutError:
                return Unknown(UnknownCause.NEVER_THERE, f"{place.identity.address} lists workers without their slots")
            except RPCError as error:
                if error.status is not RPCStatusCode.UNIMPLEMENTED:
                    raise
                message = f"{place.identity.address} keeps no worker heartbeats (before 1.30)"
                return Unknown(UnknownCause.NEVER_THERE, message)

        answer = await self._try(place, attempt, ask)
        if not isinstance(answer, TemporalFailure):
            return answer
        cause = UnknownCause.NEVER_THERE if answer.reason in _REFUSED else UnknownCause.LOST
        return Unknown(cause, answer.message)

    def _seen(self, place: _Place, answers: Iterable[Workers | Unknown]) -> Workers | Unknown:
        """The workers of all queues, none of whose reports is younger than the moment when it was seen first."""
        workers, now, elapsed = _all_or_unknown(answers), self._now(), self._elapsed()
        if isinstance(workers, Unknown):
            return workers
        self._first_seen.forget_gone(elapsed)
        seen_at = (
            now - self._first_seen.age_seconds(_process(place, worker), worker.reported_at, elapsed)
            for worker in workers
        )
        made = (first_seen(worker, at) for worker, at in zip(workers, seen_at, strict=True))
        return tuple(worker for worker in made if all(is_young(report.reported_at, now) for report in worker.slots))

    async def _try(
        self, place: _Place, attempt: Attempt, ask: Callable[[TemporalNamespace], Awaitable[Value]]
    ) -> Value | TemporalFailure:
        """Asks until there is an answer, a failure that will not pass by itself, or the deadline."""
        retrying = AsyncRetrying(
            retry=retry_if_exception(_is_transient),
            stop=stop_after_attempt(MAX_TRIES),
            wait=wait_random_exponential(multiplier=0.1, max=LONGEST_PAUSE_SECONDS),
            reraise=True,
        )
        budget = self.budget(place.identity, place.temporal_namespace)
        try:
            async with asyncio.timeout(self._read_deadline_seconds) as deadline:
                end = asyncio.get_running_loop().time() + LONGEST_READ_SECONDS

                async def turn() -> None:
                    wait = budget.reserve()
                    if (when := deadline.when()) is not None:
                        deadline.reschedule(min(when + wait, end))
                    await asyncio.sleep(wait)

                client = await self._connections.client(place.identity)
                namespace = TemporalNamespace(client, place.temporal_namespace, self._read_deadline_seconds, turn)
                try:
                    return await retrying(ask, namespace)
                except RPCError as error:
                    if not is_connection_lost(error):
                        raise
                # A lost connection doesn't say why; making a new one either heals it or names the cause.
                self._connections.forget(place.identity, client)
                return await ask(replace(namespace, client=await self._connections.client(place.identity)))
        except BudgetSpentError as error:
            return budget_spent(error, budget.limit, attempt)
        except (RPCError, RuntimeError, ValueError, TimeoutError) as error:
            if isinstance(error, RPCError) and error.status is RPCStatusCode.RESOURCE_EXHAUSTED:
                budget.refused()
            return classify(error, attempt)

    def _known_or_unknown(
        self, place: _Place, key: Key, answer: QueueStatistics | TemporalFailure | Unknown
    ) -> QueueStatistics | Unknown:
        match answer:
            case QueueStatistics() if wrong := unreadable(answer):
                message = f"{place.identity.address} answers for task queue {key[0]} ({key[1]}) what can't be: {wrong}"
                return Unknown(UnknownCause.LOST, message)
            case QueueStatistics():
                return replace(answer, rates_young=self._sights.seen((place.server, key), self._elapsed()))
            case Unknown():
                return answer
            case TemporalFailure():
                self._sights.lost((place.server, key))
                return Unknown(UnknownCause.LOST, answer.message)


def _process(place: _Place, worker: WorkerReport) -> Hashable:
    """What no other worker has."""
    return place.server, worker.instance, worker.worker_identity


def unread(failure: TemporalFailure, task_queues: Iterable[Key]) -> TemporalReading:
    """The reading of a pool whose server could not even be asked."""
    lost = Unknown(UnknownCause.LOST, failure.message)
    return TemporalReading(statistics=dict.fromkeys(task_queues, lost), workers=lost, failure=failure)


def _is_transient(error: BaseException) -> bool:
    """No connection just now. What is refused stays refused, and throttling gets worse by asking again."""
    return isinstance(error, RPCError) and error.status is RPCStatusCode.UNAVAILABLE


def _not_of_version(key: Key, version: WorkerDeployment) -> Unknown:
    """A version of which no worker has polled for these tasks has no statistics, and no task can be meant for it."""
    message = (
        f"version {version.build_id} of Worker Deployment {version.name} has no task queue {key[0]} ({key[1]}): "
        "none of its workers has polled it yet"
    )
    return Unknown(UnknownCause.LOST, message)


def _all_or_unknown(answers: Iterable[Workers | Unknown]) -> Workers | Unknown:
    workers: list[WorkerReport] = []
    for answer in answers:
        if isinstance(answer, Unknown):
            return answer
        workers += answer
    return tuple(workers)


RETRIED_SECONDS: Final = 600.0
"""After this time a server is asked for what it did not know once more."""


class Lacking:
    """What was missing, and since when. Times are seconds of a clock that never steps."""

    def __init__(self) -> None:
        """Starts with servers that know everything."""
        self._until: dict[Hashable, float] = {}

    def note(self, key: Hashable, now: float) -> None:
        """Notes that something is missing; `key` says what and where, and is kept until it is asked for again."""
        self._until = {other: until for other, until in self._until.items() if now < until}
        self._until[key] = now + RETRIED_SECONDS

    def has(self, key: Hashable, now: float) -> bool:
        """Whether that was found missing a while ago."""
        return now < self._until.get(key, now)
