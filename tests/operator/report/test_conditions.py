"""Conditions: what a pass checked, what it could not, and what `Ready` makes of it."""

from datetime import UTC, datetime

import pytest

from controller.api.condition_reasons import (
    CapacityAvailable,
    CertificateCurrent,
    Connected,
    InFlightKnown,
    ObjectiveMet,
    Ready,
    ScalingLimited,
    SlotsEffective,
    TargetFound,
)
from controller.api.conditions import NOT_CHECKED, ConditionType
from controller.api.status import Condition, ConditionStatus
from controller.operator.passes import ConditionUpdate
from controller.operator.pool import Pool
from controller.operator.report.conditions import conditions, in_the_way
from controller.operator.report.report import Report
from tests.operator.builders import pool

GOOD = ConditionUpdate(Ready.AUTOSCALING, "4 replicas.")
BROKEN = ConditionUpdate(Ready.RECONCILE_ERROR, "It raised.")
FOUND = ConditionUpdate(TargetFound.TARGET_FOUND, "Deployment worker.")
MISSING = ConditionUpdate(TargetFound.TARGET_NOT_FOUND, "No Deployment worker.")
REFUSED = ConditionUpdate(Connected.SERVER_UNREACHABLE, "temporal:7233 refuses.")
COMING = ConditionUpdate(CapacityAvailable.PODS_COMING, "3 pods are ready.")
LATE = ConditionUpdate(ObjectiveMet.AT_MAX_REPLICAS, "80 % started in time.")
POOL = pool()
TIMED = pool(objective={"scheduleToStartSeconds": 15})
MAYBE = {
    ConditionType.CERTIFICATE_CURRENT,
    ConditionType.ANNOTATIONS_VALID,
    ConditionType.OVERRIDDEN,
    ConditionType.OBJECTIVE_MET,
    ConditionType.OBJECTS_READABLE,
    ConditionType.SCHEDULES_VALID,
    ConditionType.STALLED,
}
"""Types that not every pool has."""


def after(
    *updates: ConditionUpdate,
    ready: ConditionUpdate = GOOD,
    previous: dict[str, Condition] | None = None,
    of: Pool = POOL,
    now: float = 0,
    keep: bool = False,
) -> dict[str, Condition]:
    """The conditions after a pass, by type."""
    report = Report(updates, ready, is_failure=False, keeps_unchecked=keep)
    made = conditions(of, report, (previous or {}).values(), now)
    return {condition.type: condition for condition in made}


def test_nothing_is_in_the_way_of_a_pool_with_limits_and_unknowns() -> None:
    """A limit, slots that wait for a free moment and pods that don't report keep no one waiting for `Ready`."""
    limited = ConditionUpdate(ScalingLimited.TOO_MANY_REPLICAS, "Limited to maxReplicas 5.")
    pending = ConditionUpdate(SlotsEffective.SLOTS_PENDING, "SLOTS=7 waits.")
    unreported = ConditionUpdate(InFlightKnown.HEARTBEATS_MISSING, "2 pods do not report.")
    assert in_the_way([FOUND, limited, pending, unreported]) is None


def test_the_first_problem_in_the_order_of_the_types_is_in_the_way() -> None:
    """The connection comes before the target, in whichever order they were found."""
    assert in_the_way([MISSING, REFUSED]) is REFUSED


def test_a_condition_keeps_its_transition_time_while_its_status_stays() -> None:
    """Another reason or message is no transition."""
    first = after(REFUSED, now=100)
    other = ConditionUpdate(Connected.REQUEST_FAILED, "temporal:7233 says no.")
    connected = after(other, previous=first, of=pool(generation=2), now=200)["Connected"]
    assert (connected.reason, connected.observed_generation) == ("RequestFailed", 2)
    assert connected.last_transition_time == datetime.fromtimestamp(100, UTC)


def test_a_condition_gets_a_new_transition_time_with_a_new_status() -> None:
    """From False to True the time begins anew."""
    second = after(FOUND, previous=after(MISSING, now=100), now=200)["TargetFound"]
    assert (second.status, second.last_transition_time) == (ConditionStatus.TRUE, datetime.fromtimestamp(200, UTC))


def test_every_condition_that_applies_is_there_from_the_first_pass_on() -> None:
    """As `Unknown` where it was not checked, so that a wait for it has something to wait for."""
    first = after(FOUND)
    assert set(first) == set(ConditionType) - MAYBE
    assert {c.reason for c in first.values()} == {"Autoscaling", "TargetFound", NOT_CHECKED}


def test_what_was_not_checked_says_why_and_not_what_it_was() -> None:
    """A Deployment that is gone has no ready pods."""
    capacity = after(MISSING, ready=REFUSED, previous=after(FOUND, COMING), now=200)["CapacityAvailable"]
    assert (capacity.status, capacity.reason) == (ConditionStatus.UNKNOWN, NOT_CHECKED)
    assert capacity.message == "Not checked while TargetFound is False (TargetNotFound)."
    invalid = ConditionUpdate(Ready.INVALID_SPEC, "spec.maxReplicas: not a number.")
    assert after(ready=invalid)["TargetFound"].message == "Not checked while Ready is False (InvalidSpec)."


def test_a_certificate_that_could_not_be_read_is_not_known_to_be_current() -> None:
    """It may be another one by now; a pool that never had one shows nothing of it."""
    expiring = ConditionUpdate(CertificateCurrent.CERTIFICATE_EXPIRING, "It expires in less than 3 days.")
    unread = after(REFUSED, FOUND, previous=after(FOUND, expiring))["CertificateCurrent"]
    assert (unread.reason, unread.message) == (
        NOT_CHECKED, "Not checked while Connected is False (ServerUnreachable)."
    )  # fmt: skip
    assert "CertificateCurrent" not in after(REFUSED, FOUND)


def test_what_most_pools_never_have_is_shown_once_it_was_there() -> None:
    """Then also that it is over."""
    none = ConditionUpdate(CertificateCurrent.NO_CERTIFICATE, "It uses none.")
    expired = ConditionUpdate(CertificateCurrent.CERTIFICATE_EXPIRED, "It has expired.")
    assert "CertificateCurrent" not in after(none)
    assert after(none, previous=after(expired))["CertificateCurrent"].reason == "NoCertificate"


def test_a_condition_that_the_spec_has_no_more_is_removed() -> None:
    """Whether the pass checks the others or fails."""
    before = after(FOUND, LATE, of=TIMED)
    assert before["ObjectiveMet"].reason == "AtMaxReplicas"
    assert "ObjectiveMet" not in after(FOUND, previous=before)
    assert "ObjectiveMet" not in after(MISSING, previous=before)
    assert "ObjectiveMet" not in after(ready=BROKEN, previous=before, keep=True)
    assert after(MISSING, previous=before, of=TIMED)["ObjectiveMet"].reason == NOT_CHECKED


@pytest.mark.parametrize("known", [True, False])
def test_where_the_spec_cannot_be_read_the_conditions_stay_that_were_there(*, known: bool) -> None:
    """It is not known whether the pool still has an objective."""
    before = after(FOUND, LATE, of=TIMED) if known else {}
    unreadable = Pool(TIMED.metadata, "spec.objective: odd")
    assert ("ObjectiveMet" in after(ready=BROKEN, previous=before, of=unreadable)) is known


def test_a_failure_that_may_be_over_at_the_next_try_leaves_conditions_as_they_were() -> None:
    """With the generation that they are about."""
    before = after(FOUND, COMING)
    kept = after(ready=BROKEN, previous=before, of=pool(generation=2), keep=True, now=200)
    assert kept["CapacityAvailable"] == before["CapacityAvailable"]
    assert (kept["Ready"].reason, kept["Ready"].observed_generation) == ("ReconcileError", 2)
    assert after(ready=BROKEN, previous=before)["CapacityAvailable"].reason == NOT_CHECKED
