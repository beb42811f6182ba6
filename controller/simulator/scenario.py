"""A scenario: a stream of tasks, the workers that run them, and how servers and workers behave."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from controller.api.model import TaskType
from controller.simulator.tasks import Task

Span = tuple[float, float]
"""From so many seconds to so many, each equally likely."""


@dataclass(frozen=True, slots=True)
class Servers:
    """How the servers and workers around a pool behave: what a scaler gets late, rounded or wrong.

    The defaults are the plain form; `MEASURED` is what real ones do.
    """

    ready_lag_seconds: Span = (0, 0)
    """How long a pod takes tasks before it is ready."""
    reports_from_start: bool = False
    """Whether a worker reports as it starts (no slot in use), then at each interval, and once more as it begins to shut
    down; else the first report comes one interval after the start."""
    first_report_lacks_slots: bool = False
    """Whether the report that a worker sends as it starts lacks its slots: so does the Python SDK 1.35, which lists
    those of a task type once it polls for it."""
    whole_seconds: bool = False
    """Whether the times of a pod are given in whole seconds, rounded down, as Kubernetes does."""
    cache_on_demand: bool = False
    """Whether statistics are renewed by the first read that finds them 5 s old; else each 5 s, read or not."""
    partitions: int = 1
    """Of a task queue; with several of them tasks don't start quite in the order in which they came."""
    counts_in_buckets: bool = False
    """Whether rates are counted in buckets of 5 s and divided by the time since the first task; else by windows."""
    uses_deletion_costs: bool = False
    """Whether the ReplicaSet removes pods by its own order, with the deletion costs of an earlier poll; else
    `PolicyDecision.victims` says which go."""
    gives_start_up: bool = True
    """Whether the observation has the mean start-up; else it has to be learned from the pods."""
    start_up_cv: float = 0.3
    """Coefficient of variation of start-up times, which are lognormal."""
    scale_seconds: Span = (0, 0)
    """From a change of the replicas until pods are created or asked to stop."""
    create_seconds: float = 0
    """From the creation of one pod of a scale-up to that of the next."""
    stop_seconds: Span = (0, 0)
    """From the end of the last task of a pod that was asked to stop until the pod is gone."""
    hand_over_seconds: float = 0
    """From the end of a task until its slot can take the next one."""
    retry_seconds: float = 30
    """From the end of a task that was cut short until it is tried again."""
    poll_jitter_seconds: float = 0
    """By how much the pause between two polls is longer than planned, at most."""
    read_each_seconds: float | None = None
    """How often another client reads the statistics, which keeps the server's cache warm; `None`: none does."""


PLAIN = Servers()
"""What the scenarios have unless they say otherwise."""

MEASURED = Servers(
    ready_lag_seconds=(0, 1.5),
    reports_from_start=True,
    whole_seconds=True,
    cache_on_demand=True,
    partitions=4,
    counts_in_buckets=True,
    uses_deletion_costs=True,
    gives_start_up=False,
    start_up_cv=0.1,
    scale_seconds=(0.1, 0.3),
    create_seconds=0.05,
    stop_seconds=(0.1, 1.1),
    hand_over_seconds=0.1,
    retry_seconds=1,
    poll_jitter_seconds=0.3,
)
"""Kubernetes 1.37 and Temporal 1.32 with workers of the Python SDK 1.35, on two busy cores."""


class Kind(NamedTuple):
    """One kind of tasks that the workers of a scenario take: those of one type in one task queue."""

    task_queue: str
    task_type: TaskType
    slots: int
    """Tasks of this kind that one replica runs at once."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One situation in which policies are compared."""

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
    """Seconds between two polls of the scaler: P."""
    first_poll_seconds: float | None = None
    """When the scaler polls first; `None`: by chance, within its first interval."""
    heartbeat_seconds: float = 10
    """Seconds between two reports of a worker."""
    tail_seconds: float = 900
    """Time without arrivals at the end, in which a policy has to scale down."""
    max_replicas: int = 100
    min_replicas: int = 0
    idle_seconds: int = 0
    """scaleToZero.idleSeconds."""
    initial_replicas: int = 0
    """Replicas that are ready when the scenario starts."""

    over_count: float = 0.15
    """Share of the tasks that left the backlog which the server still counts; it fades over 20 s."""
    loaded_by_tasks: bool = False
    """Whether the server loads the queue with its first task, not with the first poll: its rates are young then."""
    phantom_tasks: int = 0
    """Tasks that the server counts and that no worker can get."""
    phantom_from_seconds: float = 0
    lost_poll_share: float = 0
    """Share of the polls that get no answer from Temporal."""
    outages: tuple[tuple[float, float], ...] = ()
    """Times (from, to) in which no poll gets an answer from Temporal; tasks are handed out all the same."""
    rate_limit_per_second: float | None = None
    """Tasks that the server hands out per second at most."""
    server_reports_limit: bool = False
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
        """When the run ends: `tail_seconds` after the last of these tasks."""
        return (tasks[-1].arrives_at if tasks else 0) + self.tail_seconds
