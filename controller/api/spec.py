"""The resource `TemporalWorkerPool`: what its owner asks for.

The parts come first, in the order of the spec, the whole last. The API server enforces the limits and rules through the
CRD, which is generated from these models; `kubectl explain` shows the docstring of each field.
"""

from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from pydantic import ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from controller.api.connection import Connection, ConnectionRef
from controller.api.model import ApiModel, TaskType, Timestamp, list_map, rule, validations
from controller.api.overrides import Overrides
from controller.api.status import TemporalWorkerPoolStatus

GROUP: Final = "workerpools.dev"
VERSION: Final = "v1alpha1"
API_VERSION: Final = f"{GROUP}/{VERSION}"
KIND: Final = "TemporalWorkerPool"
PLURAL: Final = "temporalworkerpools"


class ScaleTargetRef(ApiModel):
    """The workload that runs the workers, in the namespace of the pool."""

    api_version: str = Field(default="apps/v1", json_schema_extra={"enum": ["apps/v1"]})
    """API version of the workload. Default and only value: apps/v1."""
    kind: str = Field(default="Deployment", json_schema_extra={"enum": ["Deployment"]})
    """Kind of the workload. Default and only value: Deployment."""
    name: str = Field(
        max_length=253,
        json_schema_extra=validations(
            rule(
                "self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",
                "name must be the name of a Deployment: lower-case letters, digits, '-' and '.', "
                "with a letter or digit first and last",
            )
        ),
    )
    """Name of the Deployment that the operator scales."""


class Tuning(ApiModel):
    """The range within which the operator chooses how many tasks of this type one replica runs at once."""

    model_config = ConfigDict(
        json_schema_extra=validations(
            rule(
                "self.minSlots <= self.maxSlots",
                "minSlots must not exceed maxSlots: lower minSlots or raise maxSlots",
                ".minSlots",
            )
        )
    )

    min_slots: int = Field(ge=1, le=100_000)
    """Lowest number of tasks of this type that one replica runs at once."""
    max_slots: int = Field(ge=1, le=100_000)
    """Highest number of tasks of this type that one replica runs at once: as many as its CPU and memory, and the
    services that the tasks call, can take."""


class Task(ApiModel):
    """Tasks of one type that the workers poll from the task queue, and how many of them one replica runs at once."""

    model_config = ConfigDict(
        json_schema_extra=validations(
            rule(
                "!has(self.tuning) || has(self.slotsEnvVar)",
                "tuning needs slotsEnvVar: name the variable from which the image reads its number of slots",
                ".tuning",
            ),
            rule(
                "!has(self.tuning) || !has(self.slots) || "
                "(self.tuning.minSlots <= self.slots && self.slots <= self.tuning.maxSlots)",
                "slots, with which tuning starts, must lie within minSlots and maxSlots: correct slots or remove it",
                ".slots",
            ),
        )
    )

    type: TaskType
    """Type of the tasks: Workflow, Activity or Nexus. List only the types that the workers poll: workers without
    workflows list only Activity. Temporal does not count Queries and Nexus tasks as backlog, so they do not wake a pool
    at zero replicas; Nexus therefore needs minReplicas of at least 1."""
    slots: int | None = Field(default=None, ge=1, le=100_000)
    """Number of tasks of this type that one replica runs at once. Without slotsEnvVar it declares what the image does;
    with slotsEnvVar the operator writes it to that variable of the worker container. If the workers report another
    number, theirs counts, and the condition SlotsEffective shows the difference. Default: the value of slotsEnvVar in
    the Deployment, else the number that the workers report."""
    slots_env_var: str | None = Field(
        default=None,
        max_length=253,
        json_schema_extra=validations(
            rule(
                "self.matches('^[-._a-zA-Z][-._a-zA-Z0-9]*$')",
                "slotsEnvVar must be the name of an environment variable: letters, digits, '_', '-' and '.', "
                "not starting with a digit, such as MAX_CONCURRENT_ACTIVITIES",
            )
        ),
    )
    """Environment variable from which the worker's image reads its number of slots, such as MAX_CONCURRENT_ACTIVITIES.
    With slots the operator writes it; without slots the operator reads it from the Deployment. It is written when that
    restarts no running pod: while replicas are 0 or a rollout runs. Default: none, nothing is written."""
    tuning: Tuning | None = None
    """Lets the operator choose the number of slots within a range and write it to slotsEnvVar: more when maxReplicas
    run, tasks still start too late and the hosts have room; fewer when the hosts are saturated. It starts with slots,
    else with the number in the Deployment. Running pods are restarted for a change only if that pays off. Default:
    none, the operator chooses no slots."""


SPACES: Final = "name must not begin or end with white space: Temporal would take it for another queue"


class TaskQueue(ApiModel):
    """A Temporal task queue that the workers poll, and the task types that they poll from it."""

    name: str = Field(
        min_length=1,
        max_length=1000,
        json_schema_extra=validations(
            rule(
                "!self.startsWith('/_sys/')",
                "name must not start with /_sys/, which Temporal reserves: name the queue as the workers' code does",
            ),
            rule("self.matches('(?s)^[^ \\\\t\\\\r\\\\n](.*[^ \\\\t\\\\r\\\\n])?$')", SPACES),
        ),
    )
    """Name of the task queue, at most 1000 characters, exactly as in the code of the workers: for a task queue that no
    worker uses, such as a misspelt one, Temporal answers zeros, not an error. White space around it is refused."""
    tasks: tuple[Task, ...] = Field(min_length=1, max_length=3, json_schema_extra=list_map("type"))
    """Task types that the workers poll from this task queue, each at most once."""

    @field_validator("name")
    @classmethod
    def _has_no_space_around(cls, name: str) -> str:
        """As the API server does, for pools that were stored before it did."""
        if name.strip(" \t\r\n") != name:
            raise PydanticCustomError("white_space", SPACES)
        return name


class WorkerDeployment(ApiModel):
    """One version of a Worker Deployment of Temporal (Worker Versioning)."""

    name: str = Field(min_length=1, max_length=1000)
    """Name of the Worker Deployment in Temporal."""
    build_id: str = Field(min_length=1, max_length=1000)
    """Build ID of the version that the Kubernetes Deployment runs."""


class InFlightSource(StrEnum):
    """Where the operator reads how many tasks the workers run."""

    AUTO = "Auto"
    HEARTBEATS = "Heartbeats"
    POD_METRICS = "PodMetrics"
    NONE = "None"


class PodMetrics(ApiModel):
    """Where the pods serve the SDK's metrics for Prometheus."""

    port: int = Field(ge=1, le=65_535)
    """Port on which the pods serve the metrics."""
    path: str = Field(
        default="/metrics",
        max_length=1024,
        json_schema_extra=validations(
            rule("self.matches('^/[^ ?#]*$')", "path must be the path of a URL, such as /metrics")
        ),
    )
    """Path of the metrics on that port. Default: /metrics."""


class InFlight(ApiModel):
    """How the operator reads how many tasks the workers run: the backlog does not contain running tasks."""

    model_config = ConfigDict(
        json_schema_extra=validations(
            rule(
                "self.source != 'PodMetrics' || has(self.podMetrics)",
                "source PodMetrics needs podMetrics: set the port on which the pods serve the SDK's metrics",
                ".podMetrics",
            )
        )
    )

    source: InFlightSource = InFlightSource.AUTO
    """Source of the number of running tasks. Heartbeats: the workers report it through Temporal 1.30 or later.
    PodMetrics: the operator reads it from each pod. None: it is unknown. Auto: Heartbeats, or PodMetrics if podMetrics
    is set and no heartbeats arrive. Default: Auto."""
    pod_metrics: PodMetrics | None = None
    """Where the pods serve the SDK's metrics temporal_worker_task_slots_used and temporal_worker_task_slots_available.
    If the operator reads them, it also judges ObjectiveMet by the schedule-to-start latency that they contain. Default:
    none."""


class Objective(ApiModel):
    """The objective of scaling: a time within which tasks start, or a backlog per replica."""

    model_config = ConfigDict(
        json_schema_extra=validations(
            rule(
                "has(self.scheduleToStartSeconds) != has(self.backlogPerReplica)",
                "set exactly one of scheduleToStartSeconds (the time within which tasks should start) and "
                "backlogPerReplica (the number of waiting tasks for each replica)",
            ),
            rule(
                "!has(self.activationBacklog) || has(self.backlogPerReplica)",
                "activationBacklog works only with backlogPerReplica: remove it, since with scheduleToStartSeconds "
                "every waiting task wakes the pool",
                ".activationBacklog",
            ),
        )
    )

    schedule_to_start_seconds: int | None = Field(default=None, ge=1, le=86_400)
    """Seconds within which 95 % of the tasks should start after they were scheduled. The operator measures how long
    tasks run and how fast they arrive, and keeps the fewest replicas that meet this objective. If pods take longer than
    this to start, only replicas that already run can meet it: raise minReplicas."""
    backlog_per_replica: int | None = Field(default=None, ge=1)
    """Number of waiting tasks for each replica: a task queue needs its backlog of all task types divided by this
    number, rounded up, and the task queue that needs most replicas decides. Replicas never fall below what running
    tasks fill. Same as targetQueueSize of KEDA."""
    activation_backlog: int | None = Field(default=None, ge=0)
    """Number of waiting tasks up to which a pool at zero replicas stays there: it wakes when a task queue has more.
    Works only with backlogPerReplica. Same as activationTargetQueueSize of KEDA. Default: 0."""


class TaskDurationSeconds(ApiModel):
    """How long the tasks run, as far as the owner of the workers knows."""

    model_config = ConfigDict(
        json_schema_extra=validations(
            rule(
                "!has(self.typical) || !has(self.max) || self.typical <= self.max",
                "typical must not exceed max: lower typical or raise max",
                ".typical",
            )
        )
    )

    typical: float | None = Field(
        default=None,
        json_schema_extra=validations(rule("self > 0.0", "typical must be more than 0 seconds, such as 0.5")),
    )
    """Seconds that a typical task runs. The operator uses it until it has measured the tasks, so it helps with the
    first burst. Default: the operator assumes 5 seconds."""
    max: float | None = Field(
        default=None,
        json_schema_extra=validations(rule("self > 0.0", "max must be more than 0 seconds, such as 0.5")),
    )
    """Seconds that the longest task runs. If that is longer than a pod has time to stop (terminationGracePeriodSeconds
    without the time of its preStop hook), the operator removes only replicas that run nothing. Default: twice the mean
    that the operator measures."""


class SelectPolicy(StrEnum):
    """Which of several scaling policies counts, with the meaning of autoscaling/v2."""

    MAX = "Max"
    MIN = "Min"
    DISABLED = "Disabled"


class ScalingPolicyType(StrEnum):
    """The unit of the value of a scaling policy."""

    PODS = "Pods"
    PERCENT = "Percent"


class ScalingPolicy(ApiModel):
    """A limit on how much the replicas change within a period."""

    type: ScalingPolicyType
    """Unit of value: Pods, or Percent of the replicas at the start of the period."""
    value: int = Field(ge=1)
    """Largest change within the period, in pods or in percent."""
    period_seconds: int = Field(ge=1, le=1800)
    """Length of the period in seconds, at most 1800."""


class ScalingRules(ApiModel):
    """Rules for one direction of scaling, with the fields and meaning of autoscaling/v2."""

    stabilization_window_seconds: int | None = Field(default=None, ge=0, le=3600)
    """Seconds for which past recommendations count: the highest one when scaling down, the lowest one when scaling up.
    Default, as in autoscaling/v2: 300 when scaling down, 0 when scaling up."""
    select_policy: SelectPolicy | None = None
    """Policy that counts if there are several: Max is the one that allows the largest change, Min the smallest;
    Disabled prevents scaling in this direction. Default, as in autoscaling/v2: Max."""
    policies: tuple[ScalingPolicy, ...] | None = Field(
        default=None, min_length=1, max_length=16, json_schema_extra={"x-kubernetes-list-type": "atomic"}
    )
    """Limits on how much the replicas change within a period. Default, as in autoscaling/v2: 100 Percent in 15 seconds
    when scaling down; the larger of 4 Pods and 100 Percent in 15 seconds when scaling up."""
    tolerance: float | None = Field(default=None, ge=0)
    """Fraction by which the recommended replicas may differ from the current ones before the operator scales in this
    direction: 0.05 is 5 percent. Default: with backlogPerReplica 0.1, as in autoscaling/v2; with scheduleToStartSeconds
    none."""


class Behavior(ApiModel):
    """How fast the replicas may change, with the fields and meaning of autoscaling/v2."""

    scale_up: ScalingRules | None = None
    """Rules for scaling up. Default: those of autoscaling/v2, field by field."""
    scale_down: ScalingRules | None = None
    """Rules for scaling down. Default: those of autoscaling/v2, field by field."""


class Disruption(StrEnum):
    """Which replicas may be asked to stop when the pool scales down."""

    GRACEFUL = "Graceful"
    IDLE_ONLY = "IdleOnly"


class ScaleToZero(ApiModel):
    """When the last replicas are removed. Works only with minReplicas 0."""

    idle_seconds: int = Field(default=300, ge=0, le=86_400)
    """Seconds without backlog, running tasks and dispatched tasks after which the last replicas are removed. A reading
    that is unknown counts as work. Default: 300."""
    without_in_flight_evidence: bool = False
    """Whether the last replicas are removed after idleSeconds even if no source reports what the workers run. A task
    that runs for longer is then cut short. Default: false."""


DEFAULT_TIME_ZONE: Final = "UTC"
"""Where a schedule names none. No default of the CRD: those inside lists are a difference for ever to Argo CD."""


class Schedule(ApiModel):
    """A recurring time in which the pool keeps more replicas, such as working hours."""

    cron: str = Field(
        min_length=9,
        max_length=200,
        json_schema_extra=validations(
            rule(
                "self.matches('^[0-9A-Za-z*/,#?L-]+( +[0-9A-Za-z*/,#?L-]+){4}$')",
                "cron must have five fields (minute, hour, day of month, month, day of week), such as 0 8 * * 1-5",
            )
        ),
    )
    """Time at which the schedule begins: minute, hour, day of month, month, day of week, such as "0 8 * * 1-5"."""
    time_zone: str | None = Field(default=None, min_length=1, max_length=64)
    """Time zone of cron by its IANA name, such as Europe/Berlin; daylight saving time is followed. Default: UTC."""
    duration_seconds: int = Field(ge=60, le=604_800)
    """Seconds that the schedule lasts, at least 60."""
    min_replicas: int = Field(ge=0)
    """Lowest number of replicas during the schedule, if it is higher than minReplicas of the pool."""


class FallbackBehavior(StrEnum):
    """What the operator does after it could not read the task queues for a while."""

    HOLD = "Hold"
    REPLICAS_IF_HIGHER = "ReplicasIfHigher"


class Fallback(ApiModel):
    """What the operator does after it could not read the task queues for a while. It never lowers the replicas for
    that.
    """

    model_config = ConfigDict(
        json_schema_extra=validations(
            rule(
                "self.behavior != 'ReplicasIfHigher' || has(self.replicas)",
                "set replicas (the lowest number while the task queues can't be read), or set behavior to Hold",
                ".replicas",
            ),
            rule(
                "self.behavior == 'ReplicasIfHigher' || !has(self.replicas)",
                "replicas works only with behavior ReplicasIfHigher: set behavior to it, or remove replicas",
                ".replicas",
            ),
        )
    )

    after_seconds: int = Field(default=180, ge=0, le=86_400)
    """Seconds without a reading after which behavior applies; until then the operator holds the replicas. Default:
    180."""
    behavior: FallbackBehavior = FallbackBehavior.HOLD
    """Hold keeps the replicas as they are; ReplicasIfHigher raises them to replicas if they are lower. Default:
    Hold."""
    replicas: int | None = Field(default=None, ge=0)
    """Lowest number of replicas while the task queues can't be read. Needed with behavior ReplicasIfHigher, and
    refused without it."""


class Mode(StrEnum):
    """What the operator does with its decision."""

    AUTO = "Auto"
    RECOMMEND = "Recommend"


class TemporalWorkerPoolSpec(ApiModel):
    """Which workers are scaled, what work they do, and within which limits."""

    model_config = ConfigDict(
        json_schema_extra=validations(
            rule(
                "has(self.connection) != has(self.connectionRef)",
                "set exactly one of connection (an address, plaintext) and connectionRef (a TemporalConnection)",
                ".connection",
            ),
            rule(
                "self.minReplicas <= self.maxReplicas",
                "minReplicas must not exceed maxReplicas: lower minReplicas or raise maxReplicas",
                ".minReplicas",
            ),
            rule(
                "!has(self.scaleToZero) || self.minReplicas == 0",
                "scaleToZero works only with minReplicas 0: set minReplicas to 0 or remove scaleToZero",
                ".scaleToZero",
            ),
            rule(
                "!has(self.schedules) || self.schedules.all(s, s.minReplicas <= self.maxReplicas)",
                "minReplicas of a schedule must not exceed maxReplicas: lower it or raise maxReplicas",
                ".schedules",
            ),
            rule(
                "self.minReplicas >= 1 || !self.taskQueues.exists(q, q.tasks.exists(t, t.type == 'Nexus'))",
                "minReplicas must be at least 1 where taskQueues lists Nexus tasks: Temporal never counts them as "
                "backlog, so nothing would wake the pool; raise minReplicas or move Nexus to a pool of its own",
                ".minReplicas",
            ),
            rule(
                "self.taskQueues.all(q, q.tasks.all(t, !has(t.slotsEnvVar) || self.taskQueues.all(other, "
                "other.tasks.all(o, !has(o.slotsEnvVar) || o.slotsEnvVar != t.slotsEnvVar || "
                "(has(o.slots) == has(t.slots) && (!has(o.slots) || o.slots == t.slots))))))",
                "tasks that share a slotsEnvVar must have the same slots, since the variable has one value: "
                "make slots equal or use another variable",
                ".taskQueues",
            ),
            rule(
                "self.taskQueues.all(q, q.tasks.all(t, !has(t.tuning) || !has(t.slotsEnvVar) || "
                "self.taskQueues.all(other, other.tasks.all(o, "
                "!has(o.slotsEnvVar) || o.slotsEnvVar != t.slotsEnvVar || (has(o.tuning) && "
                "o.tuning.minSlots == t.tuning.minSlots && o.tuning.maxSlots == t.tuning.maxSlots)))))",
                "tasks that share a slotsEnvVar must have the same tuning, since the variable has one value: "
                "make minSlots and maxSlots equal or use another variable",
                ".taskQueues",
            ),
        )
    )

    scale_target_ref: ScaleTargetRef
    """Deployment that runs the workers, in the namespace of the pool."""
    container_name: str | None = Field(
        default=None,
        max_length=63,
        json_schema_extra=validations(
            rule(
                "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
                "containerName must be the name of a container: lower-case letters, digits and '-', "
                "with a letter or digit first and last",
            )
        ),
    )
    """Name of the worker container. Needed if the pods have several containers. Default: the only container of the
    pods."""
    connection: Connection | None = None
    """Address of the Temporal server for a plaintext connection. Set exactly one of connection and connectionRef.
    Default: none."""
    connection_ref: ConnectionRef | None = None
    """TemporalConnection by which the operator reaches the Temporal server, with TLS and credentials. Set exactly one
    of connection and connectionRef. Default: none."""
    temporal_namespace: str = Field(default="default", min_length=1, max_length=1000)
    """Temporal namespace (not the Kubernetes namespace) of the task queues. Default: "default"."""
    task_queues: tuple[TaskQueue, ...] = Field(min_length=1, max_length=16, json_schema_extra=list_map("name"))
    """All task queues that these workers poll, each once, at most 16."""
    worker_deployment: WorkerDeployment | None = None
    """Version of Worker Versioning that the Deployment runs: its statistics count instead of the sum over all versions.
    Default: none."""
    in_flight: InFlight = Field(default_factory=InFlight)
    """How the operator reads how many tasks the workers run. Default: Auto."""
    min_replicas: int = Field(default=1, ge=0)
    """Lowest number of replicas. With 0 the pool scales to zero and wakes when tasks wait; workflows of a pool at zero
    answer no Queries. Default: 1."""
    max_replicas: int = Field(ge=1)
    """Highest number of replicas."""
    objective: Objective
    """The objective of scaling. Set exactly one of scheduleToStartSeconds and backlogPerReplica."""
    task_duration_seconds: TaskDurationSeconds = Field(default_factory=TaskDurationSeconds)
    """How long the tasks run, as far as the owner of the workers knows. Default: what the operator measures."""
    behavior: Behavior | None = None
    """How fast the replicas may change, with the fields and meaning of autoscaling/v2. Default: with backlogPerReplica
    that of autoscaling/v2; with scheduleToStartSeconds the replicas rise at once, and fall when they were not needed
    for about as long as replicas take to start."""
    disruption: Disruption = Disruption.GRACEFUL
    """Which replicas are removed when the pool scales down; idle ones are always removed first. Graceful also asks busy
    replicas to finish and stop if the longest task fits into the termination grace period, and otherwise works as
    IdleOnly. IdleOnly removes only replicas that report no running task, so that the desired number, also after
    maxReplicas was lowered, is reached as they become idle; if no source reports what the workers run, it removes none.
    Default: Graceful."""
    scale_to_zero: ScaleToZero = Field(default_factory=ScaleToZero)
    """When the last replicas are removed. Works only with minReplicas 0. Default: after 300 idle seconds."""
    schedules: tuple[Schedule, ...] = Field(
        default=(), max_length=32, json_schema_extra={"x-kubernetes-list-type": "atomic"}
    )
    """Recurring times in which the pool keeps more replicas; if several overlap, the highest minReplicas counts.
    Default: none."""
    fallback: Fallback = Field(default_factory=Fallback)
    """What the operator does after it could not read the task queues for a while. Default: it holds the replicas."""
    polling_interval_seconds: int = Field(default=15, ge=5, le=3600)
    """Longest time in seconds between two polls of the task queues, at least 5, since Temporal renews its statistics
    every 5 seconds. The operator polls more often while tasks fall behind or replicas start, and less often if its
    pools exceed the Temporal API budget. Default: 15."""
    provisioning_deadline_seconds: int = Field(default=600, ge=0, le=86_400)
    """Seconds for which a pod that fits on no node counts as starting, so that a cluster autoscaler can add a node.
    After that the operator adds no replicas until the pod has a node. Default: 600."""
    mode: Mode = Mode.AUTO
    """Auto sets the replicas and slots that were decided; Recommend only writes the decision to status. Default:
    Auto."""


class ObjectMeta(ApiModel):
    """The part of an object's metadata that the operator uses."""

    name: str
    namespace: str
    uid: str
    resource_version: str = ""
    generation: int = 0
    annotations: dict[str, str] = Field(default_factory=dict)
    creation_timestamp: Timestamp | None = None

    @cached_property
    def overrides(self) -> Overrides:
        """What an on-call engineer's annotations say."""
        return Overrides.of(self.annotations)

    @property
    def created_at(self) -> float | None:
        """When the object was made, in seconds since the Unix epoch; `None` where that is not said."""
        return self.creation_timestamp.timestamp() if self.creation_timestamp else None

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name, which name the pool within its cluster."""
        return self.namespace, self.name

    def is_older_than(self, other: "ObjectMeta") -> bool:
        """Whether this was said before the other; Kubernetes compares resource versions as numbers."""
        mine, its = self.resource_version, other.resource_version
        return mine.isdecimal() and its.isdecimal() and (len(mine), mine) < (len(its), its)

    @property
    def reference(self) -> dict[str, Any]:
        """The `ObjectReference` of this pool, for Events and for changes of its status."""
        return {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "name": self.name,
            "namespace": self.namespace,
            "uid": self.uid,
        }


class TemporalWorkerPool(ApiModel):
    """A TemporalWorkerPool scales the Deployment that runs a set of Temporal workers by the work itself: by the backlog
    of the task queues that these workers poll and by the tasks that they run.
    """

    metadata: ObjectMeta
    spec: TemporalWorkerPoolSpec
    """What the owner of the workers asks for: which workers are scaled, what work they do, and within which limits."""
    status: TemporalWorkerPoolStatus = Field(default_factory=TemporalWorkerPoolStatus)
    """What the operator observed, decided and did. Only the operator writes it. Default: {"observedGeneration": -1}, no
    generation of the spec was decided on yet."""
