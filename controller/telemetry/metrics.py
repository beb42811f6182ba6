"""Prometheus metrics of pools, listed in docs/metrics.md. An unknown value has no sample, and is never 0.

A condition has a sample for each status, as in kube-state-metrics: `status="true"`, `"false"` and `"unknown"`, so that
an alert on a condition that is not True (`{status="true"} == 0`) includes Unknown. Its reason is a sample of its own,
and only the present one: one for each of the hundred reasons would be three times as many samples for each pool.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from controller.api.conditions import ConditionType
from controller.api.spec import TemporalWorkerPoolSpec
from controller.api.status import ConditionStatus, OverrideStatus, TemporalWorkerPoolStatus
from controller.scaling.decision import NOTHING_BLOCKED, Capacity, Decision
from controller.scaling.objective.attainment import Attainment
from controller.scaling.observation import Observation, PodObservation, SlotType, TaskQueueObservation, Unknown
from controller.telemetry.counts import PoolCounts
from controller.telemetry.definition import Definition, Kind, Samples
from controller.telemetry.pod_state import PodState, pod_state

POOL_LABELS: Final = ("namespace", "name")
QUEUE_LABELS: Final = (*POOL_LABELS, "task_queue", "task_type")


@dataclass(frozen=True, slots=True)
class PoolSample:
    """The data of one pool's metrics."""

    namespace: str
    name: str
    spec: TemporalWorkerPoolSpec | None
    status: TemporalWorkerPoolStatus
    observation: Observation | None
    counts: PoolCounts
    decision: Decision | None = None
    """What the last reconcile decided; `None` where it could not."""
    attainment: Attainment = field(default_factory=Attainment)
    reconciled_at: float | None = None
    """When the last reconcile ended, in seconds since the Unix epoch; `None` before the first."""
    read_at: float | None = None
    """When a reconcile last read all that the decision is based on; `None` if none did."""
    certificate_expires_at: float | None = None
    """When the first certificate of the connection expires; `None` where there is none."""

    @property
    def labels(self) -> tuple[str, str]:
        """Values of `POOL_LABELS`."""
        return self.namespace, self.name


def _one(value: Callable[[PoolSample], float | None]) -> Callable[[PoolSample], Samples]:
    """One sample for each pool."""
    return lambda pool: [(pool.labels, value(pool))]


def _of_spec(value: Callable[[TemporalWorkerPoolSpec], float | None]) -> Callable[[PoolSample], Samples]:
    return _one(lambda pool: value(pool.spec) if pool.spec else None)


def _observed(value: Callable[[Observation], float]) -> Callable[[PoolSample], Samples]:
    return _one(lambda pool: value(pool.observation) if pool.observation else None)


def _of_queues(
    value: Callable[[Observation, TaskQueueObservation], float | None],
) -> Callable[[PoolSample], Samples]:
    """One sample for each task queue and type that the last reconcile read."""

    def samples(pool: PoolSample) -> Samples:
        if observation := pool.observation:
            for queue in observation.task_queues:
                yield (*pool.labels, queue.task_queue, queue.task_type), value(observation, queue)

    return samples


def _statistic(name: str) -> Callable[[PoolSample], Samples]:
    """What the server says of a queue."""
    return _of_queues(lambda _, queue: getattr(queue.statistics, name, None))


def _judged(count: Callable[[PoolCounts], float]) -> Callable[[PoolSample], Samples]:
    """A count for the error budget of the objective, where the pool has one by time."""
    return _one(
        lambda pool: count(pool.counts) if pool.spec and pool.spec.objective.schedule_to_start_seconds else None
    )


def _desired(pool: PoolSample) -> float | None:
    return pool.decision.desired_replicas if pool.decision else pool.status.desired_replicas


def _needed(pool: PoolSample) -> float | None:
    return pool.decision.needed if pool.decision else None


def _pods(pool: PoolSample) -> Samples:
    if pool.observation:
        capacity = pool.decision.capacity if pool.decision else NOTHING_BLOCKED
        counts = Counter(_states(pool.observation.pods, capacity))
        for state in PodState:
            yield (*pool.labels, state), counts[state]


def _states(pods: tuple[PodObservation, ...], capacity: Capacity) -> Iterator[PodState]:
    return (pod_state(pod, capacity) for pod in pods)


def _slots(observation: Observation, queue: TaskQueueObservation) -> float | None:
    each = queue.slots_per_replica
    return None if isinstance(each, Unknown) else each * len(observation.pods_that_take_tasks)


def _slots_used(observation: Observation, queue: TaskQueueObservation) -> float | None:
    if isinstance(observation.in_flight, Unknown):
        return None
    return observation.slots_used(queue.task_queue, SlotType(queue.task_type))


def _statuses(pool: PoolSample) -> Samples:
    for condition in pool.status.conditions:
        for status in ConditionStatus:
            yield (*pool.labels, condition.type, status.lower()), float(condition.status == status)


def _reasons(pool: PoolSample) -> Samples:
    for condition in pool.status.conditions:
        yield (*pool.labels, condition.type, condition.status.lower(), condition.reason), 1.0


def _override_end(pool: PoolSample) -> Samples:
    if override := pool.status.override:
        yield (*pool.labels, _override_kind(override)), override.until.timestamp()


def _override_start(pool: PoolSample) -> Samples:
    override, kind = pool.status.override, ConditionType.OVERRIDDEN
    if override and (since := [c.last_transition_time for c in pool.status.conditions if c.type == kind]):
        yield (*pool.labels, _override_kind(override)), since[0].timestamp()


def _override_kind(override: OverrideStatus) -> str:
    if override.paused:
        return "pause"
    return "min_replicas" if override.replicas is None else "replicas"


def _errors(pool: PoolSample) -> Samples:
    for reason, count in pool.counts.errors.items():
        yield (*pool.labels, reason), count


def _scale_actions(pool: PoolSample) -> Samples:
    yield (*pool.labels, "up"), pool.counts.scaled_up
    yield (*pool.labels, "down"), pool.counts.scaled_down


def _external_scale_actions(pool: PoolSample) -> Samples:
    for manager, count in pool.counts.external_scalings.items():
        yield (*pool.labels, manager), count


POOL_METRICS: Final[tuple[Definition[PoolSample], ...]] = (
    Definition("desired_replicas", "Replicas of the last decision.", POOL_LABELS, _one(_desired)),
    Definition(
        "needed_replicas",
        "Replicas that the work asks for, before minReplicas, maxReplicas, behavior and overrides.",
        POOL_LABELS,
        _one(_needed),
    ),
    Definition("replicas", "Replicas in the spec of the Deployment.", POOL_LABELS, _observed(lambda o: o.replicas)),
    Definition("ready_replicas", "Ready replicas.", POOL_LABELS, _observed(lambda o: len(o.ready_pods))),
    Definition(
        "unreported_replicas",
        "Ready replicas that do not report slots in use.",
        POOL_LABELS,
        _observed(lambda o: len(o.pods_without_reports)),
    ),
    Definition(
        "pods",
        "Pods of the Deployment by state: " + ", ".join(f"{state} ({state.meaning})" for state in PodState) + ".",
        (*POOL_LABELS, "state"),
        _pods,
    ),
    Definition("min_replicas", "minReplicas of the pool.", POOL_LABELS, _of_spec(lambda spec: spec.min_replicas)),
    Definition("max_replicas", "maxReplicas of the pool.", POOL_LABELS, _of_spec(lambda spec: spec.max_replicas)),
    Definition(
        "condition",
        "Conditions of the pool: 1 for the status of the condition, 0 for the other two.",
        (*POOL_LABELS, "type", "status"),
        _statuses,
    ),
    Definition(
        "condition_reason",
        "Status and reason of each condition of the pool, always 1; docs/conditions.md lists the reasons.",
        (*POOL_LABELS, "type", "status", "reason"),
        _reasons,
    ),
    Definition("backlog_tasks", "Tasks that wait.", QUEUE_LABELS, _statistic("backlog")),
    Definition(
        "backlog_age_seconds", "Age of the oldest waiting task.", QUEUE_LABELS, _statistic("backlog_age_seconds")
    ),
    Definition(
        "tasks_add_rate_per_second",
        "Tasks added per second, mean of 30 s.",
        QUEUE_LABELS,
        _statistic("add_rate_per_second"),
    ),
    Definition(
        "tasks_dispatch_rate_per_second",
        "Tasks dispatched per second, mean of 30 s.",
        QUEUE_LABELS,
        _statistic("dispatch_rate_per_second"),
    ),
    Definition("slots", "Slots of the replicas that take tasks, free ones too.", QUEUE_LABELS, _of_queues(_slots)),
    Definition("slots_used", "Slots in use by the reports of the workers.", QUEUE_LABELS, _of_queues(_slots_used)),
    Definition(
        "reconcile_errors",
        "Reconciles that could not do their work, by the reason that Ready then had.",
        (*POOL_LABELS, "reason"),
        _errors,
        Kind.COUNTER,
    ),
    Definition(
        "scale_actions",
        "Changes of replicas by the operator.",
        (*POOL_LABELS, "direction"),
        _scale_actions,
        Kind.COUNTER,
    ),
    Definition(
        "external_scale_actions",
        "Changes of replicas by other field managers, by what these are: person, gitops, autoscaler or other.",
        (*POOL_LABELS, "manager"),
        _external_scale_actions,
        Kind.COUNTER,
    ),
    Definition(
        "last_reconcile_timestamp_seconds",
        "Time at which the last reconcile ended.",
        POOL_LABELS,
        _one(lambda pool: pool.reconciled_at),
    ),
    Definition(
        "last_complete_read_timestamp_seconds",
        "Time at which all task queues, the Deployment and its pods were last read.",
        POOL_LABELS,
        _one(lambda pool: pool.read_at),
    ),
    Definition(
        "certificate_expiry_timestamp_seconds",
        "Time at which the first certificate of the connection expires.",
        POOL_LABELS,
        _one(lambda pool: pool.certificate_expires_at),
    ),
    Definition(
        "override_start_timestamp_seconds",
        "Time since which an annotation pauses the pool, or sets its number of replicas or the least one.",
        (*POOL_LABELS, "kind"),
        _override_start,
    ),
    Definition(
        "override_end_timestamp_seconds",
        "Time until which an annotation pauses the pool, or sets its number of replicas or the least one.",
        (*POOL_LABELS, "kind"),
        _override_end,
    ),
    Definition(
        "objective_schedule_to_start_seconds",
        "objective.scheduleToStartSeconds: 95 % of the tasks should start within it.",
        POOL_LABELS,
        _of_spec(lambda spec: spec.objective.schedule_to_start_seconds),
    ),
    Definition(
        "objective_backlog_per_replica_tasks",
        "objective.backlogPerReplica.",
        POOL_LABELS,
        _of_spec(lambda spec: spec.objective.backlog_per_replica),
    ),
    Definition(
        "objective_tasks",
        "Tasks dispatched, or waiting for longer than the objective.",
        POOL_LABELS,
        _judged(lambda counts: counts.judged_tasks),
        Kind.COUNTER,
    ),
    Definition(
        "objective_tasks_in_time",
        "Tasks that started within the objective.",
        POOL_LABELS,
        _judged(lambda counts: counts.tasks_in_time),
        Kind.COUNTER,
    ),
    Definition(
        "objective_attained_ratio",
        "Share of the tasks of the last hour that started within the objective.",
        POOL_LABELS,
        _one(lambda pool: pool.attainment.share),
    ),
)
