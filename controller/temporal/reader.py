"""One look at Temporal for one pool: every queue's statistics and the slots its workers report, all at once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from temporalio.service import RPCError, RPCStatusCode
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from controller.api.model import TaskType
from controller.scaling.observation import QueueStatistics, Unknown, UnknownCause
from controller.temporal.connections import ConnectionIdentity, Connections
from controller.temporal.failures import Attempt, TemporalFailure, classify, is_connection_lost, server_too_old
from controller.temporal.requests import TemporalNamespace
from controller.temporal.statistics import read_statistics
from controller.temporal.workers import WorkerReport, read_workers

READ_DEADLINE_SECONDS: Final = 4.0
"""How long one read may take, connecting and retries included: less than the shortest polling interval (5 s)."""

MAX_TRIES: Final = 3
"""How often a read is tried: a frontend that restarts or a lost connection is usually over after the first pause."""

LONGEST_PAUSE_SECONDS: Final = 0.5
"""Upper bound of the pause between two tries."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class TemporalReading:
    """What Temporal said. A part that could not be read is `Unknown`; the others stand."""

    statistics: Mapping[tuple[str, TaskType], QueueStatistics | Unknown]
    """One entry for each task queue and task type that was asked for."""
    workers: tuple[WorkerReport, ...] | Unknown
    """Every running worker on these task queues, of whichever Deployment. Unknown as soon as one queue could not be
    read: a list with a hole would make busy workers look idle."""
    failure: TemporalFailure | None
    """The failure to show on the pool, `None` if every read succeeded. A server without worker heartbeats has not
    failed."""


@dataclass(frozen=True, slots=True)
class _Place:
    identity: ConnectionIdentity
    temporal_namespace: str

    def attempt(self, what: str) -> Attempt:
        return Attempt(self.identity, self.temporal_namespace, what)


class TemporalReader:
    """Reads Temporal for all pools."""

    def __init__(
        self,
        connections: Connections,
        now: Callable[[], float],
        read_deadline_seconds: float = READ_DEADLINE_SECONDS,
    ) -> None:
        """Reads through these connections; `now` gives seconds since the Unix epoch."""
        self._connections = connections
        self._now = now
        self._read_deadline_seconds = read_deadline_seconds

    async def read(
        self, identity: ConnectionIdentity, temporal_namespace: str, task_queues: Sequence[tuple[str, TaskType]]
    ) -> TemporalReading:
        """Asks for all statistics and workers at once; a server that fails is in the answer, never an exception."""
        place = _Place(identity, temporal_namespace)
        names = sorted({name for name, _ in task_queues})
        statistics, workers = await asyncio.gather(
            asyncio.gather(*(self._statistics(place, *key) for key in task_queues)),
            asyncio.gather(*(self._workers(place, name) for name in names)),
        )
        return TemporalReading(
            statistics={key: _known_or_unknown(answer) for key, answer in zip(task_queues, statistics, strict=True)},
            workers=_all_or_unknown(workers),
            failure=next((answer for answer in (*statistics, *workers) if isinstance(answer, TemporalFailure)), None),
        )

    async def _statistics(
        self, place: _Place, task_queue: str, task_type: TaskType
    ) -> QueueStatistics | TemporalFailure:
        attempt = place.attempt(f"read the statistics of task queue `{task_queue}` ({task_type})")

        async def ask(namespace: TemporalNamespace) -> QueueStatistics | None:
            return await read_statistics(namespace, task_queue, task_type, self._now())

        answer = await self._try(place, attempt, ask)
        return server_too_old(attempt) if answer is None else answer

    async def _workers(self, place: _Place, task_queue: str) -> tuple[WorkerReport, ...] | Unknown | TemporalFailure:
        attempt = place.attempt(f"list the workers of task queue `{task_queue}`")

        async def ask(namespace: TemporalNamespace) -> tuple[WorkerReport, ...] | Unknown:
            try:
                return await read_workers(namespace, task_queue, self._now())
            except RPCError as error:
                if error.status is not RPCStatusCode.UNIMPLEMENTED:
                    raise
                return Unknown(
                    UnknownCause.NEVER_THERE, f"{place.identity.address} keeps no worker heartbeats (before 1.30)"
                )

        return await self._try(place, attempt, ask)

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
        try:
            async with asyncio.timeout(self._read_deadline_seconds):
                client = await self._connections.client(place.identity)
                namespace = TemporalNamespace(client, place.temporal_namespace, self._read_deadline_seconds)
                try:
                    return await retrying(ask, namespace)
                except RPCError as error:
                    if not is_connection_lost(error):
                        raise
                # A lost connection doesn't say why; making a new one either heals it or names the cause.
                self._connections.forget(place.identity, client)
                return await ask(replace(namespace, client=await self._connections.client(place.identity)))
        except (RPCError, RuntimeError, ValueError, TimeoutError) as error:
            return classify(error, attempt)


def unread(failure: TemporalFailure, task_queues: Iterable[tuple[str, TaskType]]) -> TemporalReading:
    """The reading of a pool whose server could not even be asked."""
    lost = Unknown(UnknownCause.LOST, failure.message)
    return TemporalReading(statistics=dict.fromkeys(task_queues, lost), workers=lost, failure=failure)


def _is_transient(error: BaseException) -> bool:
    """No connection just now. What is refused stays refused, and throttling gets worse by asking again."""
    return isinstance(error, RPCError) and error.status is RPCStatusCode.UNAVAILABLE


def _known_or_unknown(answer: QueueStatistics | TemporalFailure) -> QueueStatistics | Unknown:
    return Unknown(UnknownCause.LOST, answer.message) if isinstance(answer, TemporalFailure) else answer


def _all_or_unknown(
    answers: Iterable[tuple[WorkerReport, ...] | Unknown | TemporalFailure],
) -> tuple[WorkerReport, ...] | Unknown:
    workers: list[WorkerReport] = []
    for answer in answers:
        match answer:
            case TemporalFailure():
                return Unknown(UnknownCause.LOST, answer.message)
            case Unknown():
                return answer
            case _:
                workers += answer
    return tuple(workers)
