"""Replicas that were set by others than this operator."""

from typing import Final

from controller.cluster.convert import OWN_MANAGERS
from controller.cluster.objects import Deployment
from controller.scaling.field_manager import ManagerKind, kind_of, shown_name
from controller.scaling.memory import Memory
from controller.scaling.observation import ExternalScale

UNNAMED: Final = "an unnamed field manager"
"""What set the replicas where the Deployment does not say it, as where managedFields were removed."""

UNNAMED_TO_ZERO: Final = "kubectl-scale or a console"
"""What set 0 replicas that have no owner: a client of the scale subresource.

Any other write of 0 leaves an owner. By that subresource the API server drops the owner that there was and records
none, for a scale that omits a 0 as empty: who it was, only its audit log says.
"""


def external_scale(replicas_before: int, deployment: Deployment) -> ExternalScale | None:
    """That the replicas were set by others; `None` if they are as they were, or a request of the operator came late."""
    manager = deployment.replicas_manager
    if deployment.replicas == replicas_before or manager in OWN_MANAGERS:
        return None
    if manager is None:
        name = UNNAMED if deployment.replicas else UNNAMED_TO_ZERO
        return ExternalScale(replicas_before, name, ManagerKind.PERSON)
    subresource = deployment.replicas_subresource
    kind = kind_of(manager, subresource, applied=deployment.replicas_applied)
    return ExternalScale(replicas_before, shown_name(manager, subresource), kind)


def scaled_while_away(memory: Memory, deployment: Deployment) -> ExternalScale | None:
    """What a person set while no operator ran, by the last change of replicas that status has.

    Of a person alone: a manifest may have made the Deployment anew. What has no name may have been the operator's own.
    """
    last = next(reversed(memory.scale_actions), None)
    if last is None or deployment.replicas_manager is None:
        return None
    scale = external_scale(last.replicas_after, deployment)
    return scale if scale and scale.kind == ManagerKind.PERSON else None
