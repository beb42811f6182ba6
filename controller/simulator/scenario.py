"""A world: a stream of tasks, the workers that do them, and what gets in the way of seeing and serving them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from controller.api.model import TaskType
from controller.simulator.servers import PLAIN, Servers
from controller.simulator.tasks import Task


class Kind(NamedTuple):
    """One kind of tasks that the workers of a world take: those of one type in one task queue."""

    task_queue: str
    task_type: TaskType
    slots: int
    """Tasks of this kind that one replica runs at once."""


@dataclass(frozen=True, slots=True)
class World:
    """One situation in which laws are judged."""

    name: str
    summary: str
    tasks: Callable[[Random], list[Task]]
    """Draws the tasks, in the order of their arrival."""
    slots: int
    """Tasks that one replica runs at once."""
    objective_seconds: float
    """Within how many seconds tasks should start: D."""
    start_up_seconds: float
    """Mean time from the node of a pod to its readiness: L."""

    servers: Servers = PLAIN
    """How the servers and workers behave."""
    task_queue: str = "tasks"
    task_type: TaskType = TaskType.ACTIVITY
    beside: tuple[Kind, ...] = ()
    """Other kinds of tasks that the same workers take in slots of their own."""
    grace_seconds: float = 30
    """terminationGracePeriodSeconds: what still runs then is killed and comes back 30 s later."""
    poll_seconds: float = 10
    """Seconds between two looks of the scaler: P."""
    first_poll_seconds: float | None = None
    """When the scaler polls first; `None`: by chance, within its first interval."""
    heartbeat_seconds: float = 10
    """Seconds between two reports of a worker."""
    tail_seconds: float = 900
    """Quiet time after the last arrival, in which a law has to let go."""
    max_replicas: int = 100
    min_replicas: int = 0
    idle_seconds: int = 0
    """scaleToZero.idleSeconds."""
    initial_replicas: int = 0
    """Replicas that are ready when the world starts."""

    over_count: float = 0.15
    """Share of the tasks that left the backlog which the server still counts; it fades over 20 s."""
    loaded_by_tasks: bool = False
    """Whether the server loads the queue with its first task, not with the first look: its rates are young then."""
    phantom_tasks: int = 0
    """Tasks that the server counts and that no worker can get."""
    phantom_from_seconds: float = 0
    lost_poll_share: float = 0
    """Share of the polls that get no answer from Temporal."""
    outages: tuple[tuple[float, float], ...] = ()
    """Times (from, to) in which no poll gets an answer from Temporal; tasks are handed out all the same."""
    rate_limit_per_second: float | None = None
    """Tasks that the server hands out per second at most."""
    server_tells_limit: bool = False
    """Whether the statistics say that the rate limit holds tasks back (servers from 1.32 on)."""
    pollers: int | None = None
    """Pollers of one replica; after each task one is away for the round trip. `None`: never short of pollers."""
    round_trip_seconds: float = 0.05
    node_seconds: float = 0
    """Time that a pod waits for a node before its start-up begins."""

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """All kinds of tasks; `Task.kind` is the place of its kind."""
        return Kind(self.task_queue, self.task_type, self.slots), *self.beside

    def end_seconds(self, tasks: Sequence[Task]) -> float:
        """When the quiet tail after these tasks ends."""
        return (tasks[-1].arrives_at if tasks else 0) + self.tail_seconds
