"""What the operator may do in a cluster, verb by verb: the source of its roles, of `twp check` and of SECURITY.md."""

from dataclasses import dataclass
from typing import Final

from controller.api.connection import CONNECTION_PLURAL
from controller.api.spec import GROUP, PLURAL

CRD_GROUP: Final = "apiextensions.k8s.io"


@dataclass(frozen=True, slots=True)
class Right:
    """One verb on one resource."""

    group: str
    """API group; empty for the core."""
    resource: str
    """With its subresource, such as `deployments/scale`."""
    verb: str
    purpose: str
    """What the operator does by it."""
    without: str
    """What does not work without it, as a sentence."""
    optional: bool = False
    """Whether pools are scaled without it."""
    object_name: str = ""
    """Of the one object that it is for, which is in no namespace; empty for all."""

    @property
    def name(self) -> str:
        """As RBAC tools write it, such as `deployments/scale.apps`."""
        return f"{self.resource}.{self.group}".rstrip(".")


def rights(group: str, resource: str, verbs: str, purpose: str, without: str = "") -> tuple[Right, ...]:
    """A right for each of the verbs, which stand in one string."""
    return tuple(Right(group, resource, verb, purpose, without) for verb in verbs.split())


def _watched(group: str, resource: str, purpose: str) -> tuple[Right, ...]:
    """What a cache needs that lists once and watches from then on."""
    return (
        *rights(group, resource, "list", purpose, "It ends a minute after its start; later its pools get WatchFailed."),
        *rights(
            group, resource, "watch", purpose, "It lists every 30 s instead, and its pools get WatchFailed in between."
        ),
    )


OPERATOR: Final = (
    *rights(GROUP, PLURAL, "list", "finds the pools", "It ends at its start, and the log names the right."),
    *rights(GROUP, PLURAL, "watch", "finds the pools", "It sees no change of a pool, and its log names the right."),
    *rights(GROUP, f"{PLURAL}/status", "patch", "reports on the pools", "Status and conditions stay as they are."),
    *rights(
        GROUP, CONNECTION_PLURAL, "get", "reads connectionRef", "Pools with connectionRef get CredentialsNotReadable."
    ),
    *(
        Right(
            CRD_GROUP,
            "customresourcedefinitions",
            "get",
            "compares the CRDs",
            "CRDs of another version than its own are not reported.",
            optional=True,
            object_name=f"{plural}.{GROUP}",
        )
        for plural in (PLURAL, CONNECTION_PLURAL)
    ),
    *_watched("apps", "deployments", "sees the replicas"),
    *rights(
        "apps",
        "deployments",
        "get",
        "reads again what it has just changed",
        "A reconcile fails that comes before the watch has shown the last change.",
    ),
    *rights(
        "apps",
        "deployments",
        "patch",
        "writes slot variables, and the name of the pool as an annotation",
        "SlotsEffective gets FailedUpdateSlots; replicas are set all the same.",
    ),
    *rights("apps", "deployments/scale", "patch", "sets the replicas", "AbleToScale gets FailedUpdateScale."),
    *_watched("", "pods", "sees the pods"),
    *rights("", "pods", "patch", "lets idle pods go first", "AbleToScale gets FailedRankPods."),
    Right(
        "metrics.k8s.io",
        "pods",
        "list",
        "measures the usage for tuning",
        "Slots are tuned without the usage of the containers.",
        optional=True,
    ),
    *_watched("autoscaling", "horizontalpodautoscalers", "sees other scalers"),
    *_watched("keda.sh", "scaledobjects", "sees other scalers"),
    *_watched("autoscaling.k8s.io", "verticalpodautoscalers", "sees other scalers"),
    *rights("", "events", "create", "writes Events", "Its pools get no Events."),
)
"""Where pools are: in each of the operator's namespaces, or in all."""

_NO_LEADER: Final = "No replica leads, and nothing is scaled."

ELECTION: Final = (
    *rights("coordination.k8s.io", "leases", "get", "elects the replica that scales", "It ends at its start."),
    *rights("coordination.k8s.io", "leases", "create update", "elects the replica that scales", _NO_LEADER),
)
"""In the operator's own namespace."""

_NOT_READABLE: Final = "Pools whose TemporalConnection names one get CredentialsNotReadable."

CONNECTIONS: Final = (
    *rights("", "secrets", "get", "reads the credentials for Temporal", _NOT_READABLE),
    *rights("", "configmaps", "get", "reads the authorities of Temporal", _NOT_READABLE),
)
"""Where the owner of a namespace grants them; nowhere by default."""
