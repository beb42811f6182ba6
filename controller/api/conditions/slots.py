"""Whether the slots that the pool names are in force."""

from controller.api.conditions.reason import FALSE, TRUE, ConditionType, Reason


class SlotsEffective(Reason, condition=ConditionType.SLOTS_EFFECTIVE):
    """The slots that the pool names are those of the worker container."""

    SLOTS_IN_FORCE = (
        "SlotsInForce",
        TRUE,
        "The slots that the pool names are those of the worker container.",
    )
    SLOTS_PENDING = (
        "SlotsPending",
        FALSE,
        "The slots of the pool differ from the Deployment's; they are written when that restarts no running pod.",
        "Wait until replicas are 0 or a rollout runs, or start one with `kubectl rollout restart`.",
    )
    SLOTS_CONFLICT = (
        "SlotsConflict",
        FALSE,
        "The slot variable belongs to another manager of the Deployment, and the operator does not take it away.",
        "Give the variable the pool's value in that manager's manifest, too, or remove slots from the pool.",
    )
    SLOTS_VALUE_FROM = (
        "SlotsValueFrom",
        FALSE,
        "The slot variable takes its value from a reference (valueFrom), which the operator neither reads nor writes.",
        "Give the variable a plain value, or set slots without slotsEnvVar.",
    )
    SLOTS_VARIABLE_NOT_FOUND = (
        "SlotsVariableNotFound",
        FALSE,
        "The worker container has no such variable, and the pool names no slots to write to it.",
        "Add the variable to the Deployment, or set slots.",
    )
    SLOTS_VARIABLE_DUPLICATE = (
        "SlotsVariableDuplicate",
        FALSE,
        "The worker container lists the slot variable more than once.",
        "Leave one entry of that name in the Deployment.",
    )
    SLOTS_VARIABLE_INVALID = (
        "SlotsVariableInvalid",
        FALSE,
        "The value of the slot variable is not a whole number of at least 1.",
        "Correct the value in the Deployment, or set slots.",
    )
    SLOTS_DIFFER = (
        "SlotsDiffer",
        FALSE,
        "The workers report another number of slots than the pool or the Deployment names; what they report counts.",
        "Correct slots, or let the image read the variable that slotsEnvVar names.",
    )
    FAILED_UPDATE_SLOTS = (
        "FailedUpdateSlots",
        FALSE,
        "The Kubernetes API server refused the new slot variable.",
        "Check the operator's permission to patch deployments, and admission policies; the message says which.",
    )
