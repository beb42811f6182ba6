"""What one pass saw: the only input of the decision besides the spec, the memory and the time.

A reading that is not there is `Unknown`, never zero. Times are seconds since the Unix epoch.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

from controller.api.model import TaskType
from controller.scaling.field_manager import ManagerKind
from controller.scaling.objective.started_tasks import StartLatencies
from controller.scaling.server_times import CACHED_SECONDS, READY_RESOLUTION_SECONDS, REPORTS_SECONDS
from controller.scaling.traces import Trace


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
    fix: str = ""
    """What to do about it, as a sentence; empty where that does not depend on why it is missing."""


@dataclass(frozen=True, slots=True)
class Poller:
    """A process that asked the task queue for tasks: not necessarily a worker of the pool."""

    identity: str
    """Identity of the worker, by default `<process id>@<host name>`."""
    polled_at: float


@dataclass(frozen=True, slots=True)
class QueueStatistics:
    """What the server reports about one task queue and task type, all partitions together.

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

    @property
    def counts(self) -> tuple[int, float, float, float]:
        """What comes out of the server's cache together, while all else in an answer is new."""
        return self.backlog, self.backlog_age_seconds, self.add_rate_per_second, self.dispatch_rate_per_second

    def repeats(self, last: "QueueStatistics") -> bool:
        """Whether it came out of the server's cache: where tasks move, no new answer soon says the same again."""
        moves = self.backlog > 0 or self.dispatch_rate_per_second > 0
        return moves and 0 <= self.read_at - last.read_at <= CACHED_SECONDS and self.counts == last.counts


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
    start_latencies: StartLatencies | None = None
    """How long the tasks waited that started since the worker began; `None` where the source does not say, or says what
    can't be."""


FROZEN_SECONDS: Final = 60.0
"""A pod that was ready and has not been for longer is not on its way: a restarted container is ready again before."""

UNSCHEDULABLE = "Unschedulable"
"""Kubernetes' word for a pod that fits on no node: a cluster autoscaler may bring one."""


CRASHES: Final = 2
"""Restarts from which on a container counts as crashing: the first restart comes at once and often fixes it, such as
after a server that was not up yet."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """What keeps a pod from becoming ready, as Kubernetes says it."""

    reason: str
    """`Unschedulable`, or why a container waits, such as `ImagePullBackOff` or `CrashLoopBackOff`."""
    message: str
    since: float | None = None
    """Since when; `None` where Kubernetes does not say (it does for `Unschedulable`)."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a pod uses of what it may use: 1 is all of it. `None` where it is not reported, which is not 0."""

    cpu: float | None = None
    """Of its container's limit, or where it has none of its host's CPUs, all that runs there together."""
    memory: float | None = None
    """Likewise."""


UNMEASURED = Usage()
"""Nothing is reported."""


@dataclass(frozen=True, slots=True)
class PastReport:
    """What a pod reported last, all its workers together."""

    at: float
    slots_used: int
    slots: int | None
    """All its slots of the types that are in task queues; `None` where a worker cannot say."""

    @classmethod
    def of(cls, reports: Iterable[SlotReport]) -> Self | None:
        """Of the reports of one pod; `None` where there are none."""
        of_queues = tuple(report for report in reports if report.slot_type != SlotType.LOCAL_ACTIVITY)
        if not of_queues:
            return None
        free = [report.slots_available for report in of_queues if report.slots_available is not None]
        in_use, all_known = used(of_queues), len(free) == len(of_queues)
        return cls(max(r.reported_at for r in of_queues), in_use, in_use + sum(free) if all_known else None)


@dataclass(frozen=True, slots=True)
class PodObservation:
    """One pod of the Deployment with what its workers report."""

    name: str
    created_at: float
    scheduled_at: float | None = None
    """When the pod was assigned to a node; `None` while it is not."""
    ready_since: float | None = None
    """Since when its readiness probe says so; `None` while it does not. It says nothing of whether the worker works."""
    terminating: bool = False
    """It was asked to stop, takes no new tasks and finishes what runs."""
    slots: tuple[SlotReport, ...] = ()
    """One report for each worker, task queue and slot type; empty: this pod has not reported."""
    is_pending: bool = False
    """Whether its phase is Pending: not all of its containers have been started."""
    deletion_cost: int = 0
    """Its annotation `controller.kubernetes.io/pod-deletion-cost`, as last seen: of equals, the cheaper pod goes."""
    replica_set: str | None = None
    """Name of the ReplicaSet that made it; `None` where it is not known. Pods of one are of one template."""
    blocker: Blocker | None = None
    """What keeps it from becoming ready; `None`: nothing that Kubernetes knows of."""
    usage: Usage = UNMEASURED
    oom_killed_at: float | None = None
    """When its container last ended because it had used all its memory; `None` if it did not."""
    was_ready: bool = False
    """Whether it was ready before, as far as Kubernetes or an earlier pass shows."""
    unready_since: float | None = None
    """Since when it is not ready any more, as Kubernetes has it; `None` where it is ready, never was, or this is not
    known."""
    last_report: PastReport | None = None
    """What it last reported, where it no longer does; `None` while it reports, and where that is not known."""
    has_reported: bool = False
    """Whether an earlier pass had a report of it."""
    shares_reports: bool = False
    """Whether its reports may be those of another pod of its host name: only their sum is right, and tasks run."""
    is_stopped: bool = False
    """Whether its worker's container does not run now, by Kubernetes: it was not started yet, or ended."""
    restarts: int = 0
    """How often the container was restarted that ended last."""
    ended_at: float | None = None
    """When one of its containers last ended; `None` where none did, as far as Kubernetes says."""

    @property
    def works(self) -> bool:
        """Whether tasks run on it, by its last report; whatever its readiness probe says."""
        return used(self.slots) > 0

    @property
    def is_ready(self) -> bool:
        """Whether its readiness probe says so, and it was not asked to stop."""
        return self.ready_since is not None and not self.terminating

    @property
    def reported_at(self) -> float | None:
        """When it last reported all that it reports; `None` where it has not reported."""
        return min((report.reported_at for report in self.slots), default=None)

    @property
    def never_worked(self) -> bool:
        """Whether it was never ready and never reported, as far as is known."""
        return self.ready_since is None and not (self.was_ready or self.has_reported or self.slots)

    @property
    def is_new(self) -> bool:
        """Whether it is on its way to take tasks for the first time, as far as is known: it stays and never worked."""
        return self.never_worked and not self.terminating

    def is_frozen(self, now: float) -> bool:
        """Whether it was ready and has not been for longer than a probe that fails now and then takes.

        Nothing that Kubernetes knows keeps it from becoming ready; it may still run what it took.
        """
        if self.terminating or self.blocker or self.unready_since is None:
            return False
        return now - self.unready_since > FROZEN_SECONDS

    @property
    def runs_nothing_yet(self) -> bool:
        """Whether it surely runs no task: its worker has not begun, or has ended.

        A worker takes tasks before its pod is ready, and before its first report.
        """
        if self.works:
            return False
        return self.is_stopped or (self.never_worked and (self.is_pending or self.scheduled_at is None))

    @property
    def tasks_since(self) -> float:
        """Since when it has taken tasks: since it is ready, else at most since it has a node."""
        if self.ready_since is not None:
            return self.ready_since
        return self.created_at if self.scheduled_at is None else self.scheduled_at

    @property
    def is_unreported(self) -> bool:
        """Whether it has not reported since it may have taken tasks: what it runs is unknown.

        A worker's first report is made before it takes tasks. Of a pod that is not ready any report counts, since when
        it took tasks for the first time is not known.
        """
        if self.terminating or self.runs_nothing_yet:
            return False
        if self.reported_at is None or self._reported_only_its_start:
            return True
        return self.ready_since is not None and self.reported_at < self.ready_since + READY_RESOLUTION_SECONDS

    @property
    def _reported_only_its_start(self) -> bool:
        """Whether a worker's last report is its first one, sent before it took tasks."""
        starts = ((report.reported_at, report.worker_started_at) for report in self.slots)
        return any(at is not None and known_at < at + READY_RESOLUTION_SECONDS for known_at, at in starts)

    def takes_tasks(self, now: float) -> bool:
        """Whether its workers poll: it reported lately, whatever its readiness probe says, or it is ready."""
        if self.terminating or self.is_stopped:
            return False
        return self.is_ready or (self.reported_at is not None and now - self.reported_at <= REPORTS_SECONDS)

    def is_starting(self, now: float, longest_seconds: float) -> bool:
        """Whether it is new, and younger than a start-up, which counts from when it has a node.

        Args:
            now: Seconds since the Unix epoch.
            longest_seconds: What a start-up takes at most.
        """
        return self.is_new and (self.scheduled_at is None or now - self.scheduled_at <= longest_seconds)


@dataclass(frozen=True, slots=True)
class OtherWorker:
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
    trace: Trace | None = None
    """When tasks and workers were last seen on it; `None` where that is not remembered."""

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


HEARTBEATS: Final = "worker heartbeats"
POD_METRICS: Final = "pod metrics"
"""Where the slots in use come from, as people read it."""


@dataclass(frozen=True, slots=True)
class ExternalScale:
    """Another field manager set the replicas since the last pass, to those that are requested now."""

    replicas_before: int
    """As the last pass left them."""
    by: str
    """Field manager that owns them now, such as `kubectl-scale` or `argocd-controller`."""
    kind: ManagerKind = ManagerKind.OTHER
    """Of that field manager."""


@dataclass(frozen=True, slots=True)
class SlotVariables:
    """The environment variables by which a worker knows how many tasks to run at once, as the pod template has them."""

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
    """`spec.replicas` of the Deployment: the requested replicas, not the pods."""
    pods: tuple[PodObservation, ...]
    task_queues: tuple[TaskQueueObservation, ...]
    in_flight: str | Unknown
    """The source of the slots in use, for example `worker heartbeats`."""
    can_set_deletion_costs: bool = False
    """Whether the operator may set the deletion costs of the pods; else what removes pods is assumed to take those that
    reported the fewest slots in use."""
    grace_seconds: float | None = None
    """Seconds from SIGTERM to the kill: the pods' `terminationGracePeriodSeconds` without what `preStop` takes of it;
    `None` where it is not known."""
    rollout: Rollout = Rollout.NONE
    revision: str | None = None
    """Names the pod template; `None` where templates are not distinguished."""
    contenders: tuple[str, ...] = ()
    """Other scalers of the Deployment, each a sentence that names it and says what to do."""
    external_scale: ExternalScale | None = None
    """`None`: the replicas are as the last pass left them, or there was none."""
    outdated: str | None = None
    """Why the picture of the Deployment and its pods is not renewed, in words; `None` while it is."""
    other_workers: tuple[OtherWorker, ...] = ()
    """Workers on the pool's task queues that are not its Deployment's; nothing of them is in `pods`."""
    unmatched_workers: str | None = None
    """That workers which can't be matched to a pod may be those of the pods that don't report, as a sentence with the
    fix; `None`: nothing hints at it."""
    polled_instead: tuple[str, ...] | None = None
    """What the ready pods poll while they don't poll what the pool lists, such as `orders/Activity`; empty: no worker
    with their host names is known. `None`: not asked, or no answer."""
    doubts: tuple[str, ...] = ()
    """What was reported and can't be, or can't be matched to a pod: sentences with what to do."""
    creation_failure: str | None = None
    """Why pods that were requested can't be created (a quota, an admission policy); `None`: nothing is in the way."""
    slot_variables: SlotVariables = field(default_factory=SlotVariables)

    @property
    def never_reported(self) -> bool:
        """Whether there are pods and no source that says what they run."""
        source = self.in_flight
        return bool(self.pods) and isinstance(source, Unknown) and source.cause == UnknownCause.NEVER_THERE

    @property
    def is_complete(self) -> bool:
        """Whether everything was read: each task queue, and Deployment and pods as they are now."""
        return self.outdated is None and not any(isinstance(q.statistics, Unknown) for q in self.task_queues)

    @property
    def ready_pods(self) -> tuple[PodObservation, ...]:
        """Pods whose readiness probe says so, and which were not asked to stop."""
        return tuple(pod for pod in self.pods if pod.is_ready)

    @property
    def pods_that_take_tasks(self) -> tuple[PodObservation, ...]:
        """Pods whose workers poll, ready or not."""
        return tuple(pod for pod in self.pods if pod.takes_tasks(self.observed_at))

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
    def pods_without_reports(self) -> tuple[PodObservation, ...]:
        """Pods that have not reported, and which may run tasks."""
        return tuple(pod for pod in self.staying_pods if not pod.slots and not pod.runs_nothing_yet)

    @property
    def unreported_pods(self) -> tuple[PodObservation, ...]:
        """Pods that have not reported since they may run tasks: they count as busy when lowering."""
        return tuple(pod for pod in self.pods if pod.is_unreported)


def used(reports: Iterable[SlotReport]) -> int:
    """Sum of the slots in use of some reports, in tasks."""
    return sum(report.slots_used for report in reports)
