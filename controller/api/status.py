"""The status of a `TemporalWorkerPool`: what the operator saw, decided and did, for people and for its own restart.

Everything is optional or empty by default: a new pool has no status, and a value that is unknown is absent, never zero.
"""

from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import Field

from controller.api.model import ApiModel, Percent, Rounded, TaskType, Timestamp, list_map
from controller.api.text import Message

MAX_SCALE_ACTIONS: Final = 20
MAX_DECISION_STEPS: Final = 64
MAX_FOREIGN_WORKERS: Final = 10


class ConditionStatus(StrEnum):
    """The status of a condition."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


class InFlightSource(StrEnum):
    """Where the number of running tasks comes from."""

    HEARTBEATS = "Heartbeats"
    POD_METRICS = "PodMetrics"
    NONE = "None"


class Condition(ApiModel):
    """One aspect of the pool's state, in the shape of `metav1.Condition`."""

    type: str = Field(max_length=316)
    """Aspect that the condition is about."""
    status: ConditionStatus
    """Status of the condition: True, False or Unknown."""
    observed_generation: int | None = Field(default=None, ge=0, json_schema_extra={"format": "int64"})
    """Generation of the pool's spec that the condition is about."""
    last_transition_time: Timestamp
    """Time at which status last changed."""
    reason: str = Field(min_length=1, max_length=1024, pattern="^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$")
    """Why the condition has this status, as one word that programs can rely on."""
    message: Message = Field(max_length=32_768)
    """What happened, the numbers, and what to do."""


class TaskStatus(ApiModel):
    """What was last read about tasks of one type on one task queue. What could not be read is absent."""

    type: TaskType
    """Task type."""
    backlog: int | None = Field(default=None, json_schema_extra={"format": "int64"})
    """Number of tasks that wait for a worker, as Temporal estimates it."""
    backlog_age_seconds: int | None = None
    """Seconds for which the oldest of them has been waiting."""
    slots_used: int | None = None
    """Number of tasks that the workers are running."""
    slots_per_replica: int | None = None
    """Number of tasks that one replica runs at once, as the decision reckons."""
    slots_reported: int | None = None
    """The same number as the workers last reported it; it is kept while there are no replicas."""
    add_rate_per_second: Rounded | None = None
    """Tasks per second that were added to the queue in the last 30 seconds, to two digits."""
    dispatch_rate_per_second: Rounded | None = None
    """Tasks per second that were given to workers in the last 30 seconds, to two digits."""
    rates_young: bool | None = None
    """True while the queue has been watched for less than 30 seconds: the rates may then be too high."""


class TaskQueueStatus(ApiModel):
    """What was last read about one task queue."""

    name: str
    """Name of the task queue."""
    tasks: tuple[TaskStatus, ...] = Field(default=(), json_schema_extra=list_map("type"))
    """What was last read about each task type."""


class InFlight(ApiModel):
    """The tasks that the workers are running, and how that is known."""

    source: InFlightSource
    """Where the number comes from: the workers' Heartbeats, the PodMetrics, or None."""
    slots_used: int | None = None
    """Number of tasks of all types that the workers are running; absent when it is not known."""


class ForeignWorkers(ApiModel):
    """Workers on the pool's task queues that are not its Deployment's. They take tasks, too."""

    count: int
    """Number of such workers."""
    slots_used: int
    """Number of tasks that they are running."""
    identities: tuple[Annotated[str, Field(description="Identity of one of them.")], ...] = Field(
        default=(), max_length=MAX_FOREIGN_WORKERS, json_schema_extra={"x-kubernetes-list-type": "atomic"}
    )
    """Identities of the first of them, as Temporal shows them."""


class DecisionStep(ApiModel):
    """One step of a decision: what a rule made of the number of replicas, and why."""

    rule: str
    """Rule that was applied."""
    reason: str
    """Why the rule came to its result, as one word."""
    message: Message
    """Why the rule came to its result, with the numbers."""
    before: int | None = None
    """Replicas wanted before the step; absent before the first number is known."""
    after: int | None = None
    """Replicas wanted after the step; absent when the rule holds replicas as they are."""


class LastDecision(ApiModel):
    """The last decision that said something new, step by step."""

    time: Timestamp
    """Time of the decision."""
    desired_replicas: int | None = None
    """Replicas decided on; absent when replicas were held as they are."""
    steps: tuple[DecisionStep, ...] = Field(
        default=(), max_length=MAX_DECISION_STEPS, json_schema_extra={"x-kubernetes-list-type": "atomic"}
    )
    """Steps that led to it, in the order in which they were taken."""


class ScaleAction(ApiModel):
    """One change of replicas, by the operator or by somebody else."""

    time: Timestamp
    """Time of the change."""
    from_: int = Field(alias="from")
    """Replicas before the change."""
    to: int
    """Replicas after the change."""
    reason: str
    """Why, as one word."""
    message: Message
    """Why, with the numbers."""
    by: str | None = None
    """Field manager of whoever made it; absent where it was the operator."""


class OverrideStatus(ApiModel):
    """What an annotation of an on-call engineer asks for now."""

    paused: bool | None = None
    """True while the Deployment is left as it is."""
    replicas: int | None = None
    """Number of replicas that is asked for; absent during a pause."""
    until: Timestamp
    """Time at which it ends by itself."""
    by: str | None = None
    """Who wants it, in his own words."""
    reason: str | None = None
    """Why, in his own words."""


class ScheduleStatus(ApiModel):
    """What the schedules of the pool ask for."""

    min_replicas: int
    """Lowest number of replicas by the schedules in force; 0 without one."""
    next_change_time: Timestamp
    """Time at which a schedule begins or ends next."""


class StartUpStatus(ApiModel):
    """How long replicas take to start, as it was learned from those that did."""

    seconds: int
    """Seconds from a pod's assignment to a node until it is ready, on average."""
    node_seconds: int
    """Seconds that pods waited for a node before that, on average."""
    starts: int
    """Number of starts that were seen, up to 20; older ones fade."""


class ObjectiveSource(StrEnum):
    """By what it is judged whether tasks start in time."""

    SDK_LATENCY = "SDKLatency"
    BACKLOG = "Backlog"
    MIXED = "Mixed"


class ObjectiveStatus(ApiModel):
    """Whether tasks started within objective.scheduleToStartSeconds."""

    attained_percent: Percent | None = None
    """Percentage of the tasks that started in time within the window, to one digit; absent when there was none."""
    window_seconds: int
    """Seconds for which tasks were judged, rounded up to 300, at most 3600."""
    source: ObjectiveSource
    """What they are judged by: SDKLatency, the schedule-to-start latency that the SDK measures in each pod; Backlog, an
    estimate from the age of the backlog and the number of dispatched tasks; or Mixed, each of them for some tasks."""


class TemporalWorkerPoolStatus(ApiModel):
    """What the operator saw, decided and did. What is not known is absent."""

    observed_generation: int | None = Field(default=None, json_schema_extra={"format": "int64"})
    """Generation of the spec that this status is about."""
    conditions: tuple[Condition, ...] = Field(default=(), json_schema_extra=list_map("type"))
    """State of the pool, one aspect each; Ready is the summary."""
    replicas: int | None = None
    """Replicas that the Deployment asks for."""
    ready_replicas: int | None = None
    """Replicas that are ready."""
    desired_replicas: int | None = None
    """Replicas that the operator last decided on."""
    backlog: int | None = Field(default=None, json_schema_extra={"format": "int64"})
    """Number of tasks that wait for a worker, all task queues and types together."""
    backlog_age: str | None = None
    """How long the oldest of them has been waiting, for people to read; taskQueues has it in seconds."""
    in_flight: InFlight | None = None
    """Tasks that the workers are running, and how that is known."""
    foreign_workers: ForeignWorkers | None = None
    """Workers on the task queues that are not the Deployment's; absent when there are none."""
    task_queues: tuple[TaskQueueStatus, ...] = Field(default=(), json_schema_extra=list_map("name"))
    """What was last read about each task queue."""
    last_decision: LastDecision | None = None
    """The last decision that said something new, step by step."""
    last_scale_time: Timestamp | None = None
    """Time at which the operator last changed replicas."""
    scale_actions: tuple[ScaleAction, ...] = Field(
        default=(), max_length=MAX_SCALE_ACTIONS, json_schema_extra={"x-kubernetes-list-type": "atomic"}
    )
    """The last 20 changes of replicas, by the operator and by others, oldest first."""
    override: OverrideStatus | None = None
    """What an annotation asks for now; absent without one."""
    schedule: ScheduleStatus | None = None
    """What the schedules ask for, and when that changes next; absent without schedules."""
    objective: ObjectiveStatus | None = None
    """Whether tasks started within objective.scheduleToStartSeconds; absent with backlogPerReplica."""
    start_up: StartUpStatus | None = None
    """How long replicas take to start; absent until one was seen to."""
    memory: dict[str, Any] | None = None
    """What the operator learned and reads back after a restart. Its shape is the operator's own and may change."""
