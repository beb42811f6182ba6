"""The summary: whether the operator can act on a pool at all."""

from controller.api.conditions.reason import FALSE, TRUE, ConditionType, Reason


class Ready(Reason, condition=ConditionType.READY):
    """The operator sees the work of this pool and acts on it."""

    AUTOSCALING = (
        "Autoscaling",
        TRUE,
        "The operator reads the task queues and sets the replicas of the Deployment.",
    )
    INVALID_SPEC = (
        "InvalidSpec",
        FALSE,
        "The operator can't read the spec: the CRD of the cluster and the operator are of different versions.",
        "Apply the CRD that belongs to the operator's version, and correct the field that the message names.",
    )
    RECONCILE_ERROR = (
        "ReconcileError",
        FALSE,
        "A pass over the pool ended in an error that the operator does not expect.",
        "It is retried within a minute; report the error with the operator's log if it stays.",
    )
