"""What one pass saw: the only input of the decision besides the spec, the memory and the time.

A reading that is not there is `Unknown`, never zero. Times are seconds since the Unix epoch.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from controller.api.model import TaskType


class UnknownCause(StrEnum):
    """Why a reading is missing: the two must not be treated alike."""

    LOST = "Lost"
    """It was there, or should be, and could not be read now: replicas are held."""
    NEVER_THERE = "NeverThere"
    """The source does not exist (an old server or SDK, reports switched off): it will not come back by waiting."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A reading that is missing, and why, in words for the person who will read the decision."""

    cause: UnknownCause
    message: str


@dataclass(frozen=True, slots=True)
class Poller:
    """Somebody who asked the task queue for tasks: not necessarily a worker of the pool."""

    identity: str
    """Identity of the worker, by default `<process id>@<host name>`."""
    polled_at: float


@dataclass(frozen=True, slots=True)
class QueueStatistics:
    """What the server says about one task queue and task type, all partitions together.

    The backlog holds only tasks that wait: running and sticky tasks, Queries and Nexus tasks are not in it.
    """

    backlog: int
    """Tasks that wait (the server's approximate count; it lags while a queue drains)."""
    backlog_age_seconds: float
    """How long the oldest waiting task has waited; 0 when none waits."""
    add_rate_per_second: float
    """Tasks added, mean of the last 30 s."""
    dispatch_rate_per_second: float
    """Tasks handed to workers, mean of the last 30 s."""
    read_at: float
    """When the server was asked; its answer may be 5 s older (the server's own cache)."""
    rate_limiting_active: bool | None = None
    """Whether a rate limit holds tasks back; `None` where the server does not say (before 1.32)."""
    rate_limit_per_second: float | None = None
    """Tasks that the server hands out per second at most; `None` where no limit is set, or it does not say."""
    rates_young: bool = False
    """Whether the rates may be too high: the server divides what it counted by the time since it loaded the queue, and
    that may be less than the 30 s of a true mean."""
    pollers: tuple[Poller, ...] = ()
    """Who polled within the last 5 minutes."""


class SlotType(StrEnum):
    """The kinds of slots a worker has. Local activities run in slots of their own and are in no task queue."""

    WORKFLOW = "Workflow"
    ACTIVITY = "Activity"
    NEXUS = "Nexus"
    LOCAL_ACTIVITY = "LocalActivity"


@dataclass(frozen=True, slots=True)
class SlotReport:
    """What one worker reports of its slots of one type: tasks that run now, not tasks that wait."""

    task_queue: str
    slot_type: SlotType
    slots_used: int
    slots_available: int | None
    """Free slots; `None` where the worker cannot say (a resource-based slot supplier)."""
    reported_at: float
    tasks_ended: int | None = None
    """Tasks that ended in these slots since the worker started, failed ones too; `None` where the source does not say.
    It never falls while the worker lives."""
    ended_task_seconds: float | None = None
    """How long those took, in seconds and all together; `None` where the source does not say (heartbeats do not)."""
    worker: str = ""
    """Key of the worker's instance, which no other process has; empty where the source does not say."""
    worker_started_at: float | None = None
    """When the worker started; `None` where the source does not say."""
    pollers: int | None = None
    """Polls that the worker has open for tasks of this type; 0 while all its slots are used."""
    pollers_autoscale: bool | None = None
    """Whether the SDK adds pollers by itself, so that they do not limit a worker for long."""


READY_RESOLUTION_SECONDS = 1.0
"""Kubernetes tells since when a pod is ready in whole seconds, rounded down."""

UNSCHEDULABLE = "Unschedulable"
"""Kubernetes' word for a pod that fits on no node: a cluster autoscaler may bring one."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps a pod from becoming ready, as Kubernetes says it."""

    reason: str
    """`Unschedulable`, or why a container waits, such as `ImagePullBackOff` or `CrashLoopBackOff`."""
    message: str
    since: float | None = None
    """Since when; `None` where Kubernetes does not say (it does for `Unschedulable`)."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a pod uses of what it may use: 1 is all of it. `None` where nobody says it, which is not 0."""

    cpu: float | None = None
    """Of its container's limit, or where it has none of its host's CPUs, all that runs there together."""
    memory: float | None = None
    """Likewise."""


UNMEASURED = Usage()
"""Nobody says anything."""


@dataclass(frozen=True, slots=True)
class PodObservation:
    """One pod of the Deployment with what its workers report."""

    name: str
    created_at: float
    scheduled_at: float | None = None
    """When the pod was assigned to a node; `None` while it is not."""
    ready_since: float | None = None
    """Since when it is ready; `None` while it is not."""
    terminating: bool = False
    """It was asked to stop, takes no new tasks and finishes what runs."""
    slots: tuple[SlotReport, ...] = ()
    """One report for each worker, task queue and slot type; empty: nothing was heard of this pod."""
    is_pending: bool = False
    """Whether its phase is Pending: not all of its containers have been started."""
    deletion_cost: int = 0
    """Its annotation `controller.kubernetes.io/pod-deletion-cost`, as last seen: of equals, the cheaper pod goes."""
    replica_set: str | None = None
    """Name of the ReplicaSet that made it; `None` where it is not known. Pods of one are of one template."""
    obstacle: Obstacle | None = None
    """What keeps it from becoming ready; `None`: nothing that Kubernetes knows of."""
    usage: Usage = UNMEASURED
    oom_killed_at: float | None = None
    """When its container last ended because it had used all its memory; `None` if it did not."""

    @property
    def is_ready(self) -> bool:
        """Whether it takes tasks: ready and not asked to stop."""
        return self.ready_since is not None and not self.terminating

    @property
    def is_starting(self) -> bool:
        """Whether it is on its way to become ready."""
        return self.ready_since is None and not self.terminating

    @property
    def is_unheard(self) -> bool:
        """Whether it is ready and has not reported since; a worker's first report is made before it takes tasks."""
        if self.ready_since is None or self.terminating:
            return False
        reported_at = min((report.reported_at for report in self.slots), default=0.0)
        return reported_at < self.ready_since + READY_RESOLUTION_SECONDS


@dataclass(frozen=True, slots=True)
class ForeignWorker:
    """A worker on one of the pool's task queues that is not the Deployment's. It takes tasks, too."""

    identity: str
    host_name: str
    slots: tuple[SlotReport, ...]


@dataclass(frozen=True, slots=True)
class TaskQueueObservation:
    """One (task queue, task type) of the pool."""

    task_queue: str
    task_type: TaskType
    statistics: QueueStatistics | Unknown
    slots_per_replica: int | Unknown
    """Tasks of this type that one replica runs at once."""
    slots_reported: int | None = None
    """The same as the workers last reported it; `None` if they never did."""
    unpolled_since: float | None = None
    """Since when there are ready pods of which none has ever polled for these tasks; `None` where one has, or where it
    is too early to say."""

    @property
    def name(self) -> str:
        """How people read it, for example `orders/Activity`."""
        return f"{self.task_queue}/{self.task_type}"


class Rollout(StrEnum):
    """Whether pods of an older template are being replaced."""

    NONE = "none"
    """No; a paused Deployment replaces none."""
    RUNNING = "running"
    STUCK = "stuck"
    """It has made no progress for the Deployment's `progressDeadlineSeconds`."""


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody else set the replicas since the last pass, to those that are ordered now."""

    replicas_before: int
    """As the last pass left them."""
    by: str
    """Field manager that owns them now, such as `kubectl` or `argocd-controller`."""


@dataclass(frozen=True, slots=True)
class SlotVariables:
    """The environment variables that tell a worker how many tasks to run at once, as the pod template has them."""

    values: Mapping[str, int] = field(default_factory=dict)
    """By name; one that is not there, or gives no number, is not in it."""
    owned: frozenset[str] = frozenset()
    """Those that this operator has written."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Why the operator may not write one, such as a value from a reference."""
    rolling_out: bool = False
    """Whether pods of an older template are being replaced."""
    is_free_moment: bool = False
    """Whether a change of the template restarts no pod that would not be restarted anyway."""
    unsafe: str | None = None
    """Why a restart may cost work (the condition TargetSafe); `None` if nothing is known to."""


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything that one pass saw of a pool, at about `observed_at`."""

    observed_at: float
    replicas: int
    """`spec.replicas` of the Deployment: what was ordered, not what is there."""
    pods: tuple[PodObservation, ...]
    task_queues: tuple[TaskQueueObservation, ...]
    in_flight: str | Unknown
    """The source of the slots in use, for example `worker heartbeats`."""
    can_rank_pods: bool = False
    """Whether the operator may set the deletion costs of the pods; else whoever removes pods chooses them by
    `Decision.victims`, as a simulator does."""
    grace_seconds: float | None = None
    """Seconds from SIGTERM to the kill: the pods' `terminationGracePeriodSeconds` without what `preStop` takes of it;
    `None` where it is not known."""
    start_up_seconds: float | None = None
    """Mean time from assignment to readiness where the observer measures it; `None`: it is learned from the pods."""
    rollout: Rollout = Rollout.NONE
    revision: str | None = None
    """Names the pod template; `None` where templates are not told apart."""
    contenders: tuple[str, ...] = ()
    """Other scalers of the Deployment, each a sentence that names it and says what to do."""
    moved: Move | None = None
    """`None`: the replicas are as the last pass left them, or there was none."""
    outdated: str | None = None
    """Why the picture of the Deployment and its pods is not renewed, in words; `None` while it is."""
    foreign_workers: tuple[ForeignWorker, ...] = ()
    """Workers on the pool's task queues that are not its Deployment's; nothing of them is in `pods`."""
    creation_failure: str | None = None
    """Why pods that were ordered can't be created (a quota, an admission policy); `None`: nothing is in the way."""
    slot_variables: SlotVariables = field(default_factory=SlotVariables)

    @property
    def ready_pods(self) -> tuple[PodObservation, ...]:
        """Pods that take tasks."""
        return tuple(pod for pod in self.pods if pod.is_ready)

    @property
    def staying_pods(self) -> tuple[PodObservation, ...]:
        """Pods that were not asked to stop."""
        return tuple(pod for pod in self.pods if not pod.terminating)

    def slots_used(self, task_queue: str, slot_type: SlotType) -> int:
        """Reported slots in use on pods that stay, in tasks."""
        return used(
            report
            for pod in self.staying_pods
            for report in pod.slots
            if report.task_queue == task_queue and report.slot_type == slot_type
        )

    @property
    def silent_pods(self) -> tuple[PodObservation, ...]:
        """Ready pods of which nothing was heard."""
        return tuple(pod for pod in self.ready_pods if not pod.slots)

    @property
    def unheard_pods(self) -> tuple[PodObservation, ...]:
        """Ready pods that have not reported since: what they run is unknown, so they count as busy when lowering."""
        return tuple(pod for pod in self.pods if pod.is_unheard)


def used(reports: Iterable[SlotReport]) -> int:
    """Sum of the slots in use of some reports, in tasks."""
    return sum(report.slots_used for report in reports)
