"""A change of replicas whose answer did not come: the Deployment tells later whether it happened."""

from dataclasses import dataclass
from typing import Final

from controller.cluster.convert import FIELD_MANAGER
from controller.cluster.objects import Deployment
from controller.scaling.memory import ScaleAction

MAX_UNANSWERED: Final = 3
"""Requests of one pool that are remembered; of more the oldest are given up."""


@dataclass(frozen=True, slots=True)
class ScaleRequest:
    """A change that may have happened, or may still happen: the API server may carry it out after a timeout."""

    deployment_uid: str
    action: ScaleAction

    def happened(self, deployment: Deployment) -> bool:
        """Whether a Deployment, as it was read later, shows that it did."""
        return (
            deployment.uid == self.deployment_uid
            and deployment.replicas == self.action.replicas_after
            and deployment.replicas_manager == FIELD_MANAGER
        )
