"""The resource `TemporalWorkerPool`: what its owner asks for.

The limits and rules here are enforced by the API server, through the CRD that is generated from these models.
The docstring of a field is what `kubectl explain` shows.
"""

from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from pydantic import ConfigDict, Field

from controller.api.connection import Connection, ConnectionRef
from controller.api.model import ApiModel, list_map, rule, validations
from controller.api.overrides import Overrides
from controller.api.pool_spec.behavior import Behavior
from controller.api.pool_spec.fallback import Fallback
from controller.api.pool_spec.in_flight import InFlight
from controller.api.pool_spec.objective import Objective, TaskDurationSeconds
from controller.api.pool_spec.schedules import Schedule
from controller.api.pool_spec.stopping import Disruption, ScaleToZero
from controller.api.pool_spec.task_queues import TaskQueue, WorkerDeployment
from controller.api.status import TemporalWorkerPoolStatus
from controller.api.times import Timestamp

GROUP: Final = "workerpools.dev"
VERSION: Final = "v1alpha1"
API_VERSION: Final = f"{GROUP}/{VERSION}"
KIND: Final = "TemporalWorkerPool"
PLURAL: Final = "temporalworkerpools"


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
    deletion_timestamp: Timestamp | None = None

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
