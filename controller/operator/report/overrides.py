"""What conditions and status say of an on-call engineer's annotations."""

from controller.api.condition_reasons import AnnotationsValid, Overridden
from controller.api.model import timestamp, written
from controller.api.overrides import OVERRIDE, PAUSED_UNTIL, Overrides
from controller.api.status import OverrideStatus
from controller.operator.passes import ConditionUpdate
from controller.scaling.text import counted


def overriding(overrides: Overrides, now: float) -> tuple[ConditionUpdate, ...]:
    """What the conditions about annotations say."""
    return _valid(overrides), _overridden(overrides.at(now))


def override_status(overrides: Overrides, now: float) -> OverrideStatus | None:
    """What is in force now; a pause hides a number of replicas."""
    in_force = overrides.at(now)
    if pause := in_force.pause:
        return OverrideStatus(paused=True, until=timestamp(pause.until))
    if fixed := in_force.fixed:
        who, why = fixed.by or None, fixed.reason or None
        return OverrideStatus(replicas=fixed.replicas, until=timestamp(fixed.until), by=who, reason=why)
    return None


def _valid(overrides: Overrides) -> ConditionUpdate:
    if overrides.problems:
        reason = AnnotationsValid.INVALID_ANNOTATION
        return ConditionUpdate(reason, f"{' '.join(overrides.problems)} {reason.remedy}")
    return ConditionUpdate(AnnotationsValid.ANNOTATIONS_VALID, AnnotationsValid.ANNOTATIONS_VALID.cause)


def _overridden(in_force: Overrides) -> ConditionUpdate:
    if pause := in_force.pause:
        message = f"Paused until {written(pause.until)} by annotation {PAUSED_UNTIL}. {Overridden.PAUSED.remedy}"
        return ConditionUpdate(Overridden.PAUSED, message)
    if fixed := in_force.fixed:
        words = ": ".join(filter(None, (fixed.by, fixed.reason)))
        message = (
            f"Fixed at {counted(fixed.replicas, 'replica')} until {written(fixed.until)} by annotation {OVERRIDE}"
            f"{f' ({words})' if words else ''}. {Overridden.REPLICAS_FIXED.remedy}"
        )
        return ConditionUpdate(Overridden.REPLICAS_FIXED, message)
    return ConditionUpdate(Overridden.NOT_OVERRIDDEN, "No annotation overrides the pool.")
