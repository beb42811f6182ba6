"""Replicas that were set by others than this operator."""

from typing import Final

from controller.cluster.convert import OWN_MANAGERS
from controller.cluster.objects import Deployment
from controller.scaling.field_manager import ManagerKind, kind_of, shown_name
from controller.scaling.memory import Memory
from controller.scaling.observation import ExternalScale

UNNAMED: Final = "an unnamed field manager"
"""What set the replicas where the Deployment does not say it.

That is so after a write of 0 by the scale subresource, such as `kubectl scale --replicas=0`, and from then on until the
field has an owner again; and where managedFields were removed.
"""


def external_scale(replicas_before: int, deployment: Deployment) -> ExternalScale | None:
    """That the replicas were set by others; `None` if they are as they were, or a request of the operator came late."""
    manager = deployment.replicas_manager
    if deployment.replicas == replicas_before or manager in OWN_MANAGERS:
        return None
    if manager is None:
        return ExternalScale(replicas_before, UNNAMED, ManagerKind.PERSON)
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
