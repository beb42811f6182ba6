"""The resource `TemporalWorkerPool`: what its owner asks for.

The limits and rules here are enforced by the API server, through the CRD that is generated from these models.
The docstring of a field is what `kubectl explain` shows.
"""

from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from pydantic import ConfigDict, Field

from controller.api.connection import Connection, ConnectionRef
from controller.api.model import ApiModel, TaskType, Timestamp, list_map, rule, validations
from controller.api.overrides import Overrides
from controller.api.status import TemporalWorkerPoolStatus

GROUP: Final = "workerpools.dev"
VERSION: Final = "v1alpha1"
API_VERSION: Final = f"{GROUP}/{VERSION}"
KIND: Final = "TemporalWorkerPool"
PLURAL: Final = "temporalworkerpools"


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
    """Fewest tasks of this type that one replica may be set to run at once. Required."""
    max_slots: int = Field(ge=1, le=100_000)
    """Most tasks of this type that one replica may be set to run at once: what its CPU and memory, and what stands
    behind the tasks, can bear. Required."""


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
    """Task type: Workflow, Activity or Nexus. List only what the workers poll: a worker without workflows lists only
    Activity. Temporal never counts Queries or Nexus tasks as backlog, so a pool at zero replicas does not wake for
    them; Nexus therefore needs minReplicas of at least 1."""
    slots: int | None = Field(default=None, ge=1, le=100_000)
    """Number of tasks of this type that one replica runs at once. Alone it declares what the image does; with
    slotsEnvVar the operator writes it to that variable of the worker's container. What the workers report counts
    more, and a difference is told. Default: the value that slotsEnvVar has in the Deployment, else what the workers
    report."""
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
    """Environment variable from which the worker's image reads its number of slots, such as
    MAX_CONCURRENT_ACTIVITIES. With slots, the operator writes it; without, the operator reads it from the
    Deployment. A change waits until it restarts no running pod: until replicas are 0, or a rollout is under way
    anyway. Default: none, nothing is written."""
    tuning: Tuning | None = None
    """Lets the operator choose the number within a range, and write it to slotsEnvVar: more when maxReplicas run,
    tasks still start too late and the hosts are underused; fewer when the hosts are saturated. It starts with slots,
    else with what is in force. Running pods are restarted for it only if that is worth it. Default: none."""


class TaskQueue(ApiModel):
    """A Temporal task queue that the workers poll, and the task types they poll from it."""

    name: str = Field(
        min_length=1,
        max_length=1000,
        json_schema_extra=validations(
            rule(
                "!self.startsWith('/_sys/')",
                "name must not start with /_sys/, which Temporal reserves: name the queue as the worker's code does",
            )
        ),
    )
    """Name of the task queue, at most 1000 characters, exactly as the worker's code has it: Temporal answers zeros,
    not an error, for a queue that nobody uses."""
    tasks: tuple[Task, ...] = Field(min_length=1, max_length=3, json_schema_extra=list_map("type"))
    """Task types that the workers poll from this queue, each at most once."""


class WorkerDeployment(ApiModel):
    """One version of Worker Versioning."""

    name: str = Field(min_length=1, max_length=1000)
    """Name of the Worker Deployment in Temporal."""
    build_id: str = Field(min_length=1, max_length=1000)
    """Build ID of the version that the Deployment runs."""


class InFlightSource(StrEnum):
    """Whom to ask for the tasks that the workers are running."""

    AUTO = "Auto"
    HEARTBEATS = "Heartbeats"
    POD_METRICS = "PodMetrics"
    NONE = "None"


class PodMetrics(ApiModel):
    """Where the pods serve the SDK's metrics for Prometheus."""

    port: int = Field(ge=1, le=65_535)
    """Port on the pod's address."""
    path: str = Field(
        default="/metrics",
        max_length=1024,
        json_schema_extra=validations(
            rule("self.matches('^/[^ ?#]*$')", "path must be the path of a URL, such as /metrics")
        ),
    )
    """Path on it. Default: /metrics."""


class InFlight(ApiModel):
    """How it gets known what the workers are running: no backlog shows it."""

    model_config = ConfigDict(
        json_schema_extra=validations(
            rule(
                "self.source != 'PodMetrics' || has(self.podMetrics)",
                "source PodMetrics needs podMetrics: set the port at which the pods serve the SDK's metrics",
                ".podMetrics",
            )
        )
    )

    source: InFlightSource = InFlightSource.AUTO
    """Heartbeats (of the workers, by Temporal 1.30 or later), PodMetrics (read from each pod), None, or Auto: the
    heartbeats, or the pods' metrics where podMetrics is set and no heartbeats come. Default: Auto."""
    pod_metrics: PodMetrics | None = None
    """Where the pods serve the SDK's metrics temporal_worker_task_slots_used and _available. Where they are read,
    ObjectiveMet is judged by their histograms of the schedule-to-start latency. Default: none."""


class Objective(ApiModel):
    """What the number of replicas is to achieve: a time within which tasks start, or a backlog per replica."""

    model_config = ConfigDict(
        json_schema_extra=validations(
            rule(
                "has(self.scheduleToStartSeconds) != has(self.backlogPerReplica)",
                "set exactly one of scheduleToStartSeconds (the time within which tasks should start) and "
                "backlogPerReplica (waiting tasks for which one replica is wanted)",
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
    """Seconds within which 95 % of the tasks should start after they were scheduled. The operator learns how long
    tasks run and how fast they arrive, and keeps the fewest replicas that hold this. Where pods take longer than
    this to start, only replicas that are already there can hold it: raise minReplicas."""
    backlog_per_replica: int | None = Field(default=None, ge=1)
    """Number of waiting tasks for which one replica is wanted: a queue asks for its backlog divided by this, rounded
    up, all its task types together, and the queue that asks for most wins. Replicas never go below what running
    tasks occupy. This is KEDA's targetQueueSize."""
    activation_backlog: int | None = Field(default=None, ge=0)
    """Number of waiting tasks that a pool at zero replicas leaves waiting: it wakes when a queue has more than this.
    Only with backlogPerReplica. This is KEDA's activationTargetQueueSize. Default: 0."""


class TaskDurationSeconds(ApiModel):
    """How long the tasks run, as far as their owner knows."""

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
    """Seconds that a typical task runs: what the decision reckons with until it has measured it. It helps with the
    first burst. Default: a quarter of scheduleToStartSeconds."""
    max: float | None = Field(
        default=None,
        json_schema_extra=validations(rule("self > 0.0", "max must be more than 0 seconds, such as 0.5")),
    )
    """Seconds that the longest tasks run: while it is longer than the time that a pod has to stop (its termination
    grace period without what preStop takes of it), only replicas that run nothing are removed. Default: twice the mean
    that is measured."""


class SelectPolicy(StrEnum):
    """Which of several scaling policies counts, with the meaning of autoscaling/v2."""

    MAX = "Max"
    MIN = "Min"
    DISABLED = "Disabled"


class ScalingPolicyType(StrEnum):
    """What the value of a scaling policy counts."""

    PODS = "Pods"
    PERCENT = "Percent"


class ScalingPolicy(ApiModel):
    """A limit on how much replicas may change within a period."""

    type: ScalingPolicyType
    """What value counts: Pods, or Percent of the replicas at the start of the period."""
    value: int = Field(ge=1)
    """Largest change within the period, in pods or in percent."""
    period_seconds: int = Field(ge=1, le=1800)
    """Length of the period in seconds, at most 1800."""


class ScalingRules(ApiModel):
    """Scaling in one direction, with the fields and meaning of autoscaling/v2."""

    stabilization_window_seconds: int | None = Field(default=None, ge=0, le=3600)
    """Seconds of past recommendations that are considered: the highest of them when scaling down, the lowest when
    scaling up. Default, as in autoscaling/v2: 300 when scaling down, 0 when scaling up."""
    select_policy: SelectPolicy | None = None
    """Which policy counts when there are several: Max allows the largest change, Min the smallest, Disabled none in
    this direction. Default, as in autoscaling/v2: Max."""
    policies: tuple[ScalingPolicy, ...] | None = Field(
        default=None, min_length=1, max_length=16, json_schema_extra={"x-kubernetes-list-type": "atomic"}
    )
    """Limits on the change within a period. Default, as in autoscaling/v2: 100 Percent in 15 seconds when scaling
    down; the larger of 4 Pods and 100 Percent in 15 seconds when scaling up."""
    tolerance: float | None = Field(default=None, ge=0)
    """Share by which the need may differ from the replicas before they change in this direction, as a number:
    0.05 is 5 percent. Default, as in autoscaling/v2: 0.1."""


class Behavior(ApiModel):
    """How fast replicas may change, with the fields and meaning of autoscaling/v2."""

    scale_up: ScalingRules | None = None
    """Rules for raising replicas. Default: those of autoscaling/v2, field by field."""
    scale_down: ScalingRules | None = None
    """Rules for lowering replicas. Default: those of autoscaling/v2, field by field."""


class Disruption(StrEnum):
    """Which replicas may be asked to stop when fewer are wanted."""

    GRACEFUL = "Graceful"
    IDLE_ONLY = "IdleOnly"


class ScaleToZero(ApiModel):
    """When the last replicas go. Only with minReplicas 0."""

    idle_seconds: int = Field(default=300, ge=0, le=86_400)
    """Seconds for which there must have been no backlog, no running task and no dispatch before the last replicas
    go; what could not be read counts as work. Default: 300."""
    without_in_flight_evidence: bool = False
    """Whether the last replicas may go although no source says what the workers run, after the same quiet time. A
    task that runs longer than that is then cut short. Default: false."""


DEFAULT_TIME_ZONE: Final = "UTC"
"""Where a schedule names none. No default of the CRD: those inside lists are a difference for ever to Argo CD."""


class Schedule(ApiModel):
    """A recurring time in which more replicas are kept, such as working hours."""

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
    """When it begins: minute, hour, day of month, month, day of week, such as "0 8 * * 1-5". Required."""
    time_zone: str | None = Field(default=None, min_length=1, max_length=64)
    """Time zone of cron by its IANA name, such as Europe/Berlin; daylight saving is followed. Default: UTC."""
    duration_seconds: int = Field(ge=60, le=604_800)
    """Seconds that it lasts, at least 60. Required."""
    min_replicas: int = Field(ge=0)
    """Lowest number of replicas meanwhile, where it is more than minReplicas of the pool. Required."""


class FallbackBehavior(StrEnum):
    """What happens when the task queues could not be read for a while."""

    HOLD = "Hold"
    REPLICAS_IF_HIGHER = "ReplicasIfHigher"


class Fallback(ApiModel):
    """What happens when the task queues could not be read for a while. Losing sight never lowers replicas."""

    model_config = ConfigDict(
        json_schema_extra=validations(
            rule(
                "self.behavior != 'ReplicasIfHigher' || has(self.replicas)",
                "set replicas (the number to raise to while nothing can be read), or behavior Hold",
                ".replicas",
            )
        )
    )

    after_seconds: int = Field(default=180, ge=0, le=86_400)
    """Seconds without any reading after which behavior applies; until then replicas are held. Default: 180."""
    behavior: FallbackBehavior = FallbackBehavior.HOLD
    """Hold leaves replicas as they are; ReplicasIfHigher raises them to replicas if they are fewer. Default: Hold."""
    replicas: int | None = Field(default=None, ge=0)
    """Replicas to have at least while nothing can be read; only with behavior ReplicasIfHigher."""


class Mode(StrEnum):
    """What the operator does with its decision."""

    AUTO = "Auto"
    RECOMMEND = "Recommend"


class ScaleTargetRef(ApiModel):
    """The workload that runs the workers. It is in the namespace of the pool."""

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
    """Name of the Deployment whose replicas the operator sets."""


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
                "tasks that share a slotsEnvVar must give the same slots, since the variable has one value: "
                "make slots equal or use another variable",
                ".taskQueues",
            ),
            rule(
                "self.taskQueues.all(q, q.tasks.all(t, !has(t.tuning) || self.taskQueues.all(other, "
                "other.tasks.all(o, !has(o.slotsEnvVar) || o.slotsEnvVar != t.slotsEnvVar || "
                "(has(o.tuning) && o.tuning.minSlots == t.tuning.minSlots && "
                "o.tuning.maxSlots == t.tuning.maxSlots)))))",
                "tasks that share a slotsEnvVar must give the same tuning, since the variable has one value: "
                "make minSlots and maxSlots equal or use another variable",
                ".taskQueues",
            ),
        )
    )

    scale_target_ref: ScaleTargetRef
    """The Deployment that runs the workers, in the namespace of the pool."""
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
    """Name of the container that is the worker; needed where the pod has several containers. Default: the only
    container of the pod."""
    connection: Connection | None = None
    """How the operator reaches the Temporal server in plaintext; either this or connectionRef. Default: none."""
    connection_ref: ConnectionRef | None = None
    """The TemporalConnection by which the operator reaches the Temporal server, with TLS and credentials; either this
    or connection. Default: none."""
    temporal_namespace: str = Field(default="default", min_length=1, max_length=1000)
    """Temporal namespace (not the Kubernetes one) in which the workers poll. Default: "default"."""
    task_queues: tuple[TaskQueue, ...] = Field(min_length=1, max_length=16, json_schema_extra=list_map("name"))
    """Every task queue that these workers poll, each once, at most 16."""
    worker_deployment: WorkerDeployment | None = None
    """The version of Worker Versioning that the Deployment runs: its statistics count instead of the sum over all
    versions. Default: none."""
    in_flight: InFlight = Field(default_factory=InFlight)
    """How it gets known what the workers are running. Default: Auto."""
    min_replicas: int = Field(default=1, ge=0)
    """Lowest number of replicas; 0 lets the pool go to zero and wake when tasks wait. A workflow pool at zero answers
    no Queries. Default: 1."""
    max_replicas: int = Field(ge=1)
    """Highest number of replicas."""
    objective: Objective
    """What the number of replicas is to achieve."""
    task_duration_seconds: TaskDurationSeconds = Field(default_factory=TaskDurationSeconds)
    """How long the tasks run, as far as their owner knows. Default: what is measured."""
    behavior: Behavior | None = None
    """How fast replicas may change, with the fields and meaning of autoscaling/v2. Default: with backlogPerReplica
    that of autoscaling/v2; with scheduleToStartSeconds up at once, and down when replicas were not needed for about as
    long as it takes to start them again."""
    disruption: Disruption = Disruption.GRACEFUL
    """Which replicas go when fewer are wanted; idle ones always go first. Graceful also asks busy ones to finish, while
    the longest task fits into the termination grace period, and otherwise does as IdleOnly. IdleOnly removes only
    replicas that report nothing running, and reaches the number wanted, a lowered maxReplicas too, as they become idle;
    where no source says what the workers run, none goes. Default: Graceful."""
    scale_to_zero: ScaleToZero = Field(default_factory=ScaleToZero)
    """When the last replicas go; only with minReplicas 0. Default: after 300 idle seconds."""
    schedules: tuple[Schedule, ...] = Field(
        default=(), max_length=32, json_schema_extra={"x-kubernetes-list-type": "atomic"}
    )
    """Recurring times in which more replicas are kept; where several overlap, the highest minReplicas counts."""
    fallback: Fallback = Field(default_factory=Fallback)
    """What happens when the task queues could not be read for a while. Default: replicas are held."""
    polling_interval_seconds: int = Field(default=15, ge=5, le=3600)
    """Seconds between two looks at the task queues, at least 5, since Temporal renews its statistics every 5 seconds.
    Default: 15."""
    provisioning_deadline_seconds: int = Field(default=600, ge=0, le=86_400)
    """Seconds for which a pod that fits on no node counts as coming: it is how a cluster autoscaler is asked for one.
    After that no more replicas are added until it found a node. Default: 600."""
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
    """A TemporalWorkerPool scales the Deployment that runs a set of Temporal workers by the work itself: by the
    backlog of the task queues that these workers poll and by the tasks they are running.
    """

    metadata: ObjectMeta
    spec: TemporalWorkerPoolSpec
    """What the owner of the workers asks for: which workers, what work, and within which limits."""
    status: TemporalWorkerPoolStatus = Field(default_factory=TemporalWorkerPoolStatus)
    """What the operator saw, decided and did; written by the operator alone."""
