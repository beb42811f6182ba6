"""How to end a fight over the replicas. What works depends on how the other one sets them: each way is tried in a test.

Taking `spec.replicas` out of a manifest is not enough, and harms: the manager that applied the field last resets it to
1 when it applies the manifest without it.
"""

import json
from typing import Final

from controller.cluster.objects import Deployment

HOLDER: Final = "replicas-holder"
"""Field manager that owns the replicas while another one gives them up."""

ARGO_CD: Final = (
    "In the Application set ignoreDifferences on /spec/replicas and the sync option RespectIgnoreDifferences=true, and "
    "leave spec.replicas in the manifest: without it 1 replica is set."
)
CLIENT_SIDE: Final = (
    "Take spec.replicas out of the manifest, run `kubectl apply set-last-applied -f MANIFEST`, and only then apply it: "
    "applied at once, it sets 1 replica."
)
HELM: Final = (
    "Take spec.replicas out of the chart while 1 replica is enough: when the field goes, Helm 3 sets 1 replica, once, "
    "and the pool scales on from there."
)
OTHER: Final = (
    "Pause the pool meanwhile with the annotation workerpools.dev/paused-until, or let the pool do this, too: with "
    "minReplicas 0, and schedules that have the minReplicas of other times."
)


def handing_over(deployment: Deployment, manager: str) -> str:
    """What to do about a field manager that sets the replicas back.

    Args:
        deployment: As it is now.
        manager: Who set its replicas back.
    """
    if manager.startswith("argocd"):
        return ARGO_CD
    if deployment.replicas_applied and deployment.replicas_manager == manager:
        return (
            f"Before that, let another field manager hold the number: `{hold(deployment)}`; then take spec.replicas "
            f"out of the manifest of {manager}: without a holder 1 replica is set."
        )
    if manager == "kubectl-client-side-apply":
        return CLIENT_SIDE
    return HELM if manager in {"helm", "helm-controller"} else OTHER


def hold(deployment: Deployment) -> str:
    """The command by which another field manager owns the replicas, too, at the number that they have."""
    fields = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": deployment.name, "namespace": deployment.namespace},
        "spec": {"replicas": deployment.replicas},
    }
    return f"echo '{json.dumps(fields)}' | kubectl apply --server-side --field-manager={HOLDER} -f -"
