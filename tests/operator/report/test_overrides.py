"""What conditions and status say of annotations."""

from controller.api.condition_reasons import AnnotationsValid, Overridden, Ready
from controller.api.conditions import ConditionType
from controller.api.overrides import PAUSED_UNTIL, FixedReplicas, LeastReplicas, Overrides, Pause
from controller.api.status import Condition
from controller.operator.passes import ConditionUpdate
from controller.operator.report.conditions import conditions
from controller.operator.report.events import transitions
from controller.operator.report.overrides import override_status, overriding
from controller.operator.report.report import Report
from tests.operator.builders import NOW, pool

GOOD = ConditionUpdate(Ready.AUTOSCALING, "All is well.")
POOL = pool()
PAUSE, FIXED = Pause(NOW + 60), FixedReplicas(1, NOW + 120, "flash sale", "jo")


def after(previous: tuple[Condition, ...], overrides: Overrides) -> tuple[Condition, ...]:
    """The conditions about annotations after one more pass."""
    known = {ConditionType.ANNOTATIONS_VALID, ConditionType.OVERRIDDEN}
    return tuple(
        c
        for c in conditions(POOL, Report(overriding(overrides, NOW), GOOD, is_failure=False), previous, NOW)
        if c.type in known
    )


def reasons(*passes: Overrides) -> list[str]:
    """The reasons of the conditions about annotations after passes that saw these."""
    previous: tuple[Condition, ...] = ()
    for each in passes:
        previous = after(previous, each)
    return [condition.reason for condition in previous]


def test_a_pool_that_never_had_an_annotation_says_nothing_of_them() -> None:
    """Two more conditions on every pool would be noise."""
    assert reasons(Overrides()) == []
    assert reasons(Overrides(pause=Pause(NOW))) == []


def test_what_is_in_force_is_shown_and_then_that_it_is_over() -> None:
    """A pause before a fixed number; garbage apart from both."""
    assert reasons(Overrides(PAUSE, FIXED)) == [Overridden.PAUSED]
    assert reasons(Overrides(fixed=FIXED)) == [Overridden.REPLICAS_FIXED]
    assert reasons(Overrides(least=LeastReplicas(1, NOW + 60))) == [Overridden.MIN_REPLICAS_RAISED]
    assert reasons(Overrides(unknown=("It is unknown.",))) == [AnnotationsValid.UNKNOWN_ANNOTATION]
    assert reasons(Overrides(PAUSE), Overrides()) == [Overridden.NOT_OVERRIDDEN]
    garbled = Overrides(PAUSE, problems=("It is ignored.",))
    assert reasons(garbled) == [AnnotationsValid.INVALID_ANNOTATION, Overridden.PAUSED]
    assert reasons(garbled, Overrides()) == [AnnotationsValid.ANNOTATIONS_VALID, Overridden.NOT_OVERRIDDEN]


def test_the_message_has_who_why_and_until_when() -> None:
    """And how to end it now."""
    _, fixed = overriding(Overrides(fixed=FIXED), NOW)
    assert fixed.message == (
        "Fixed at 1 replica until 1970-01-01T02:48:40Z by annotation workerpools.dev/override (jo: flash sale). "
        + Overridden.REPLICAS_FIXED.remedy
    )
    _, anonymous = overriding(Overrides(fixed=FixedReplicas(2, NOW + 120)), NOW)
    assert "workerpools.dev/override. " in anonymous.message


def test_status_has_what_is_in_force() -> None:
    """A pause hides the number; nothing is left of what is over."""
    paused, fixed = override_status(Overrides(PAUSE, FIXED), NOW), override_status(Overrides(fixed=FIXED), NOW)
    assert paused is not None
    assert fixed is not None
    assert (paused.paused, paused.replicas, paused.until.timestamp()) == (True, None, PAUSE.until)
    assert (fixed.paused, fixed.replicas, fixed.by, fixed.reason) == (None, 1, "jo", "flash sale")
    assert override_status(Overrides(PAUSE, FIXED), NOW + 120) is None
    least = override_status(Overrides(least=LeastReplicas(2, NOW + 60, by="jo")), NOW)
    assert least is not None
    assert (least.paused, least.replicas, least.min_replicas, least.by) == (None, None, 2, "jo")


def test_an_end_beyond_all_years_is_the_last_moment_in_status() -> None:
    """In its own zone it is within them; the pool is paused, and its pass does not end in an error."""
    status = override_status(Overrides.of({PAUSED_UNTIL: "9999-12-31T23:59:59-14:00"}), NOW)
    assert status is not None
    assert status.to_manifest() == {"paused": True, "until": "9999-12-31T23:59:59Z"}


def test_each_override_is_one_event_when_it_begins_and_one_when_it_ends() -> None:
    """Garbage is a Warning; nothing is announced again while it stays."""
    passes = [Overrides(PAUSE), Overrides(PAUSE), Overrides(), Overrides(problems=("It is ignored.",))]
    previous: tuple[Condition, ...] = ()
    seen: list[tuple[str, str]] = []
    for each in (*passes, passes[-1]):
        now = after(previous, each)
        seen += [(str(event.type), event.reason) for event in transitions(previous, now)]
        previous = now
    assert seen == [("Normal", "Paused"), ("Normal", "NotOverridden"), ("Warning", "InvalidAnnotation")]
