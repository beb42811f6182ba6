"""Conditions: made of findings, with a summary that names what is in the way."""

from datetime import UTC, datetime

from controller.api.condition_reasons import (
    Connected,
    InFlightKnown,
    Ready,
    ScalingLimited,
    SlotsEffective,
    TargetFound,
)
from controller.api.conditions import ConditionType
from controller.api.status import ConditionStatus
from controller.operator.findings import Finding, conditions, summary

GOOD = Finding(Ready.AUTOSCALING, "4 replicas.")
FOUND = Finding(TargetFound.TARGET_FOUND, "Deployment worker.")
MISSING = Finding(TargetFound.TARGET_NOT_FOUND, "No Deployment worker.")
REFUSED = Finding(Connected.SERVER_UNREACHABLE, "temporal:7233 refuses.")


def test_ready_is_good_when_nothing_is_in_the_way() -> None:
    """A limit that bites, slots that wait for a free moment and silent pods keep nobody waiting for `Ready`."""
    limited = Finding(ScalingLimited.TOO_MANY_REPLICAS, "9 are wanted; maxReplicas is 5.")
    pending = Finding(SlotsEffective.SLOTS_PENDING, "SLOTS=7 waits.")
    silent = Finding(InFlightKnown.HEARTBEATS_MISSING, "2 pods do not report.")
    assert summary([FOUND, limited, pending, silent], GOOD) is GOOD


def test_ready_repeats_the_first_trouble_in_the_order_of_the_types() -> None:
    """The connection comes before the target, in whichever order they were found."""
    assert summary([MISSING, REFUSED], GOOD) is REFUSED


def test_a_condition_keeps_its_transition_time_while_its_status_stays() -> None:
    """Another reason or message is no transition."""
    first = conditions([REFUSED], REFUSED, (), generation=1, now=100)
    other = Finding(Connected.REQUEST_FAILED, "temporal:7233 says no.")
    second = conditions([other], other, first, generation=2, now=200)
    connected = next(c for c in second if c.type == ConditionType.CONNECTED)
    assert (connected.reason, connected.observed_generation) == ("RequestFailed", 2)
    assert connected.last_transition_time == datetime.fromtimestamp(100, UTC)


def test_a_condition_gets_a_new_transition_time_with_a_new_status() -> None:
    """From False to True the clock starts anew."""
    first = conditions([MISSING], MISSING, (), generation=1, now=100)
    second = conditions([FOUND], GOOD, first, generation=1, now=200)
    assert [c.status for c in second] == [ConditionStatus.TRUE, ConditionStatus.TRUE]
    assert {c.last_transition_time for c in second} == {datetime.fromtimestamp(200, UTC)}


def test_an_aspect_without_a_word_keeps_its_condition() -> None:
    """A pass that found no target says nothing about the slots, and forgets nothing about them."""
    slots = Finding(SlotsEffective.SLOTS_IN_FORCE, "Slots per replica: orders/Activity 7.")
    first = conditions([FOUND, slots], GOOD, (), generation=1, now=100)
    second = conditions([MISSING], MISSING, first, generation=1, now=200)
    assert [c.type for c in second] == [ConditionType.READY, ConditionType.TARGET_FOUND, ConditionType.SLOTS_EFFECTIVE]
