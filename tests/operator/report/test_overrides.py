"""What conditions and status say of annotations."""

from controller.api.condition_reasons import AnnotationsValid, Overridden, Ready
from controller.api.conditions import ConditionReason
from controller.api.overrides import PAUSED_UNTIL, FixedReplicas, Overrides, Pause
from controller.operator.findings import Finding, conditions
from controller.operator.report.events import transitions
from controller.operator.report.overriding import override_status, overriding
from tests.operator.builders import NOW

GOOD = Finding(Ready.AUTOSCALING, "All is well.")
PAUSE, FIXED = Pause(NOW + 60), FixedReplicas(1, NOW + 120, "flash sale", "jo")


def told(overrides: Overrides, *earlier: Overrides) -> list[ConditionReason]:
    """The reasons of the findings, after passes that saw earlier annotations."""
    previous = conditions((), GOOD, (), 1, NOW)
    for each in earlier:
        previous = conditions(overriding(each, previous, NOW), GOOD, previous, 1, NOW)
    return [finding.reason for finding in overriding(overrides, previous, NOW)]


def test_a_pool_that_never_had_an_annotation_says_nothing_of_them() -> None:
    """Two more conditions on every pool would tell nobody anything."""
    assert told(Overrides()) == []
    assert told(Overrides(pause=Pause(NOW))) == []


def test_what_is_in_force_is_told_and_then_that_it_is_over() -> None:
    """A pause before a fixed number; garbage apart from both."""
    assert told(Overrides(PAUSE, FIXED)) == [Overridden.PAUSED]
    assert told(Overrides(fixed=FIXED)) == [Overridden.REPLICAS_FIXED]
    assert told(Overrides(), Overrides(PAUSE)) == [Overridden.NOT_OVERRIDDEN]
    garbled = Overrides(PAUSE, problems=("It is ignored.",))
    assert told(garbled) == [AnnotationsValid.INVALID_ANNOTATION, Overridden.PAUSED]
    assert told(Overrides(), garbled) == [AnnotationsValid.ANNOTATIONS_VALID, Overridden.NOT_OVERRIDDEN]


def test_the_words_say_who_why_and_until_when() -> None:
    """And how to end it now."""
    (fixed,) = overriding(Overrides(fixed=FIXED), (), NOW)
    assert fixed.message == (
        "1 replica by annotation workerpools.dev/override until 1970-01-01T02:48:40Z (jo: flash sale); "
        "remove it to let the work decide now."
    )
    (anonymous,) = overriding(Overrides(fixed=FixedReplicas(2, NOW + 120)), (), NOW)
    assert "until 1970-01-01T02:48:40Z; remove it" in anonymous.message


def test_status_has_what_is_in_force() -> None:
    """A pause hides the number; nothing is left of what is over."""
    paused, fixed = override_status(Overrides(PAUSE, FIXED), NOW), override_status(Overrides(fixed=FIXED), NOW)
    assert paused is not None
    assert fixed is not None
    assert (paused.paused, paused.replicas, paused.until.timestamp()) == (True, None, PAUSE.until)
    assert (fixed.paused, fixed.replicas, fixed.by, fixed.reason) == (None, 1, "jo", "flash sale")
    assert override_status(Overrides(PAUSE, FIXED), NOW + 120) is None


def test_an_end_beyond_all_years_is_the_last_moment_in_status() -> None:
    """In its own zone it is within them; the pool is paused, and its pass does not end in an error."""
    status = override_status(Overrides.of({PAUSED_UNTIL: "9999-12-31T23:59:59-14:00"}), NOW)
    assert status is not None
    assert status.to_manifest() == {"paused": True, "until": "9999-12-31T23:59:59Z"}


def test_each_override_is_one_event_when_it_begins_and_one_when_it_ends() -> None:
    """Garbage is a Warning; nothing is told again while it stays."""
    passes = [Overrides(PAUSE), Overrides(PAUSE), Overrides(), Overrides(problems=("It is ignored.",))]
    previous = conditions((), GOOD, (), 1, NOW)
    seen: list[tuple[str, str]] = []
    for each in (*passes, passes[-1]):
        after = conditions(overriding(each, previous, NOW), GOOD, previous, 1, NOW)
        seen += [(str(event.type), event.reason) for event in transitions(previous, after)]
        previous = after
    assert seen == [("Normal", "Paused"), ("Normal", "NotOverridden"), ("Warning", "InvalidAnnotation")]
