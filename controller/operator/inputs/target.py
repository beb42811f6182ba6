"""The Deployment and the container that a pool names, or what is wrong with the naming."""

from collections.abc import Mapping, Sequence

from controller.api.condition_reasons import TargetFound
from controller.api.spec import TemporalWorkerPoolSpec
from controller.api.text import listed
from controller.cluster.objects import Deployment
from controller.operator.passes import ConditionUpdate, Target


def find_target(
    namespace: str, spec: TemporalWorkerPoolSpec, deployment: Deployment | None, labels: Mapping[str, str]
) -> Target | ConditionUpdate:
    """The target, or why there is none; a Deployment without the `labels` is none."""
    name = spec.scale_target_ref.name
    if deployment is None:
        message = f"Namespace {namespace} has no Deployment {name}. Create it, or correct scaleTargetRef.name."
        return ConditionUpdate(TargetFound.TARGET_NOT_FOUND, message)
    if lacking := [f"{key}={value}" for key, value in labels.items() if deployment.labels.get(key) != value]:
        return _not_allowed(deployment, lacking)
    if deployment.unusable:
        fields = listed(deployment.unusable)
        message = f"Deployment {name} can't be read ({fields}), and is left as it is."
        return ConditionUpdate(TargetFound.TARGET_UNREADABLE, f"{message} {TargetFound.TARGET_UNREADABLE.remedy}")
    container_name = spec.container_name
    container = deployment.container(container_name)
    if container is not None:
        return Target(deployment, container)
    containers = listed([container.name for container in deployment.containers])
    if container_name is None:
        message = f"Deployment {name} has several containers ({containers}). Set containerName to the worker's."
        return ConditionUpdate(TargetFound.CONTAINER_NAME_REQUIRED, message)
    message = f"Deployment {name} has no container {container_name} (it has {containers}). Correct containerName."
    return ConditionUpdate(TargetFound.CONTAINER_NOT_FOUND, message)


def _not_allowed(deployment: Deployment, lacking: Sequence[str]) -> ConditionUpdate:
    fix = f"kubectl label deployment -n {deployment.namespace} {deployment.name} {' '.join(lacking)} --overwrite"
    message = (
        f"Deployment {deployment.name} lacks {' and '.join(lacking)}: this operator scales only Deployments with that "
        f"label (--target-label). If it may be scaled: `{fix}`."
    )
    return ConditionUpdate(TargetFound.TARGET_NOT_ALLOWED, message)


def found(target: Target) -> ConditionUpdate:
    """The good finding about a target."""
    message = f"Scaling Deployment {target.deployment.name} (container {target.container.name})."
    return ConditionUpdate(TargetFound.TARGET_FOUND, message)
