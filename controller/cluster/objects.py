"""Deployments and pods, trimmed to what the operator looks at. Times are seconds since the Unix epoch."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

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
    """How long its `preStop` hook sleeps before SIGTERM, within the grace period; 0 without one, and where it can't be
    told from the hook."""
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
        """Whether an object with these labels meets it; a label that is not there is not in any set."""
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
    """Which pods belong: every label and every requirement must match. One without either matches every pod."""

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
"""Fields of a Deployment without which its replicas can't be judged or set."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """A Deployment as it was last seen."""

    namespace: str
    name: str
    uid: str
    resource_version: str
    generation: int
    """Every change of `spec` or of an annotation makes a new one, one of the replicas too."""
    observed_generation: int
    """The generation that `status` tells of."""
    template: int
    """The pod template, as a hash."""
    template_generation: int
    """A generation that has this template; the earliest of which that is known."""
    replicas: int
    """`spec.replicas`: what was ordered."""
    total_replicas: int
    """`status.replicas`: pods that are there, of the old template too, terminating ones not."""
    ready_replicas: int
    available_replicas: int
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
    """Whether `spec.paused` holds a rollout back."""
    applied_env: frozenset[tuple[str, str]]
    """(container, variable) of the env entries that this operator owns by server-side apply."""
    revision: str | None = None
    """Number that the Deployment controller gives the pod template; `None` before it has looked."""
    replicas_manager: str | None = None
    """Field manager that set `spec.replicas` last, of several that agree on it not the operator; `None`: nobody did."""
    replicas_applied: bool = False
    """Whether it set them by server-side apply, so that the field goes when it no longer applies it."""
    template_owners: int = 0
    """Who owns what of the pod template, as a hash."""
    unread: tuple[str, ...] = ()
    """Paths of fields that could not be read: what they say is not known."""

    @property
    def unusable(self) -> tuple[str, ...]:
        """Paths of what could not be read, or is not there, and without which its replicas can't be judged or set."""
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

        A template that the Deployment controller has not looked at yet counts. A generation does not: beside somebody
        who changes annotations all the time the status never tells of the last one.
        """
        return self.observed_generation < self.template_generation or self.updated_replicas < self.total_replicas

    def after(self, earlier: "Deployment | None") -> "Deployment":
        """The same, with what an earlier state tells: since when the template is this one.

        A revision that differs tells that there was another one in between.
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


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod as it was last seen."""

    namespace: str
    name: str
    uid: str
    labels: Mapping[str, str]
    node_name: str | None
    phase: str
    """Pending, Running, Succeeded, Failed or Unknown."""
    created_at: float
    scheduled_at: float | None
    """When it was assigned to a node; `None` while it is not."""
    ready_since: float | None
    """Since when it is ready; `None` while it is not."""
    deletion_at: float | None
    """`deletionTimestamp`: when its grace period ends; `None` while nobody asked it to stop."""
    owner: Owner | None
    host_name: str
    """What `gethostname()` gives in its containers, by which workers are matched to pods. Not known where the pod has
    `setHostnameAsFQDN`: that name has the cluster's domain in it."""
    deletion_cost: int = 0
    """Its annotation `controller.kubernetes.io/pod-deletion-cost`: the ReplicaSet removes the cheaper of equal pods."""
    ip: str | None = None
    """Its address within the cluster; `None` before it has one."""
    blocker: Blocker | None = None
    """What keeps it from becoming ready; `None`: nothing that its status tells."""
    oom_killed_at: Mapping[str, float] = field(default_factory=dict)
    """When a container last ended because it had used all its memory, by its name; one that did not is not in it."""
    container_started_at: Mapping[str, float] = field(default_factory=dict)
    """When a container was last started, or, where it does not run, when it last ended, in whole seconds, by its name:
    processes that have not been heard of since are dead. One of which no time is told is not in it."""
    was_ready: bool = False
    """Whether its status tells that it was ready before and is not now."""
    stopped_containers: frozenset[str] = frozenset()
    """Names of the containers that do not run now, as far as its status tells."""
    unread: tuple[str, ...] = ()
    """Paths of fields that could not be read: what they say is not known."""

    @property
    def terminating(self) -> bool:
        """Whether it was asked to stop."""
        return self.deletion_at is not None

    @property
    def finished(self) -> bool:
        """Whether its containers have ended for good (evicted or completed pods stay listed)."""
        return self.phase in {"Succeeded", "Failed"}


def _template(deployment: Deployment) -> tuple[str, int, str | None]:
    return deployment.uid, deployment.template, deployment.revision
