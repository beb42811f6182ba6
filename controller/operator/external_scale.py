"""Replicas that were set by others than this operator."""

from typing import Final

from controller.cluster.convert import FIELD_MANAGER
from controller.cluster.objects import Deployment
from controller.scaling.observation import ExternalScale

UNNAMED: Final = "an unnamed field manager"
"""What set the replicas where the Deployment does not say it: its managedFields were removed."""


def external_scale(replicas_before: int, deployment: Deployment) -> ExternalScale | None:
    """That the replicas were set by others; `None` if they are as they were, or a request of the operator came late."""
    if deployment.replicas == replicas_before or deployment.replicas_manager == FIELD_MANAGER:
        return None
    return ExternalScale(replicas_before, deployment.replicas_manager or UNNAMED)
