"""What kind of field manager set the replicas: a person's tool, a manifest, a controller, or something else.

By the name, which anything may choose, and by the way that the API server records with it: a manifest never sets
replicas through the scale subresource, and a person rarely in another way. A job that runs `kubectl scale` counts as a
person; how often it does so shows it.
"""

from enum import StrEnum
from typing import Final


class ManagerKind(StrEnum):
    """Kinds of field managers; few, since they are a label of a metric."""

    PERSON = "person"
    """A client that people use by hand."""
    GITOPS = "gitops"
    """What applies manifests from a repository or a chart."""
    AUTOSCALER = "autoscaler"
    """A controller that scales by itself."""
    OTHER = "other"


_MACHINES: Final = {
    "kubectl-client-side-apply": ManagerKind.GITOPS,
    "kubectl-create": ManagerKind.GITOPS,
    "kubectl-replace": ManagerKind.GITOPS,
    "argocd": ManagerKind.GITOPS,
    "flux": ManagerKind.GITOPS,
    "kustomize-controller": ManagerKind.GITOPS,
    "helm": ManagerKind.GITOPS,
    "fleet": ManagerKind.GITOPS,  # Rancher's
    "configsync": ManagerKind.GITOPS,  # Google's
    "kapp": ManagerKind.GITOPS,
    "terraform": ManagerKind.GITOPS,
    "hashicorp": ManagerKind.GITOPS,  # Terraform's provider for Kubernetes
    "pulumi": ManagerKind.GITOPS,
    "kube-controller-manager": ManagerKind.AUTOSCALER,  # the HorizontalPodAutoscaler
    "horizontal-pod-autoscaler": ManagerKind.AUTOSCALER,
    "keda": ManagerKind.AUTOSCALER,
    "vpa": ManagerKind.AUTOSCALER,
    "cluster-proportional-autoscaler": ManagerKind.AUTOSCALER,
    "datadog-cluster-agent": ManagerKind.AUTOSCALER,
    "py-kube-downscaler": ManagerKind.AUTOSCALER,
    "kube-downscaler": ManagerKind.AUTOSCALER,
    "kube-green": ManagerKind.AUTOSCALER,
    "rollouts-controller": ManagerKind.AUTOSCALER,  # Argo Rollouts
    "flagger": ManagerKind.AUTOSCALER,
}
"""By how their names begin, in small letters."""

_TOOLS: Final = (
    "kubectl-scale",
    "kubectl-edit",
    "kubectl-patch",
    "kubectl-set",
    "k9s",
    "lens",
    "openlens",
    "freelens",
    "node-fetch",  # Lens
    "mozilla",  # any console in a browser: OpenShift's, Rancher's, Headlamp
    "rancher",
    "dashboard",  # the Kubernetes Dashboard
    "headlamp",
    "googlecloudconsole",
    "octant",
)
"""What people change objects with, likewise."""

SCALE: Final = "scale"
"""The subresource by which `kubectl scale` and most consoles set replicas."""


def kind_of(name: str, subresource: str = "", *, applied: bool = False) -> ManagerKind:
    """The kind of a field manager.

    Args:
        name: As `metadata.managedFields` has it.
        subresource: By which it wrote; empty for the object itself.
        applied: Whether it wrote by server-side apply.
    """
    small = name.lower()
    for prefix, kind in _MACHINES.items():
        if small.startswith(prefix):
            return kind
    if applied:
        return ManagerKind.GITOPS
    return ManagerKind.PERSON if subresource == SCALE or small.startswith(_TOOLS) else ManagerKind.OTHER


def shown_name(name: str, subresource: str = "") -> str:
    """How messages name it: `kubectl scale` is recorded as `kubectl`, as is `kubectl apply --server-side`."""
    return "kubectl-scale" if (name, subresource) == ("kubectl", SCALE) else name
