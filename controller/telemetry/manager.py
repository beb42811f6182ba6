"""What kind of field manager set the replicas: a bounded label for a name that anything may choose."""

from enum import StrEnum
from typing import Final


class Manager(StrEnum):
    """Kinds of field managers."""

    PERSON = "person"
    """A client that people use by hand."""
    GITOPS = "gitops"
    """What applies manifests from a repository or a chart."""
    AUTOSCALER = "autoscaler"
    OTHER = "other"


_PREFIXES: Final = {
    "kubectl": Manager.PERSON,
    "k9s": Manager.PERSON,
    "node-fetch": Manager.PERSON,  # Lens
    "Mozilla": Manager.PERSON,  # a web console such as the Kubernetes dashboard
    "argocd": Manager.GITOPS,
    "kustomize-controller": Manager.GITOPS,
    "helm": Manager.GITOPS,
    "flux": Manager.GITOPS,
    "Terraform": Manager.GITOPS,
    "kube-controller-manager": Manager.AUTOSCALER,  # the HorizontalPodAutoscaler
    "keda": Manager.AUTOSCALER,
    "vpa": Manager.AUTOSCALER,
}
"""By how their names begin."""


def manager(name: str) -> Manager:
    """The kind of a field manager, by its name in `metadata.managedFields`."""
    return next((kind for prefix, kind in _PREFIXES.items() if name.startswith(prefix)), Manager.OTHER)
