"""The status of a pool as a rendering of what was seen and decided, and whether it says something new.

Everything but drifting numbers is written at once. Numbers that drift (backlog, ages, rates, slots in use) belong to
metrics: they are written every 5 minutes at most, but for those that `kubectl get` shows. The backlog is written at
once when it is twice or half as high and differs by 5 tasks, and the age of the oldest task, which kubectl counts on
from the time that is written, when it is off by a factor of 2 and by 30 s. Slots in use that doubled or halved, a
share of the objective that moved by a point, and other reasons of the estimates are written after 30 s. So a pool in
trouble shows true numbers, one whose tasks come and go is written every 30 s at most for them, and an idle one only
gives its sign of life, every 2 minutes.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from controller.api.model import TaskType, timestamp
from controller.api.spec import TemporalWorkerPoolSpec
from controller.api.status import (
    MAX_OTHER_WORKERS,
    Condition,
    DecisionStep,
    EvidenceSource,
    InFlightStatus,
    LastDecision,
    OtherWorkersStatus,
    ScaleActionStatus,
    ScheduleStatus,
    StartUpStatus,
    TaskQueueStatus,
    TaskStatus,
    TemporalWorkerPoolStatus,
)
from controller.cluster.objects import Deployment
from controller.operator.report.objective import objective_status
from controller.scaling.deadline.start_up import StartUp
from controller.scaling.decision import Decision, Scheduled
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.memory_codec import from_status, to_status
from controller.scaling.objective.attainment import Attainment
from controller.scaling.observation import (
    POD_METRICS,
    Observation,
    QueueStatistics,
    SlotType,
    TaskQueueObservation,
    Unknown,
    used,
)
from controller.scaling.rules.demand import STEPS
from controller.scaling.scale_history import HistoryEntry

ATTAINMENT: Final = "attainment"
"""Where in `status.memory` it is kept what was judged."""

ESTIMATES: Final = frozenset(STEPS)
"""Rules that only measure: what they say drifts like the numbers."""

MOST_NAMED: Final = 5
"""Fields that a message names: more would say nothing new."""

DRIFT_SECONDS: Final = 300.0
"""How old drifting numbers in status may grow before they are written."""

SIGN_OF_LIFE_SECONDS: Final = 120.0
"""How old `lastReconcileTime` may grow before it is written for itself."""

SOON_SECONDS: Final = 30.0
"""How long it may take until `is_soon_news` is written."""

SHOWN_POINTS: Final = 1.0
"""Percentage points by which the attained share may be wrong."""

SHOWN_FACTOR: Final = 2.0
"""By how much a number that `kubectl get` shows may be wrong, as a factor."""

SHOWN_TASKS: Final = 5
SHOWN_SECONDS: Final = 30.0
"""Smaller differences of the backlog and of its age are never news."""


def observed(
    status: TemporalWorkerPoolStatus, deployment: Deployment, observation: Observation
) -> TemporalWorkerPoolStatus:
    """The status with what was seen."""
    statistics = [q.statistics for q in observation.task_queues if not isinstance(q.statistics, Unknown)]
    all_read = len(statistics) == len(observation.task_queues)
    oldest = min((s.read_at - s.backlog_age_seconds for s in statistics if s.backlog), default=None)
    return status.model_copy(
        update={
            "replicas": deployment.replicas,
            "ready_replicas": deployment.ready_replicas,
            "backlog": sum(s.backlog for s in statistics) if all_read else None,
            "oldest_task_time": timestamp(oldest) if all_read and oldest is not None else None,
            "in_flight": _in_flight(observation),
            "other_workers": _other_workers(observation),
            "task_queues": tuple(task_queues(observation)),
        }
    )


def decided(
    status: TemporalWorkerPoolStatus, decision: Decision, memory: Memory, now: float
) -> TemporalWorkerPoolStatus:
    """The status with what was decided and done; the decision keeps its time while it says the same."""
    steps = tuple(
        DecisionStep(
            rule=step.rule,
            reason=step.reason,
            message=step.message,
            before=step.replicas_before,
            after=step.replicas_after,
        )
        for step in decision.steps
    )
    last = status.last_decision
    if last is None or (last.desired_replicas, last.steps) != (decision.desired_replicas, steps):
        last = LastDecision(time=timestamp(now), desired_replicas=decision.desired_replicas, steps=steps)
    return status.model_copy(
        update={
            "desired_replicas": decision.desired_replicas,
            "last_decision": last,
            "scale_actions": tuple(_entry(entry) for entry in memory.history),
            "last_scale_time": next((timestamp(e.until) for e in reversed(memory.history) if not e.by), None),
            "schedule": _schedule(decision.scheduled),
            "start_up": _start_up(memory.start_up),
            "memory": to_status(memory),
        }
    )


def remembered(status: TemporalWorkerPoolStatus, unread: Iterable[str] = ()) -> Memory:
    """The memory that a restarted operator starts with: what was learned, and the scale actions for the policies.

    Args:
        status: What could be read of it.
        unread: Paths of what could not.
    """
    memory, lost = from_status(status.memory), [f"status.{path}" if path else "status" for path in unread]
    if (status.memory or {}).get(ATTAINMENT) is not None and attainment_of(status) == Attainment():
        lost.append(f"status.memory.{ATTAINMENT}")
    named = f"Fields that can't be read count as absent: {', '.join(lost[:MOST_NAMED])}." if lost else None
    return replace(
        memory,
        forgotten=" ".join(filter(None, (named, memory.forgotten))) or None,
        # A status of an operator that did not merge has them here, and nowhere else.
        scale_actions=memory.scale_actions or tuple(_action(shown) for shown in status.scale_actions),
        history=tuple(_remembered(shown) for shown in status.scale_actions),
    )


def judged(status: TemporalWorkerPoolStatus, attainment: Attainment, now: float) -> TemporalWorkerPoolStatus:
    """The status with what is known of the objective; without `scheduleToStartSeconds` there is nothing."""
    objective = objective_status(attainment, now)
    if objective is None:
        return status.model_copy(update={"objective": None})
    memory = {**(status.memory or {}), ATTAINMENT: attainment.to_status()}
    return status.model_copy(update={"objective": objective, "memory": memory})


def attainment_of(status: TemporalWorkerPoolStatus) -> Attainment:
    """What a restarted operator goes on with."""
    return Attainment.from_status((status.memory or {}).get(ATTAINMENT))


def without_target(status: TemporalWorkerPoolStatus) -> TemporalWorkerPoolStatus:
    """The status of a pool whose Deployment is not there: nothing is known of its replicas."""
    return status.model_copy(update={"replicas": None, "ready_replicas": None, "in_flight": None})


def replica_summary(status: TemporalWorkerPoolStatus, spec: TemporalWorkerPoolSpec | str) -> str:
    """Ready, desired and highest number of replicas, such as `3/5/10`; a dash for what is unknown."""
    highest = None if isinstance(spec, str) else spec.max_replicas
    desired = status.desired_replicas if status.replicas is not None else None
    numbers = (status.ready_replicas, desired, highest)
    return "/".join("-" if number is None else str(number) for number in numbers)


def is_news(before: TemporalWorkerPoolStatus, after: TemporalWorkerPoolStatus, now: float) -> bool:
    """Whether something other than drifting numbers changed, or a number that `kubectl get` shows is far off."""
    if _lasting(before) != _lasting(after) or (before.backlog is None) != (after.backlog is None):
        return True
    if _is_off(before.backlog or 0, after.backlog or 0, SHOWN_TASKS):
        return True
    return _is_off(_oldest_seconds(before, now), _oldest_seconds(after, now), SHOWN_SECONDS)


def is_soon_news(before: TemporalWorkerPoolStatus, after: TemporalWorkerPoolStatus) -> bool:
    """Whether something changed that people compare with what they see, and that may wait for `SOON_SECONDS`."""
    slots = [(status.in_flight and status.in_flight.slots_used) or 0 for status in (before, after)]
    shares = [(status.objective and status.objective.attained_percent) or 0.0 for status in (before, after)]
    reasons = [
        [(step.rule, step.reason) for step in status.last_decision.steps] if status.last_decision else None
        for status in (before, after)
    ]
    return _is_off(slots[0], slots[1], 1) or abs(shares[0] - shares[1]) >= SHOWN_POINTS or reasons[0] != reasons[1]


def _is_off(shown: float, true: float, least: float) -> bool:
    low, high = sorted((shown, true))
    return high - low >= least and high >= SHOWN_FACTOR * low


def _oldest_seconds(status: TemporalWorkerPoolStatus, now: float) -> float:
    """The age that `kubectl get` shows by a status; 0 where no task waits."""
    return now - status.oldest_task_time.timestamp() if status.oldest_task_time else 0.0


def gives_sign_of_life(before: TemporalWorkerPoolStatus, now: float) -> bool:
    """Whether it is time to write that the pool is still reconciled."""
    last = before.last_reconcile_time
    return last is None or not 0 <= now - last.timestamp() < SIGN_OF_LIFE_SECONDS


def _schedule(scheduled: Scheduled) -> ScheduleStatus | None:
    if scheduled.next_change_at is None:
        return None
    return ScheduleStatus(min_replicas=scheduled.min_replicas, next_change_time=timestamp(scheduled.next_change_at))


def _start_up(start_up: StartUp) -> StartUpStatus | None:
    if not start_up.count:
        return None
    return StartUpStatus(
        seconds=round(start_up.mean_seconds), node_seconds=round(start_up.node_seconds), starts=start_up.count
    )


def _lasting(status: TemporalWorkerPoolStatus) -> tuple[object, ...]:
    last = status.last_decision
    return (
        status.observed_generation,
        tuple(_without_message(condition) for condition in status.conditions),
        status.replicas,
        status.ready_replicas,
        status.desired_replicas,
        status.scale_actions,
        status.in_flight and status.in_flight.source,
        status.other_workers and status.other_workers.identities,
        [task.slots_reported for queue in status.task_queues for task in queue.tasks],
        last and [(step.rule, step.reason) for step in last.steps if step.rule not in ESTIMATES],
        status.schedule,
        status.override,
        status.operator,
        status.replica_summary,
    )


def _without_message(condition: Condition) -> tuple[object, ...]:
    return condition.type, condition.status, condition.reason, condition.observed_generation


def _in_flight(observation: Observation) -> InFlightStatus:
    has_reports = any(pod.slots for pod in observation.pods) or not observation.pods
    if isinstance(observation.in_flight, Unknown) or not has_reports:
        return InFlightStatus(source=EvidenceSource.NONE)
    source = EvidenceSource.POD_METRICS if observation.in_flight == POD_METRICS else EvidenceSource.HEARTBEATS
    running = used(report for pod in observation.pods for report in pod.slots)
    return InFlightStatus(source=source, slots_used=None if observation.pods_without_reports else running)


def _other_workers(observation: Observation) -> OtherWorkersStatus | None:
    workers = observation.other_workers
    if not workers:
        return None
    return OtherWorkersStatus(
        count=len(workers),
        slots_used=used(report for worker in workers for report in worker.slots),
        identities=tuple(sorted({worker.identity for worker in workers})[:MAX_OTHER_WORKERS]),
    )


def task_queues(observation: Observation) -> Iterable[TaskQueueStatus]:
    """What was read of each task queue."""
    names = dict.fromkeys(queue.task_queue for queue in observation.task_queues)
    for name in names:
        tasks = (_task(observation, queue) for queue in observation.task_queues if queue.task_queue == name)
        yield TaskQueueStatus(name=name, tasks=tuple(tasks))


def _has_young_rates(statistics: QueueStatistics | None) -> bool:
    """Whether the rates may be too high; zero is right however young it is."""
    if statistics is None or not statistics.rates_young:
        return False
    return bool(statistics.add_rate_per_second or statistics.dispatch_rate_per_second)


def _task(observation: Observation, queue: TaskQueueObservation) -> TaskStatus:
    known_slots = not isinstance(observation.in_flight, Unknown) and not observation.pods_without_reports
    statistics = None if isinstance(queue.statistics, Unknown) else queue.statistics
    return TaskStatus(
        type=TaskType(queue.task_type),
        slots_used=observation.slots_used(queue.task_queue, SlotType(queue.task_type)) if known_slots else None,
        slots_per_replica=None if isinstance(queue.slots_per_replica, Unknown) else queue.slots_per_replica,
        slots_reported=queue.slots_reported,
        backlog=statistics and statistics.backlog,
        backlog_age_seconds=round(statistics.backlog_age_seconds) if statistics and statistics.backlog else None,
        add_rate_per_second=statistics and statistics.add_rate_per_second,
        dispatch_rate_per_second=statistics and statistics.dispatch_rate_per_second,
        rates_young=_has_young_rates(statistics) or None,
    )


def _entry(entry: HistoryEntry) -> ScaleActionStatus:
    return ScaleActionStatus(
        time=timestamp(entry.until),
        first_time=timestamp(entry.since) if entry.count > 1 else None,
        from_=entry.replicas_before,
        to=entry.replicas_after,
        reason=entry.reason,
        message=entry.message,
        by=entry.by,
        count=entry.count if entry.count > 1 else None,
    )


def _remembered(shown: ScaleActionStatus) -> HistoryEntry:
    """What `_entry` wrote."""
    until = shown.time.timestamp()
    since = shown.first_time.timestamp() if shown.first_time else until
    return HistoryEntry(
        since, until, shown.from_, shown.to, shown.reason, shown.message, by=shown.by, count=shown.count or 1
    )


def _action(shown: ScaleActionStatus) -> ScaleAction:
    return ScaleAction(shown.time.timestamp(), shown.from_, shown.to, shown.reason, shown.message, shown.by)
