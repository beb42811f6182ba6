"""One look at Temporal for one pool: every queue's statistics and the slots its workers report, all at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from controller.api.model import TaskType
from controller.scaling.observation import QueueStatistics, Unknown
from controller.temporal.connections import ConnectionIdentity, Connections
from controller.temporal.failures import TemporalFailure
from controller.temporal.workers import WorkerReport


@dataclass(frozen=True, slots=True)
class TemporalReading:
    """What Temporal said. A part that could not be read is `Unknown`; the others stand."""

    statistics: Mapping[tuple[str, TaskType], QueueStatistics | Unknown]
    """One entry for each task queue and task type that was asked for."""
    workers: tuple[WorkerReport, ...] | Unknown
    """Every running worker on these task queues, of whichever Deployment. Unknown as soon as one queue could not be
    read: a list with a hole would make busy workers look idle."""
    failure: TemporalFailure | None
    """The failure to show on the pool, `None` if every read succeeded."""


class TemporalReader:
    """Reads Temporal for all pools."""

    def __init__(self, connections: Connections, now: Callable[[], float]) -> None:
        """Reads through these connections; `now` gives seconds since the Unix epoch."""
        self._connections = connections
        self._now = now

    async def read(
        self, identity: ConnectionIdentity, temporal_namespace: str, task_queues: Sequence[tuple[str, TaskType]]
    ) -> TemporalReading:
        """Asks for all statistics and workers at once; a server that fails is in the answer, never an exception."""
        raise NotImplementedError
