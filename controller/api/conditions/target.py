"""Whether the Deployment is there, lets its workers finish, and can be read."""

from controller.api.conditions.reason import FALSE, TRUE, UNKNOWN, ConditionType, Reason


class TargetFound(Reason, condition=ConditionType.TARGET_FOUND):
    """The Deployment and its worker container are there."""

    TARGET_FOUND = (
        "TargetFound",
        TRUE,
        "The Deployment and its worker container are there.",
    )
    TARGET_NOT_FOUND = (
        "TargetNotFound",
        FALSE,
        "The namespace of the pool has no Deployment of that name.",
        "Create the Deployment, or correct scaleTargetRef.name.",
    )
    CONTAINER_NOT_FOUND = (
        "ContainerNotFound",
        FALSE,
        "The Deployment's pod has no container of that name.",
        "Correct containerName; the message lists the containers.",
    )
    CONTAINER_NAME_REQUIRED = (
        "ContainerNameRequired",
        FALSE,
        "The Deployment's pod has several containers, and the pool does not say which one is the worker.",
        "Set containerName; the message lists the containers.",
    )
    TARGET_UNREADABLE = (
        "TargetUnreadable",
        UNKNOWN,
        "The Deployment is there, and fields that are needed to scale it can't be read; it is left as it is.",
        "Look at the fields that the message names with `kubectl get deployment -o yaml`, and at what wrote them.",
    )


class TargetSafe(Reason, condition=ConditionType.TARGET_SAFE):
    """The Deployment gives a worker that is asked to stop the time to finish, and has what safe scaling needs."""

    TARGET_SAFE = (
        "TargetSafe",
        TRUE,
        "As far as the Deployment and the length of the tasks are known, a worker that is asked to stop can finish.",
    )
    GRACE_PERIOD_TOO_SHORT = (
        "GracePeriodTooShort",
        FALSE,
        "The longest task takes longer than the pods' terminationGracePeriodSeconds: a stop would cut it short.",
        "Raise terminationGracePeriodSeconds as the message says; until then only idle replicas are removed.",
    )
    PRE_STOP_TOO_LONG = (
        "PreStopTooLong",
        FALSE,
        "The preStop hook takes so much of the grace period that the longest task does not fit into the rest.",
        "Shorten the hook, or raise terminationGracePeriodSeconds as the message says.",
    )
    RECREATE_STRATEGY = (
        "RecreateStrategy",
        FALSE,
        "The Deployment's strategy is Recreate: a rollout stops every worker at once.",
        "Set strategy.type to RollingUpdate.",
    )
    NO_READINESS_PROBE = (
        "NoReadinessProbe",
        FALSE,
        "The worker container has no readinessProbe: its pod counts as ready before the worker polls.",
        "Add a readinessProbe that asks the worker.",
    )
    NO_RESOURCE_REQUESTS = (
        "NoResourceRequests",
        FALSE,
        "The worker container requests no CPU or no memory: it may land on a full node, and is evicted first.",
        "Set resources.requests of the container.",
    )


class ObjectsReadable(Reason, condition=ConditionType.OBJECTS_READABLE):
    """Every field of the Deployment, its pods and other scalers that the operator looks at can be read."""

    OBJECTS_READABLE = (
        "ObjectsReadable",
        TRUE,
        "Every field of the Deployment, its pods and other scalers that the operator looks at can be read.",
    )
    OBJECT_UNREADABLE = (
        "ObjectUnreadable",
        FALSE,
        "A field of the Deployment, of a pod or of another scaler can't be read: what it says is unknown.",
        "See the object with `kubectl get -o yaml`, and what wrote the field that the message names.",
    )
