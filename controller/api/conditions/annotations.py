"""What an on-call engineer's annotations do to a pool."""

from controller.api.conditions.reason import FALSE, TRUE, ConditionType, Reason


class AnnotationsValid(Reason, condition=ConditionType.ANNOTATIONS_VALID):
    """The annotations by which an on-call engineer overrides the pool can be read."""

    ANNOTATIONS_VALID = (
        "AnnotationsValid",
        TRUE,
        "Every annotation that overrides the pool can be read.",
    )
    INVALID_ANNOTATION = (
        "InvalidAnnotation",
        FALSE,
        "An annotation that overrides the pool can't be read, and is ignored.",
        "Correct or remove it; the message says how it should look.",
    )


class Overridden(Reason, condition=ConditionType.OVERRIDDEN):
    """An annotation gives the number of replicas, or pauses the pool."""

    PAUSED = (
        "Paused",
        TRUE,
        "The annotation workerpools.dev/paused-until leaves the Deployment as it is until a time.",
        "Remove the annotation to end the pause now.",
    )
    REPLICAS_FIXED = (
        "ReplicasFixed",
        TRUE,
        "The annotation workerpools.dev/override gives the number of replicas until a time.",
        "Remove the annotation to let the work decide now.",
    )
    NOT_OVERRIDDEN = (
        "NotOverridden",
        FALSE,
        "No annotation overrides the pool, or those that did have ended.",
    )
