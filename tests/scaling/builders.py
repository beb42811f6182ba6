"""Small builders of specs and observations, so that a test states only what it is about.

Time starts at `NOW`; a pod has been ready for an hour, and a worker reports at `NOW` unless the test says otherwise.
"""

from dataclasses import replace
from typing import Any

from controller.api.model import TaskType
from controller.api.spec import Behavior, TemporalWorkerPoolSpec
from controller.scaling.decision import Need, Step
from controller.scaling.idle_times import NoDispatchWindow
from controller.scaling.memory import Memory
from controller.scaling.observation import (
    Observation,
    PodObservation,
    QueueStatistics,
    SlotReport,
    SlotType,
    TaskQueueObservation,
    Unknown,
    UnknownCause,
)
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.server_times import CACHE_SECONDS

NOW = 10_000.0
QUEUE = "orders"
LOST = Unknown(UnknownCause.LOST, "The backlog of orders/Activity was not read: no answer within 5 s.")
NEVER_THERE = Unknown(UnknownCause.NEVER_THERE, "No worker sends heartbeats.")


def spec(**fields: Any) -> TemporalWorkerPoolSpec:
    """A spec with one activity queue of 10 slots, 5 waiting tasks per replica, and 0 to 20 replicas."""
    return TemporalWorkerPoolSpec.model_validate(
        {
            "scaleTargetRef": {"name": "worker"},
            "connection": {"address": "temporal:7233"},
            "taskQueues": [{"name": QUEUE, "tasks": [{"type": "Activity", "slots": 10}]}],
            "minReplicas": 0,
            "maxReplicas": 20,
            "objective": {"backlogPerReplica": 5},
            **fields,
        }
    )


def behavior(**directions: Any) -> Behavior:
    """A behavior from the fields of autoscaling/v2."""
    return Behavior.model_validate(directions)


def free_behavior() -> Behavior:
    """A behavior in which nothing limits or delays a change."""
    free = {"stabilizationWindowSeconds": 0, "policies": [{"type": "Pods", "value": 1_000_000, "periodSeconds": 15}]}
    return behavior(scaleUp=free, scaleDown=free)


def statistics(
    backlog: int = 0,
    *,
    age_seconds: float | None = None,
    add_rate: float = 0.0,
    dispatch_rate: float = 0.0,
    read_at: float = NOW,
    rate_limiting_active: bool | None = None,
) -> QueueStatistics:
    """What the server says; the oldest task has waited 5 s if any waits."""
    age = (5.0 if backlog else 0.0) if age_seconds is None else age_seconds
    return QueueStatistics(backlog, age, add_rate, dispatch_rate, read_at, rate_limiting_active)


def idle_for(seconds: float, **remembered: Any) -> Memory:
    """What polls remember of a pool that had its last work so long ago."""
    no_dispatch = NoDispatchWindow(NOW - seconds, NOW - CACHE_SECONDS, NOW - seconds)
    return replace(Memory(busy_at=NOW - seconds, no_dispatch=no_dispatch), **remembered)


def queue(
    backlog: int | QueueStatistics | Unknown = 0,
    *,
    name: str = QUEUE,
    task_type: TaskType = TaskType.ACTIVITY,
    slots: int | Unknown = 10,
) -> TaskQueueObservation:
    """One (task queue, task type); a plain number is its backlog."""
    read = statistics(backlog) if isinstance(backlog, int) else backlog
    return TaskQueueObservation(name, task_type, read, slots)


def report(
    used: int = 0,
    *,
    name: str = QUEUE,
    slot_type: SlotType = SlotType.ACTIVITY,
    slots: int = 10,
    reported_at: float = NOW,
) -> SlotReport:
    """What one worker says of its slots of one type."""
    return SlotReport(name, slot_type, used, max(0, slots - used), reported_at)


def pod(
    *reports: SlotReport,
    name: str = "worker-0",
    ready_since: float | None = NOW - 3600,
    terminating: bool = False,
) -> PodObservation:
    """A pod that became ready an hour ago."""
    created_at = NOW - 3620 if ready_since is None else ready_since - 20
    return PodObservation(name, created_at, created_at, ready_since, terminating, reports)


def pods(count: int, *, used: int = 0, slots: int = 10, reported_at: float = NOW) -> tuple[PodObservation, ...]:
    """Ready pods that all report the same number of slots in use."""
    return tuple(pod(report(used, slots=slots, reported_at=reported_at), name=f"worker-{i}") for i in range(count))


def observation(
    *queues: TaskQueueObservation,
    replicas: int = 0,
    pods: tuple[PodObservation, ...] = (),
    in_flight: str | Unknown = "worker heartbeats",
    observed_at: float = NOW,
) -> Observation:
    """What one pass saw; without queues, one that is empty."""
    return Observation(observed_at, replicas, pods, queues or (queue(),), in_flight)


def need(**fields: Any) -> Need:
    """What the deadline policy found: nothing stands, a start takes 20 s, and a task 4 s, as was measured."""
    found = Need(
        steady_replicas=0,
        stands=False,
        start_up_seconds=20,
        service_seconds=4,
        longest_seconds=5,
        idle_poll_seconds=15,
        assumed=False,
    )
    return replace(found, **fields)


def outcome(step: Step | None) -> tuple[Rule, StepReason, int, int]:
    """What a rule did with the number and why, without its sentence."""
    assert step is not None
    return step.rule, step.reason, step.replicas_before, step.replicas_after
