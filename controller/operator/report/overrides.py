"""What conditions and status say of an on-call engineer's annotations."""

from collections.abc import Iterable, Iterator

from controller.api.condition_reasons import AnnotationsValid, Overridden
from controller.api.conditions import ConditionType
from controller.api.model import timestamp, written
from controller.api.overrides import OVERRIDE, PAUSED_UNTIL, Overrides
from controller.api.status import Condition, OverrideStatus
from controller.operator.findings import Finding
from controller.scaling.text import counted


def overriding(overrides: Overrides, previous: Iterable[Condition], now: float) -> Iterator[Finding]:
    """The findings about annotations; a pool that never had one says nothing of them."""
    told = {condition.type for condition in previous}
    if overrides.problems:
        words = f"{' '.join(overrides.problems)} {AnnotationsValid.INVALID_ANNOTATION.remedy}"
        yield Finding(AnnotationsValid.INVALID_ANNOTATION, words)
    elif ConditionType.ANNOTATIONS_VALID in told:
        yield Finding(AnnotationsValid.ANNOTATIONS_VALID, AnnotationsValid.ANNOTATIONS_VALID.cause)
    in_force = overrides.at(now)
    if in_force.ends or ConditionType.OVERRIDDEN in told:
        yield _overridden(in_force)


def override_status(overrides: Overrides, now: float) -> OverrideStatus | None:
    """What is in force now; a pause hides a number of replicas."""
    in_force = overrides.at(now)
    if pause := in_force.pause:
        return OverrideStatus(paused=True, until=timestamp(pause.until))
    if fixed := in_force.fixed:
        who, why = fixed.by or None, fixed.reason or None
        return OverrideStatus(replicas=fixed.replicas, until=timestamp(fixed.until), by=who, reason=why)
    return None


def _overridden(in_force: Overrides) -> Finding:
    if pause := in_force.pause:
        message = f"Paused by annotation {PAUSED_UNTIL} until {written(pause.until)}; remove it to end the pause now."
        return Finding(Overridden.PAUSED, message)
    if fixed := in_force.fixed:
        words = ": ".join(filter(None, (fixed.by, fixed.reason)))
        said = f" ({words})" if words else ""
        message = (
            f"{counted(fixed.replicas, 'replica')} by annotation {OVERRIDE} until {written(fixed.until)}{said}; "
            "remove it to let the work decide now."
        )
        return Finding(Overridden.REPLICAS_FIXED, message)
    return Finding(Overridden.NOT_OVERRIDDEN, "No annotation overrides the pool now.")
