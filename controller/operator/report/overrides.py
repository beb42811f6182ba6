"""What conditions and status say of an on-call engineer's annotations."""

from typing import Final

from controller.api.condition_reasons import AnnotationsValid, Overridden
from controller.api.model import timestamp, written
from controller.api.overrides import FixedReplicas, LeastReplicas, Override, Overrides, Pause, annotation
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


def in_force(override: Override) -> str:
    """What an override does, until when, by which annotation, by whose word and why, as a sentence."""
    said = ": ".join(filter(None, (override.by, override.reason)))
    until = f"until {written(override.until)} by annotation {annotation(override)[0]}{f' ({said})' if said else ''}"
    if isinstance(override, Pause):
        return f"Paused {until}."
    what = "Fixed at" if isinstance(override, FixedReplicas) else "At least"
    return f"{what} {counted(override.replicas, 'replica')} {until}."


_REASONS: Final = {
    Pause: Overridden.PAUSED,
    FixedReplicas: Overridden.REPLICAS_FIXED,
    LeastReplicas: Overridden.MIN_REPLICAS_RAISED,
}


def _overridden(now_in_force: Overrides) -> ConditionUpdate:
    for override in now_in_force.each:
        reason = _REASONS[type(override)]
        return ConditionUpdate(reason, f"{in_force(override)} {reason.remedy}")
    return ConditionUpdate(Overridden.NOT_OVERRIDDEN, "No annotation overrides the pool.")
