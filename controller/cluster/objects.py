"""Deployments and pods with the fields that the operator uses. Times are seconds since the Unix epoch."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from controller.scaling.observation import Blocker


@dataclass(frozen=True, slots=True)
class Owner:
    """The controller above an object (its ownerReference with `controller: true`)."""

    kind: str
    name: str
    uid: str


@dataclass(frozen=True, slots=True)
class EnvVar:
    """One entry of a container's `env`."""

    name: str
    value: str | None
    """The plain value; `None` where it comes from a reference."""
    from_reference: bool = False
    """Whether the entry has `valueFrom`."""


@dataclass(frozen=True, slots=True)
class Container:
    """One container of the pod template."""

    name: str
    env: tuple[EnvVar, ...] = ()
    has_env_from: bool = False
    """Whether whole ConfigMaps or Secrets are imported (`envFrom`): their variables are not in `env`."""
    has_readiness_probe: bool = False
    pre_stop_seconds: float = 0.0
    """How long its `preStop` hook sleeps before SIGTERM, within the grace period; 0 without one, and where the hook
    does not show it."""
    requests: Mapping[str, str] = field(default_factory=dict)
    """`resources.requests`: quantities such as `100m` by resource."""
    limits: Mapping[str, str] = field(default_factory=dict)
    """`resources.limits`, likewise."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One `matchExpressions` entry of a label selector."""

    key: str
    operator: str
    """In, NotIn, Exists or DoesNotExist; the API server accepts no other."""
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether an object with these labels meets it; a missing label is in no set."""
        value = labels.get(self.key)
        match self.operator:
            case "In":
                return value in self.values
            case "NotIn":
                return value not in self.values
            case "Exists":
                return value is not None
            case _:
                return value is None


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """Selects pods: every label and every requirement must match. A selector without either matches every pod."""

    match_labels: tuple[tuple[str, str], ...] = ()
    match_expressions: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether an object with these labels is selected."""
        return all(labels.get(key) == value for key, value in self.match_labels) and all(
            requirement.matches(labels) for requirement in self.match_expressions
        )


_NEEDED: Final = (
    "spec.replicas",
    "spec.selector",
    "spec.template.spec.containers",
    "metadata.uid",
    "metadata.resourceVersion",
)
"""Fields of a Deployment without which its replicas can't be decided or set."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """The last known state of a Deployment."""

    namespace: str
    name: str
    uid: str
    resource_version: str
    generation: int
    """Grows with every change of `spec`, replicas included, or of an annotation."""
    observed_generation: int
    """The generation of which `status` is."""
    template: int
    """The pod template, as a hash."""
    template_generation: int
    """A generation that has this template; the earliest of which that is known."""
    replicas: int
    """`spec.replicas`: the desired replicas."""
    total_replicas: int
    """`status.replicas`: existing pods, old templates included, terminating ones not."""
    ready_replicas: int
    updated_replicas: int
    selector: LabelSelector
    containers: tuple[Container, ...]
    owner: Owner | None
    """The controller above it, which would undo a change of the template."""
    progressing_reason: str | None
    """Reason of the condition Progressing, such as NewReplicaSetAvailable or ProgressDeadlineExceeded."""
    replica_failure: str | None
    """Message of the condition ReplicaFailure: why pods can't be created (quota, admission)."""
    termination_grace_period_seconds: int
    strategy: str
    """RollingUpdate or Recreate."""
    paused: bool
    """Whether `spec.paused` pauses rollouts."""
    applied_env: frozenset[tuple[str, str]]
    """(container, variable) of the env entries that this operator owns by server-side apply."""
    revision: str | None = None
    """Number that the Deployment controller gives the pod template; `None` before it has one."""
    replicas_manager: str | None = None
    """Field manager that set `spec.replicas` last; of several with the same value another one than the operator.
    `None` where the API server does not say it, as after a write of 0 by the scale subresource."""
    replicas_subresource: str = ""
    """The subresource by which it did, such as `scale`; empty for the Deployment itself."""
    replicas_applied: bool = False
    """Whether it set them by server-side apply: without the field in its manifest replicas become 1."""
    template_owners: int = 0
    """Field ownership of the pod template, as a hash."""
    scaled_by: str | None = None
    """Pool that names itself on it by an annotation."""
    labels: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    """Paths of fields that could not be read: their values are unknown."""

    @property
    def reference(self) -> dict[str, str]:
        """The `ObjectReference` of it, for Events."""
        named = {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": self.namespace, "name": self.name}
        return {**named, "uid": self.uid}

    @property
    def unusable(self) -> tuple[str, ...]:
        """Paths of missing or unreadable fields without which its replicas can't be decided or set."""
        unread = tuple(path for path in self.unread if path.startswith(_NEEDED))
        is_there = {
            "metadata.uid": bool(self.uid),
            "metadata.resourceVersion": bool(self.resource_version),
            "spec.selector": self.selector != LabelSelector(),
            "spec.template.spec.containers": bool(self.containers),
        }
        return unread or tuple(path for path, there in is_there.items() if not there)

    @property
    def rolling_out(self) -> bool:
        """Whether pods of an older template are still being replaced.

        A template that the Deployment controller has not observed yet counts. A generation does not: where annotations
        change all the time, `observedGeneration` is never the last one.
        """
        return self.observed_generation < self.template_generation or self.updated_replicas < self.total_replicas

    def after(self, earlier: "Deployment | None") -> "Deployment":
        """The same, with the generation since which the template is this one, by an earlier state.

        Not where the revision differs: there was another template in between.
        """
        if earlier is None or _template(earlier) != _template(self):
            return self
        return replace(self, template_generation=earlier.template_generation)

    def is_before(self, other: "Deployment") -> bool:
        """Whether this is an earlier state of the same Deployment: versions of one object are numbers that grow."""
        versions = self.resource_version, other.resource_version
        return self.uid == other.uid and all(v.isdecimal() for v in versions) and int(versions[0]) < int(versions[1])

    def container(self, name: str | None) -> Container | None:
        """The container of that name; without a name the only one, `None` where there are several."""
        if name is None:
            return self.containers[0] if len(self.containers) == 1 else None
        return next((container for container in self.containers if container.name == name), None)


class ContainerEnd(NamedTuple):
    """That a container ended."""

    at: float
    restarts: int


@dataclass(frozen=True, slots=True)
class Pod:
    """The last known state of a pod."""

    namespace: str
    name: str
    uid: str
    labels: Mapping[str, str]
    phase: str
    """Pending, Running, Succeeded, Failed or Unknown."""
    created_at: float
    scheduled_at: float | None
    """When it was assigned to a node; `None` before."""
    ready_since: float | None
    """Since when it is ready; `None` while it is not."""
    deletion_at: float | None
    """`deletionTimestamp`: when its grace period ends; `None` while it is not terminating."""
    owner: Owner | None
    host_name: str
    """What `gethostname()` gives in its containers, by which workers are matched to pods. Wrong where the pod has
    `setHostnameAsFQDN`: that name includes the cluster's domain."""
    deletion_cost: int = 0
    """Its annotation `controller.kubernetes.io/pod-deletion-cost`: of equal pods the ReplicaSet removes the one with
    the lowest."""
    ip: str | None = None
    """Its address within the cluster; `None` before it has one."""
    blocker: Blocker | None = None
    """What keeps it from becoming ready; `None`: nothing in its status."""
    oom_killed_at: Mapping[str, float] = field(default_factory=dict)
    """When a container was last OOM-killed, by its name; containers that were not are left out."""
    container_started_at: Mapping[str, float] = field(default_factory=dict)
    """When a container was last started, or, where it does not run, when it last ended, in whole seconds, by its name:
    processes without a report since then are dead. Containers without a time are left out."""
    unready_since: float | None = None
    """Since when it is not ready any more, by its status; `None` where it is ready, or never was."""
    stopped_containers: frozenset[str] = frozenset()
    """Names of the containers that do not run now, by its status."""
    last_end: ContainerEnd | None = None
    """When one of its containers last ended; `None` where none did."""
    unread: tuple[str, ...] = ()
    """Paths of fields that could not be read: their values are unknown."""

    @property
    def was_ready(self) -> bool:
        """Whether it was ready before and is not now, by its status."""
        return self.unready_since is not None

    @property
    def terminating(self) -> bool:
        """Whether it is terminating."""
        return self.deletion_at is not None

    @property
    def finished(self) -> bool:
        """Whether its containers have ended for good (evicted or completed pods stay listed)."""
        return self.phase in {"Succeeded", "Failed"}


def _template(deployment: Deployment) -> tuple[str, int, str | None]:
    return deployment.uid, deployment.template, deployment.revision
