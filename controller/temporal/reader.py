"""Reads from Temporal what one poll of a pool needs: the statistics of each task queue and its workers, all at once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import inf
from time import monotonic
from typing import Final, TypeVar

from temporalio.service import RPCError, RPCStatusCode
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from controller.api.condition_reasons import Connected
from controller.api.model import TaskType
from controller.api.spec import WorkerDeployment
from controller.api.text import cut
from controller.scaling.observation import QueueStatistics, Unknown, UnknownCause
from controller.scaling.text import after_colon
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
from controller.temporal.statistics import QueueReads, implausible, read_enhanced_statistics, read_statistics
from controller.temporal.versions import read_version_statistics
from controller.temporal.workers import (
    ReportArrivals,
    SlotsLeftOutError,
    WorkerReport,
    is_fresh,
    read_workers,
    read_workers_on,
    received_by,
)

READ_DEADLINE_SECONDS: Final = 4.0
"""How long one read may take, connecting and retries included, after its wait for the budget: less than the shortest
polling interval (5 s)."""

LONGEST_READ_SECONDS: Final = 30.0
"""How long one read may take in all, waiting for the budget included: all pages of a list of workers share it. A
reconcile has twice as much."""

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
"""Answers to a request for rate limits of a server, or a proxy, that may answer the same request without them."""

Value = TypeVar("Value")
QueueKey = tuple[str, TaskType]
"""Task queue and task type."""
Workers = tuple[WorkerReport, ...]

_REFUSED: Final = frozenset({Connected.PERMISSION_DENIED, Connected.SERVER_TOO_OLD, Connected.REQUEST_FAILED})
"""Failures to list workers that waiting does not fix: the server, or a proxy before it, refuses the request."""

MAX_NAME_BYTES: Final = 200
"""UTF-8 bytes of each name in a message: one of 1,000 characters must not push the rest out of it."""

WITHOUT_HEARTBEATS: Final = "Set inFlight.podMetrics, which needs no heartbeats."
"""What to do where the server has none."""

NOT_READ: Final = Unknown(UnknownCause.NEVER_THERE, "worker heartbeats were not read")


@dataclass(frozen=True, slots=True)
class TemporalReading:
    """What one poll has read. A part that could not be read is `Unknown`; the others count."""

    statistics: Mapping[QueueKey, QueueStatistics | Unknown]
    """One entry for each task queue and task type that was requested."""
    workers: Workers | Unknown
    """Every running worker on these task queues, other workers included. Unknown as soon as one queue could not be
    read: an incomplete list would make busy workers look idle."""
    failure: TemporalFailure | None
    """Why statistics could not be read, `None` if all were. A list of workers that could not be read is in
    `workers`."""


@dataclass(frozen=True, slots=True)
class _Place:
    identity: ConnectionIdentity
    temporal_namespace: str

    @property
    def server(self) -> tuple[str, str]:
        """Without the credentials: what is kept after a read must not hold them."""
        return self.identity.address, self.temporal_namespace

    def attempt(self, what: str) -> Attempt:
        return Attempt(self.identity, self.temporal_namespace, what)


class TemporalReader:
    """Reads Temporal for all pools, each Temporal namespace within its read budget."""

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
            read_deadline_seconds: For one read, after its wait for the budget.
            budgets: Of all Temporal namespaces.
            elapsed: Gives seconds of a monotonic clock, for intervals.
        """
        self._connections = connections
        self._now, self._elapsed = now, elapsed
        self._read_deadline_seconds = read_deadline_seconds
        self._budgets = budgets or Budgets()
        self._shared = SharedReads()
        self._queue_reads = QueueReads()
        self._unsupported = UnsupportedFeatures()
        self._arrivals = ReportArrivals()
        self._keeps_heartbeats: dict[tuple[str, str], tuple[float, bool | None]] = {}

    async def read(
        self,
        identity: ConnectionIdentity,
        temporal_namespace: str,
        task_queues: Sequence[QueueKey],
        version: WorkerDeployment | None = None,
        *,
        with_workers: bool = True,
    ) -> TemporalReading:
        """Reads all statistics and workers at once; a failure is part of the reading, never an exception.

        Args:
            identity: How the server is reached.
            temporal_namespace: Where the task queues are.
            task_queues: What to read.
            version: Reads the statistics of this version instead of the sum over all versions.
            with_workers: Whether to read the worker heartbeats.
        """
        place = _Place(identity, temporal_namespace)
        names = sorted({name for name, _ in task_queues}) if with_workers else []
        statistics, workers = await asyncio.gather(
            self._version(place, task_queues, version) if version else self._all_versions(place, task_queues),
            asyncio.gather(*(self._shared.get((place, name), partial(self._workers, place, name)) for name in names)),
        )
        return TemporalReading(
            statistics={key: self._known_or_unknown(place, key, answer) for key, answer in statistics.items()},
            workers=self._received(place, workers) if with_workers else NOT_READ,
            failure=next((answer for answer in statistics.values() if isinstance(answer, TemporalFailure)), None),
        )

    async def workers_on(
        self, identity: ConnectionIdentity, temporal_namespace: str, hosts: Sequence[str]
    ) -> Workers | Unknown:
        """Reads the workers of some hosts, whichever task queues they poll."""
        place = _Place(identity, temporal_namespace)
        attempt = place.attempt(f"list the workers of {len(hosts)} hosts")
        return await self._listed(place, attempt, partial(read_workers_on, hosts=hosts, now=self._now()))

    async def keeps_heartbeats(self, identity: ConnectionIdentity, temporal_namespace: str) -> bool | None:
        """Whether the server keeps worker heartbeats, by which SDKs decide whether to send any; `None`: not known.

        It is read at most every `UNSUPPORTED_RETRY_SECONDS`.
        """
        place, elapsed = _Place(identity, temporal_namespace), self._elapsed()
        at, kept = self._keeps_heartbeats.get(place.server, (-inf, None))
        if elapsed - at < UNSUPPORTED_RETRY_SECONDS:
            return kept
        attempt = place.attempt("describe the Temporal namespace")
        answer = await self._try(place, attempt, TemporalNamespace.describe)
        kept = None if isinstance(answer, TemporalFailure) else answer.namespace_info.capabilities.worker_heartbeats
        self._keeps_heartbeats[place.server] = elapsed, kept
        return kept

    def budget(self, identity: ConnectionIdentity, temporal_namespace: str) -> ReadBudget:
        """The read budget of a Temporal namespace."""
        return self._budgets.of(identity.address, temporal_namespace)

    async def close(self) -> None:
        """Ends the reads that are under way."""
        await self._shared.close()

    async def _all_versions(
        self, place: _Place, task_queues: Sequence[QueueKey]
    ) -> dict[QueueKey, QueueStatistics | TemporalFailure | Unknown]:
        reads = (self._shared.get((place, key), partial(self._statistics, place, *key)) for key in task_queues)
        return dict(zip(task_queues, await asyncio.gather(*reads), strict=True))

    async def _statistics(
        self, place: _Place, task_queue: str, task_type: TaskType
    ) -> QueueStatistics | TemporalFailure:
        attempt = place.attempt(f"read the statistics of task queue `{task_queue}` ({task_type})")

        async def ask(namespace: TemporalNamespace) -> QueueStatistics | None:
            old = place.server, "statistics"
            if not self._unsupported.has(old, self._elapsed()):
                answer = await self._statistics_with_limit(place, namespace, task_queue, task_type)
                if answer is not None:
                    return answer
                self._unsupported.add(old, self._elapsed())
            return await read_enhanced_statistics(namespace, task_queue, task_type, self._now())

        answer = await self._try(place, attempt, ask)
        return server_too_old(attempt, "1.27") if answer is None else answer

    async def _statistics_with_limit(
        self, place: _Place, namespace: TemporalNamespace, task_queue: str, task_type: TaskType
    ) -> QueueStatistics | None:
        """The statistics, with the rate limit unless the server refuses that request."""
        no_limits = place.server, "rate limits"
        if self._unsupported.has(no_limits, self._elapsed()):
            return await read_statistics(namespace, task_queue, task_type, self._now(), with_limit=False)
        try:
            return await read_statistics(namespace, task_queue, task_type, self._now())
        except RPCError as error:
            if error.status not in _NO_LIMITS or is_about_namespace(error):
                raise
        answer = await read_statistics(namespace, task_queue, task_type, self._now(), with_limit=False)
        self._unsupported.add(no_limits, self._elapsed())
        return answer

    async def _version(
        self, place: _Place, task_queues: Sequence[QueueKey], version: WorkerDeployment
    ) -> dict[QueueKey, QueueStatistics | TemporalFailure | Unknown]:
        attempt = place.attempt(
            f"read the statistics of version {version.build_id} of Worker Deployment {version.name}"
        )

        async def ask(namespace: TemporalNamespace) -> Mapping[QueueKey, QueueStatistics] | None:
            return await read_version_statistics(namespace, version, self._now())

        answer = await self._shared.get((place, version), lambda: self._try(place, attempt, ask))
        if answer is None:
            answer = server_too_old(attempt, "1.29")
        if isinstance(answer, TemporalFailure):
            return dict.fromkeys(task_queues, answer)
        return {key: answer.get(key) or _not_of_version(key, version) for key in task_queues}

    async def _workers(self, place: _Place, task_queue: str) -> Workers | Unknown:
        attempt = place.attempt(f"list the workers of task queue `{task_queue}`")
        return await self._listed(place, attempt, lambda namespace: read_workers(namespace, task_queue, self._now()))

    async def _listed(
        self, place: _Place, attempt: Attempt, read: Callable[[TemporalNamespace], Awaitable[Workers]]
    ) -> Workers | Unknown:
        async def ask(namespace: TemporalNamespace) -> Workers | Unknown:
            try:
                return await read(namespace)
            except SlotsLeftOutError:
                message = f"{place.identity.address} lists workers without their slots"
                return Unknown(UnknownCause.NEVER_THERE, message, WITHOUT_HEARTBEATS)
            except RPCError as error:
                if error.status is not RPCStatusCode.UNIMPLEMENTED:
                    raise
                message = f"{place.identity.address} keeps no worker heartbeats (Temporal before 1.30)"
                fix = f"Upgrade Temporal to 1.30 or later; until then: {after_colon(WITHOUT_HEARTBEATS)}"
                return Unknown(UnknownCause.NEVER_THERE, message, fix)

        answer = await self._try(place, attempt, ask)
        if not isinstance(answer, TemporalFailure):
            return answer
        cause = UnknownCause.NEVER_THERE if answer.reason in _REFUSED else UnknownCause.LOST
        return Unknown(cause, answer.message)

    def _received(self, place: _Place, answers: Iterable[Workers | Unknown]) -> Workers | Unknown:
        """The workers of all queues. No report counts as newer than when the operator first received it."""
        workers, now, elapsed = _all_or_unknown(answers), self._now(), self._elapsed()
        if isinstance(workers, Unknown):
            return workers
        self._arrivals.forget_gone(elapsed)
        received_at = (
            now - self._arrivals.age_seconds(_process(place, worker), worker.reported_at, elapsed) for worker in workers
        )
        received = (received_by(worker, at) for worker, at in zip(workers, received_at, strict=True))
        return tuple(worker for worker in received if all(is_fresh(report.reported_at, now) for report in worker.slots))

    async def _try(
        self, place: _Place, attempt: Attempt, ask: Callable[[TemporalNamespace], Awaitable[Value]]
    ) -> Value | TemporalFailure:
        """Retries until there is an answer, a failure that a retry does not fix, or the deadline passes."""
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
                # A lost connection doesn't say why; a new one either works or names the cause.
                self._connections.forget(place.identity, client)
                return await ask(replace(namespace, client=await self._connections.client(place.identity)))
        except BudgetSpentError as error:
            return budget_spent(error, budget.limit, attempt)
        except (RPCError, RuntimeError, ValueError, TimeoutError) as error:
            if isinstance(error, RPCError) and error.status is RPCStatusCode.RESOURCE_EXHAUSTED:
                budget.refused()
            return classify(error, attempt)

    def _known_or_unknown(
        self, place: _Place, key: QueueKey, answer: QueueStatistics | TemporalFailure | Unknown
    ) -> QueueStatistics | Unknown:
        match answer:
            case QueueStatistics() if wrong := implausible(answer):
                return Unknown(
                    UnknownCause.LOST,
                    f"{place.identity.address} returned implausible statistics for task queue "
                    f"{cut(key[0], MAX_NAME_BYTES)} ({key[1]}): {wrong}",
                )
            case QueueStatistics():
                return replace(answer, rates_young=self._queue_reads.add((place.server, key), self._elapsed()))
            case Unknown():
                return answer
            case TemporalFailure():
                self._queue_reads.reset((place.server, key))
                return Unknown(UnknownCause.LOST, answer.message)


def _process(place: _Place, worker: WorkerReport) -> Hashable:
    """Identifies the worker: no other one has the same."""
    return place.server, worker.instance, worker.worker_identity


def failed_reading(failure: TemporalFailure, task_queues: Iterable[QueueKey]) -> TemporalReading:
    """The reading of a pool whose connection is not usable."""
    lost = Unknown(UnknownCause.LOST, failure.message)
    return TemporalReading(statistics=dict.fromkeys(task_queues, lost), workers=lost, failure=failure)


def _is_transient(error: BaseException) -> bool:
    """Whether a retry may help: not after a refusal, and throttling would get worse."""
    return isinstance(error, RPCError) and error.status is RPCStatusCode.UNAVAILABLE


def _not_of_version(key: QueueKey, version: WorkerDeployment) -> Unknown:
    """A version whose workers have not polled for these tasks has no statistics."""
    build_id, deployment, task_queue = (cut(name, MAX_NAME_BYTES) for name in (version.build_id, version.name, key[0]))
    message = (
        f"version {build_id} of Worker Deployment {deployment} has no task queue {task_queue} ({key[1]}): "
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


UNSUPPORTED_RETRY_SECONDS: Final = 600.0
"""After so long a server is asked again for what it did not support: it may have been upgraded."""


class UnsupportedFeatures:
    """What servers turned out not to support. Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        """Assumes that servers support everything."""
        self._until: dict[Hashable, float] = {}

    def add(self, key: Hashable, now: float) -> None:
        """Records that something is not supported; `key` says what and where."""
        self._until = {other: until for other, until in self._until.items() if now < until}
        self._until[key] = now + UNSUPPORTED_RETRY_SECONDS

    def has(self, key: Hashable, now: float) -> bool:
        """Whether this was not supported less than `UNSUPPORTED_RETRY_SECONDS` ago."""
        return now < self._until.get(key, now)
