"""The Deployment and the container that a pool names, or what is wrong with the naming."""

from controller.api.condition_reasons import TargetFound
from controller.api.spec import TemporalWorkerPoolSpec
from controller.cluster.objects import Deployment
from controller.operator.passes import ConditionUpdate, Target


def find_target(
    namespace: str, spec: TemporalWorkerPoolSpec, deployment: Deployment | None
) -> Target | ConditionUpdate:
    """The target, or why there is none."""
    name = spec.scale_target_ref.name
    if deployment is None:
        message = f"Namespace {namespace} has no Deployment {name}: create it, or correct scaleTargetRef.name."
        return ConditionUpdate(TargetFound.TARGET_NOT_FOUND, message)
    if deployment.unusable:
        fields = ", ".join(deployment.unusable)
        message = f"Deployment {name} is there, but can't be read ({fields}): it is left as it is."
        return ConditionUpdate(TargetFound.TARGET_UNREADABLE, f"{message} {TargetFound.TARGET_UNREADABLE.remedy}")
    wanted = spec.container_name
    container = deployment.container(wanted)
    if container is not None:
        return Target(deployment, container)
    containers = ", ".join(container.name for container in deployment.containers)
    if wanted is None:
        message = f"Deployment {name} has several containers ({containers}): set containerName to the worker's."
        return ConditionUpdate(TargetFound.CONTAINER_NAME_REQUIRED, message)
    message = f"Deployment {name} has no container {wanted}; it has {containers}: correct containerName."
    return ConditionUpdate(TargetFound.CONTAINER_NOT_FOUND, message)


def found(target: Target) -> ConditionUpdate:
    """The good finding about a target."""
    message = f"Deployment {target.deployment.name}, container {target.container.name}."
    return ConditionUpdate(TargetFound.TARGET_FOUND, message)
