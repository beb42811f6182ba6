"""What conditions and status say of an on-call engineer's annotations."""

from controller.api.condition_reasons import AnnotationsValid, Overridden
from controller.api.model import timestamp, written
from controller.api.overrides import OVERRIDE, PAUSED_UNTIL, FixedReplicas, Override, Overrides, Pause
from controller.api.status import OverrideStatus
from controller.operator.passes import ConditionUpdate
from controller.scaling.text import counted


def overriding(overrides: Overrides, now: float) -> tuple[ConditionUpdate, ...]:
    """What the conditions about annotations say."""
    return _valid(overrides), _overridden(overrides.at(now))


def override_status(overrides: Overrides, now: float) -> OverrideStatus | None:
    """What is in force now; a pause hides a number of replicas."""
    for override in overrides.at(now).each:
        said = OverrideStatus(until=timestamp(override.until), by=override.by or None, reason=override.reason or None)
        return said.model_copy(update=_asked(override))
    return None


def _asked(override: Override) -> dict[str, bool | int]:
    if isinstance(override, Pause):
        return {"paused": True}
    return {"replicas" if isinstance(override, FixedReplicas) else "min_replicas": override.replicas}


def _valid(overrides: Overrides) -> ConditionUpdate:
    if problems := (*overrides.problems, *overrides.unknown):
        reason = AnnotationsValid.INVALID_ANNOTATION if overrides.problems else AnnotationsValid.UNKNOWN_ANNOTATION
        return ConditionUpdate(reason, f"{' '.join(problems)} {reason.remedy}")
    return ConditionUpdate(AnnotationsValid.ANNOTATIONS_VALID, AnnotationsValid.ANNOTATIONS_VALID.cause)


def _overridden(in_force: Overrides) -> ConditionUpdate:
    for override in in_force.each:
        return _in_force(override)
    return ConditionUpdate(Overridden.NOT_OVERRIDDEN, "No annotation overrides the pool.")


def _in_force(override: Override) -> ConditionUpdate:
    said = ": ".join(filter(None, (override.by, override.reason)))
    until = f"until {written(override.until)} by annotation"
    author = f" ({said})" if said else ""
    if isinstance(override, Pause):
        return _updated(Overridden.PAUSED, f"Paused {until} {PAUSED_UNTIL}{author}.")
    replicas = counted(override.replicas, "replica")
    if isinstance(override, FixedReplicas):
        return _updated(Overridden.REPLICAS_FIXED, f"Fixed at {replicas} {until} {OVERRIDE}{author}.")
    return _updated(Overridden.MIN_REPLICAS_RAISED, f"At least {replicas} {until} {OVERRIDE}{author}.")


def _updated(reason: Overridden, message: str) -> ConditionUpdate:
    return ConditionUpdate(reason, f"{message} {reason.remedy}")
