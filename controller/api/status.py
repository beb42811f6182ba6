"""The status of a `TemporalWorkerPool`: what the operator observed, decided and did, for users and for its own restart.

Everything is optional or empty by default: a new pool has no status, and a value that is unknown is absent, never zero.
"""

import json
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import (
    BeforeValidator,
    Field,
    PlainSerializer,
    SerializerFunctionWrapHandler,
    WithJsonSchema,
    WrapSerializer,
    model_serializer,
    model_validator,
)

from controller.api.model import ApiModel, Percent, Rounded, TaskType, Timestamp, list_map
from controller.api.status_lines import step_fields, step_line, task_fields, task_line
from controller.api.text import Message

MAX_SCALE_ACTIONS: Final = 40
MAX_DECISION_STEPS: Final = 64
MAX_OTHER_WORKERS: Final = 10


class ConditionStatus(StrEnum):
    """The status of a condition."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


class EvidenceSource(StrEnum):
    """Source of the number of running tasks."""

    HEARTBEATS = "Heartbeats"
    POD_METRICS = "PodMetrics"
    NONE = "None"


class Condition(ApiModel):
    """One aspect of the pool's state, in the shape of `metav1.Condition`."""

    type: str = Field(max_length=316)
    """Type of the condition."""
    status: ConditionStatus
    """Status of the condition: True, False or Unknown."""
    observed_generation: int | None = Field(default=None, ge=0, json_schema_extra={"format": "int64"})
    """Generation of the spec that the condition was set for. Absent if it is status.observedGeneration."""
    last_transition_time: Timestamp
    """Time at which status last changed."""
    reason: str = Field(min_length=1, max_length=1024, pattern="^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$")
    """Reason for the status, as one word that programs can rely on."""
    message: Message = Field(max_length=32_768)
    """What happened, with the numbers, and what to do; cut at 1024 bytes."""


class TaskStatus(ApiModel):
    """The last reading of tasks of one type on one task queue. What is unknown is absent."""

    type: TaskType
    """Type of the tasks."""
    backlog: int | None = Field(default=None, json_schema_extra={"format": "int64"})
    """Number of waiting tasks, as Temporal estimates it."""
    backlog_age_seconds: int | None = None
    """Seconds for which the oldest waiting task has waited."""
    slots_used: int | None = None
    """Number of tasks that the workers run."""
    slots_per_replica: int | None = None
    """Number of tasks that one replica runs at once, as the decision uses it."""
    slots_reported: int | None = None
    """Number of tasks that one replica runs at once, as the workers last reported it; kept while there are no
    replicas."""
    add_rate_per_second: Rounded | None = None
    """Tasks per second that were added to the task queue in the last 30 seconds, with two significant digits."""
    dispatch_rate_per_second: Rounded | None = None
    """Tasks per second that were dispatched to workers in the last 30 seconds, with two significant digits."""
    rates_young: bool | None = None
    """True while the task queue has been polled for less than 30 seconds: its rates may then be too high."""


def _task_as_line(task: TaskStatus, fields: SerializerFunctionWrapHandler) -> str:
    return task_line(fields(task))


TaskLine = Annotated[
    TaskStatus,
    BeforeValidator(task_fields),
    WrapSerializer(_task_as_line, when_used="json"),
    WithJsonSchema(
        {
            "type": "string",
            "description": "The last reading of one task type, such as `Activity: 37 wait, oldest 35 s, 1.2/s added, "
            "0.12/s dispatched, 1 slots used, 1 slots per replica, 1 slots reported`. What is unknown is left out. "
            "`rates young` at its end: the task queue has been polled for less than 30 seconds, and its rates may be "
            "too high. Metrics have each number.",
        }
    ),
]


class TaskQueueStatus(ApiModel):
    """The last reading of one task queue."""

    name: str
    """Name of the task queue."""
    tasks: tuple[TaskLine, ...] = Field(default=(), json_schema_extra={"x-kubernetes-list-type": "atomic"})
    """The last reading of each task type, in a line of its own."""


class InFlightStatus(ApiModel):
    """Number of tasks that the workers run, and its source."""

    source: EvidenceSource
    """Source of the number: Heartbeats of the workers, PodMetrics, or None."""
    slots_used: int | None = None
    """Number of tasks of all types that the workers run. Absent if it is unknown."""


class OtherWorkersStatus(ApiModel):
    """Workers that poll the task queues of the pool and are not in its Deployment. They take tasks too."""

    count: int
    """Number of these workers."""
    slots_used: int
    """Number of tasks that they run."""
    identities: tuple[Annotated[str, Field(description="Identity of one of them.")], ...] = Field(
        default=(), max_length=MAX_OTHER_WORKERS, json_schema_extra={"x-kubernetes-list-type": "atomic"}
    )
    """Identities of the first 10 of them, as Temporal shows them."""


class DecisionStep(ApiModel):
    """One step of a decision: what a rule made of the number of replicas, and why."""

    rule: str
    """Rule of this step."""
    reason: str
    """Reason for the result, as one word."""
    message: Message
    """Reason for the result, with the numbers; cut at 1024 bytes."""
    before: int | None = None
    """Recommended replicas before the step. Absent if there was no number yet."""
    after: int | None = None
    """Recommended replicas after the step. Absent if the replicas stay as they are."""


def _step_as_line(step: DecisionStep, fields: SerializerFunctionWrapHandler) -> str:
    return step_line(fields(step))


StepLine = Annotated[
    DecisionStep,
    BeforeValidator(step_fields),
    WrapSerializer(_step_as_line, when_used="json"),
    WithJsonSchema(
        {
            "type": "string",
            "description": "Rule and reason of one step, the recommended replicas before and after it, and why, such "
            "as `Bounds/TooManyReplicas 39 → 1: Limited to maxReplicas 1; 39 replicas would meet the objective.` One "
            "number: the step did not change it.",
        }
    ),
]


class NextChange(ApiModel):
    """What would change the desired replicas: more waiting tasks, or time alone. What was not found is absent."""

    task_queue: str | None = None
    """Task queue whose backlog would change them."""
    task_type: TaskType | None = None
    """Type of the tasks in it."""
    up_at_backlog: int | None = Field(default=None, json_schema_extra={"format": "int64"})
    """Number of waiting tasks in it at which more replicas are desired: exact up to 128 more, else within 2 %."""
    up_replicas: int | None = None
    """Desired replicas then."""
    time: Timestamp | None = None
    """Time at which other replicas are desired if nothing else changes, within the next hour."""
    replicas: int | None = None
    """Desired replicas then."""


class LastDecision(ApiModel):
    """The last decision that differed from the one before it, step by step."""

    time: Timestamp
    """Time of the decision."""
    desired_replicas: int | None = None
    """Desired replicas. Absent if the replicas stay as they are."""
    steps: tuple[StepLine, ...] = Field(
        default=(), max_length=MAX_DECISION_STEPS, json_schema_extra={"x-kubernetes-list-type": "atomic"}
    )
    """Steps of the decision in their order, in a line each."""
    next_change: NextChange | None = None
    """What would change the decision, by the last write of this status."""


class ScaleActionStatus(ApiModel):
    """A change of replicas, or several that are merged, by the operator or by another field manager."""

    time: Timestamp
    """Time of the change, or of the last one."""
    first_time: Timestamp | None = None
    """Time of the first change. Absent if it is one change."""
    from_: int = Field(alias="from")
    """Replicas before the change, or before the first one."""
    to: int
    """Replicas after the change, or after the last one."""
    reason: str
    """Reason for the change, or for the last one, as one word."""
    message: Message
    """Reason for the change, or for the last one, with the numbers; cut at 256 bytes."""
    by: str | None = None
    """Field manager that made the change. Absent if it was the operator."""
    count: int | None = None
    """Number of changes. Absent if it is one."""


class OverrideStatus(ApiModel):
    """The override by an annotation that is in force."""

    paused: bool | None = None
    """True while the operator does not change the Deployment."""
    replicas: int | None = None
    """Number of replicas that the annotation sets. Absent during a pause."""
    min_replicas: int | None = None
    """Least number of replicas that the annotation sets. Absent during a pause."""
    until: Timestamp
    """Time at which the override ends."""
    by: str | None = None
    """Author of the override, as the annotation names it."""
    reason: str | None = None
    """Reason for the override, as the annotation gives it."""


class ScheduleStatus(ApiModel):
    """What the schedules of the pool ask for."""

    min_replicas: int
    """Lowest number of replicas by the schedules in force; 0 without one."""
    next_change_time: Timestamp
    """Time at which the next schedule begins or ends."""


class StartUpStatus(ApiModel):
    """How long replicas take to start, as the operator measured it."""

    seconds: int
    """Mean seconds from the assignment of a pod to a node until it is ready."""
    node_seconds: int
    """Mean seconds that pods waited for a node before that."""
    starts: int
    """Number of starts that were measured, up to 20; older ones count less and less."""


class ObjectiveSource(StrEnum):
    """What it is judged by whether tasks start in time."""

    SDK_LATENCY = "SDKLatency"
    BACKLOG = "Backlog"
    MIXED = "Mixed"


class ObjectiveStatus(ApiModel):
    """How many tasks started within objective.scheduleToStartSeconds."""

    attained_percent: Percent | None = None
    """Percentage of the tasks of the window that started in time, with one decimal. Absent if there were none."""
    window_seconds: int
    """Length of the window in seconds, rounded up to 300, at most 3600."""
    source: ObjectiveSource
    """What the tasks were judged by: SDKLatency, the schedule-to-start latency that the SDK measures in each pod;
    Backlog, an estimate from the age of the backlog and the number of dispatched tasks; or Mixed, each of them for some
    tasks."""


class OperatorStatus(ApiModel):
    """The operator process that last reconciled the pool."""

    identity: str
    """Name of its pod, or of its host outside of a cluster."""
    version: str
    """Version of the operator."""


def _unpacked(value: Any) -> Any:  # noqa: ANN401 - whatever the API server has
    """The memory itself; earlier versions wrote it as it is, and that is read, too."""
    return json.loads(value["json"]) if isinstance(value, dict) and isinstance(value.get("json"), str) else value


def _packed(memory: dict[str, Any]) -> dict[str, str]:
    return {"json": json.dumps(memory, separators=(",", ":"), ensure_ascii=False)}


PackedMemory = Annotated[
    dict[str, Any], BeforeValidator(_unpacked), PlainSerializer(_packed, when_used="json-unless-none")
]
"""The operator's memory, in one line of text: as fields it would be much of what `kubectl describe` shows."""


class TemporalWorkerPoolStatus(ApiModel):
    """What the operator observed, decided and did. What is unknown is absent."""

    @model_validator(mode="before")
    @classmethod
    def _with_generations(cls, status: Any) -> Any:  # noqa: ANN401 - whatever the API server has
        """Gives the conditions the generation that was left out where it is the status's own."""
        if not isinstance(status, dict) or not isinstance(status.get("conditions"), list):
            return status
        own = {"observedGeneration": status.get("observedGeneration")}
        conditions = [own | each if isinstance(each, dict) else each for each in status["conditions"]]
        return status | {"conditions": conditions}

    @model_serializer(mode="wrap", when_used="json")
    def _without_generations(self, fields: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A line less of `kubectl describe` for each condition: clients fall back on the status's own generation."""
        written: dict[str, Any] = fields(self)
        for condition in written.get("conditions", ()):
            if condition.get("observedGeneration") == written.get("observedGeneration"):
                condition.pop("observedGeneration", None)
        return written

    observed_generation: int | None = Field(default=None, json_schema_extra={"format": "int64"})
    """Generation of the spec that the operator last decided on."""
    conditions: tuple[Condition, ...] = Field(default=(), json_schema_extra=list_map("type"))
    """State of the pool, one condition for each aspect. Ready is the summary."""
    last_reconcile_time: Timestamp | None = None
    """Time of a reconcile, written every 2 minutes, or at each one if pollingIntervalSeconds is longer. An older time
    is that of an operator that no longer runs, or no longer reaches the API server."""
    operator: OperatorStatus | None = None
    """The operator process that last reconciled the pool."""
    replica_summary: str | None = None
    """Ready, desired and highest number of replicas, such as 3/5/10; a dash for what is unknown."""
    replicas: int | None = None
    """Requested replicas: spec.replicas of the Deployment."""
    ready_replicas: int | None = None
    """Number of replicas that are ready."""
    desired_replicas: int | None = None
    """Desired replicas: the number that the operator last decided on."""
    backlog: int | None = Field(default=None, json_schema_extra={"format": "int64"})
    """Number of waiting tasks of all task queues and types. Absent if a task queue can't be read."""
    oldest_task_time: Timestamp | None = None
    """Time since which the oldest waiting task waits. Absent if none waits, or if a task queue can't be read."""
    in_flight: InFlightStatus | None = None
    """Number of tasks that the workers run, and its source."""
    other_workers: OtherWorkersStatus | None = None
    """Workers that poll the task queues and are not in the Deployment. Absent if there are none."""
    task_queues: tuple[TaskQueueStatus, ...] = Field(default=(), json_schema_extra=list_map("name"))
    """The last reading of each task queue."""
    last_decision: LastDecision | None = None
    """The last decision that differed from the one before it, step by step."""
    last_scale_time: Timestamp | None = None
    """Time at which the operator last changed the replicas."""
    scale_actions: tuple[ScaleActionStatus, ...] = Field(
        default=(), max_length=MAX_SCALE_ACTIONS, json_schema_extra={"x-kubernetes-list-type": "atomic"}
    )
    """Changes of replicas, by the operator and by other field managers, oldest first: those of the last hour at least,
    in at most 40 entries and 24 kB. Changes in one direction that follow one another within 60 seconds are one entry,
    which spans at most 300 seconds. Where that leaves more than 40 within the hour, neighbours are merged in any
    direction, first those that took the least time together."""
    override: OverrideStatus | None = None
    """The override by an annotation that is in force. Absent without one."""
    schedule: ScheduleStatus | None = None
    """What the schedules ask for, and when that changes next. Absent without schedules."""
    objective: ObjectiveStatus | None = None
    """How many tasks started within objective.scheduleToStartSeconds. Absent with backlogPerReplica."""
    start_up: StartUpStatus | None = None
    """How long replicas take to start. Absent until the operator has measured a start."""
    memory: PackedMemory | None = None
    """What the operator learned and reads back after a restart. Its shape is internal and may change."""
