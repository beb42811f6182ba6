"""Whether the pods that were ordered are coming."""

from controller.api.conditions.reason import FALSE, TRUE, UNKNOWN, ConditionType, Reason


class CapacityAvailable(Reason, condition=ConditionType.CAPACITY_AVAILABLE):
    """Every pod that was ordered is ready or on its way."""

    PODS_COMING = (
        "PodsComing",
        TRUE,
        "Every pod that was ordered is ready or on its way.",
    )
    PROVISIONING = (
        "Provisioning",
        UNKNOWN,
        "Pods fit on no node so far; for provisioningDeadlineSeconds they count as coming.",
        "Nothing, if a cluster autoscaler brings nodes; else add nodes or lower what the pods request.",
    )
    UNSCHEDULABLE = (
        "Unschedulable",
        FALSE,
        "Pods have found no node for provisioningDeadlineSeconds, and don't count as coming any more.",
        "Add nodes, raise the cluster autoscaler's limit, lower what the pods request, or loosen their nodeSelector.",
    )
    FAILED_CREATE = (
        "FailedCreate",
        FALSE,
        "Pods that were ordered can't be created: a quota or an admission policy refuses them.",
        "Raise the quota or mend the policy that the message names, or lower maxReplicas to what fits.",
    )
    IMAGE_PULL_BACK_OFF = (
        "ImagePullBackOff",
        FALSE,
        "The image of new pods can't be pulled.",
        "Correct image or imagePullSecrets in the Deployment, or mend the registry.",
    )
    CRASH_LOOP_BACK_OFF = (
        "CrashLoopBackOff",
        FALSE,
        "A container of new pods ends again and again before it is ready.",
        "See why with `kubectl logs POD --previous --container CONTAINER`; the message names both.",
    )
    CONTAINER_NOT_CREATED = (
        "ContainerNotCreated",
        FALSE,
        "A container of new pods can't be created or started.",
        "Correct what the message names in the Deployment: a ConfigMap, a Secret, the command.",
    )
