"""The Deployment and the container that a pool names, or what is wrong with the naming."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from controller.api.condition_reasons import AbleToScale, SlotsEffective, TargetFound
from controller.api.conditions import ConditionType
from controller.api.spec import TemporalWorkerPoolSpec
from controller.api.status import Condition, ConditionStatus
from controller.cluster.objects import Container, Deployment
from controller.operator.actuate.slots import is_free_moment
from controller.operator.findings import Finding

_ABOUT_DEPLOYMENT: Final = (ConditionType.TARGET_FOUND, ConditionType.ABLE_TO_SCALE, ConditionType.SLOTS_EFFECTIVE)
"""Conditions whose trouble a change of the Deployment can end."""

_OF_OTHERS: Final = (AbleToScale.TARGET_CONTESTED, AbleToScale.REPLICAS_REVERSED)
"""Troubles that somebody else who scales the Deployment makes: his changes of it do not end them."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a pool scales."""

    deployment: Deployment
    container: Container


def find_target(namespace: str, spec: TemporalWorkerPoolSpec, deployment: Deployment | None) -> Target | Finding:
    """The target, or why there is none."""
    name = spec.scale_target_ref.name
    if deployment is None:
        message = f"Namespace {namespace} has no Deployment {name}: create it, or correct scaleTargetRef.name."
        return Finding(TargetFound.TARGET_NOT_FOUND, message)
    if deployment.unusable:
        fields = ", ".join(deployment.unusable)
        message = f"Deployment {name} is there, but can't be read ({fields}): it is left as it is."
        return Finding(TargetFound.TARGET_UNREADABLE, f"{message} {TargetFound.TARGET_UNREADABLE.remedy}")
    wanted = spec.container_name
    container = deployment.container(wanted)
    if container is not None:
        return Target(deployment, container)
    containers = ", ".join(container.name for container in deployment.containers)
    if wanted is None:
        message = f"Deployment {name} has several containers ({containers}): set containerName to the worker's."
        return Finding(TargetFound.CONTAINER_NAME_REQUIRED, message)
    message = f"Deployment {name} has no container {wanted}; it has {containers}: correct containerName."
    return Finding(TargetFound.CONTAINER_NOT_FOUND, message)


def found(target: Target) -> Finding:
    """The good finding about a target."""
    message = f"Deployment {target.deployment.name}, container {target.container.name}."
    return Finding(TargetFound.TARGET_FOUND, message)


def waits_for(deployment: Deployment | None, conditions: Iterable[Condition]) -> bool:
    """Whether a pool with these conditions should look at once at its Deployment, which has just changed.

    Slots that are pending wait for a free moment alone: a rollout may be over before the next look by the clock.
    """
    about_it = [c for c in conditions if c.type in _ABOUT_DEPLOYMENT and c.status != ConditionStatus.TRUE]
    troubles = [trouble for trouble in about_it if trouble.reason not in _OF_OTHERS]
    if any(trouble.reason != SlotsEffective.SLOTS_PENDING for trouble in troubles):
        return True
    return bool(troubles) and deployment is not None and is_free_moment(deployment)
