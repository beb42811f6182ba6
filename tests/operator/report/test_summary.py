"""What `Ready` and `Stalled` make of everything that is true of a pool."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.api.condition_reasons import (
    CONDITIONS,
    AbleToScale,
    CapacityAvailable,
    Connected,
    InFlightKnown,
    ObjectiveMet,
    Overridden,
    Ready,
    ScalingActive,
    ScalingLimited,
    SlotsEffective,
    Stalled,
    TargetFound,
    TargetSafe,
    WorkersPolling,
)
from controller.api.conditions import FALSE, TRUE, ConditionReason, ConditionType
from controller.api.model import timestamp
from controller.api.overrides import Overrides, Pause
from controller.api.status import Condition, ConditionStatus
from controller.operator.passes import ConditionUpdate, PassResult
from controller.operator.report.report import Report
from controller.operator.report.summary import STALLED_SECONDS, TABLE, Summary, stalled, summarize
from controller.scaling.decision import NOTHING_BLOCKED, Situation
from controller.scaling.memory import Memory
from controller.scaling.objective.attainment import Attainment
from controller.scaling.objective.waiting_tasks import WaitingTasks
from controller.scaling.observation import Rollout
from tests.operator.builders import deployment
from tests.scaling.builders import NOW, observation, pods, queue, spec, statistics

WELL: Final = ConditionUpdate(Ready.AUTOSCALING, "3 replicas.")
LATE: Final = Attainment(10, waiting={"orders": WaitingTasks(statistics=statistics(5, age_seconds=60))})
REASONS: Final = [reason for group in CONDITIONS for reason in group]

SILENT: Final = {
    Overridden.NOT_OVERRIDDEN,
    ScalingLimited.DESIRED_WITHIN_RANGE,
    Stalled.NOT_STALLED,
    WorkersPolling.NO_POLLER,
    WorkersPolling.POLLERS_UNKNOWN,
    InFlightKnown.WORKERS_NOT_POLLING,
    InFlightKnown.SOURCE_SWITCHED_OFF,
    SlotsEffective.SLOTS_PENDING,
    SlotsEffective.SLOTS_DIFFER,
    ObjectiveMet.CAPACITY_MISSING,
    ObjectiveMet.PAUSED,
    ObjectiveMet.STATISTICS_UNKNOWN,
    *(reason for reason in TargetSafe if reason != TargetSafe.TARGET_SAFE),
}
"""Reasons that are not True and that `Ready` leaves out: fine, or advice, or said better by another condition."""


def result(**fields: Any) -> PassResult:
    """What a pass decided for a steady pool of three replicas."""
    seen = observation(queue(30), replicas=3, pods=pods(3, used=5))
    return PassResult.of(Situation(spec(), seen, Memory(), NOW, **fields), deployment(replicas=3))


def said(
    *reasons: ConditionReason,
    attainment: Attainment = LATE,
    of: PassResult | None = None,
    previous: Mapping[str, Condition] | None = None,
) -> Summary:
    """What `Ready` says of these reasons."""
    updates = tuple(ConditionUpdate(reason, f"{reason}!") for reason in reasons)
    report = Report(updates, WELL, is_failure=False, result=of, attainment=attainment)
    return summarize(report, previous or {}, NOW)


def key(reason: ConditionReason) -> tuple[ConditionType, str]:
    """Words occur in several conditions."""
    return reason.condition, str(reason)


def test_every_reason_that_is_not_true_has_its_place_or_is_left_out_on_purpose() -> None:
    """A new reason has to be put into the table, or among those that `Ready` leaves out."""
    placed = {key(row.reason) for row in TABLE}
    left_out = {key(reason) for reason in SILENT}
    assert not placed & left_out
    assert {key(r) for r in REASONS if r.status != ConditionStatus.TRUE} <= placed | left_out


def test_all_that_stops_a_release_comes_before_all_that_does_not() -> None:
    """A pause must not hide a crash loop."""
    statuses = [row.status == ConditionStatus.TRUE for row in TABLE]
    assert statuses == sorted(statuses)
    assert not any(row.needs_person for row in TABLE if row.status == ConditionStatus.TRUE)


@given(st.lists(st.sampled_from(REASONS), max_size=12, unique_by=lambda reason: reason.condition), st.booleans())
def test_ready_has_the_reason_of_the_first_row_that_is_true(reasons: list[ConditionReason], late: bool) -> None:  # noqa: FBT001
    """Whatever else is true, and in whichever order it was found."""
    attainment = LATE if late else Attainment()
    summary = said(*reasons, attainment=attainment)
    report = Report((), WELL, is_failure=False, attainment=attainment)
    there = {key(reason) for reason in (*reasons, Ready.AUTOSCALING)}
    rows = [row for row in TABLE if key(row.reason) in there and row.when.holds(report)]
    assert (summary.status, summary.reason) == (rows[0].status, rows[0].shown_as or rows[0].reason)
    stops = any(row.status != ConditionStatus.TRUE for row in rows)
    assert (summary.status != ConditionStatus.TRUE) is stops
    assert said(*reversed(reasons), attainment=attainment) == summary


@pytest.mark.parametrize(
    ("reasons", "status", "reason"),
    [
        ((WorkersPolling.NO_POLLER, InFlightKnown.NO_REPLICAS), TRUE, "Autoscaling"),
        ((CapacityAvailable.PROVISIONING,), TRUE, "Provisioning"),
        ((ObjectiveMet.STARTING,), TRUE, "Starting"),
        ((ObjectiveMet.CAUSE_UNKNOWN,), TRUE, "TasksLate"),
        ((SlotsEffective.SLOTS_PENDING, TargetSafe.NO_RESOURCE_REQUESTS), TRUE, "Autoscaling"),
        ((InFlightKnown.HEARTBEATS_MISSING,), TRUE, "HeartbeatsMissing"),
        ((Overridden.PAUSED, ObjectiveMet.PAUSED), TRUE, "Paused"),
        ((Overridden.PAUSED, CapacityAvailable.CRASH_LOOP_BACK_OFF), FALSE, "CrashLoopBackOff"),
        ((ObjectiveMet.CAPACITY_MISSING, CapacityAvailable.FAILED_CREATE), FALSE, "FailedCreate"),
        ((AbleToScale.TARGET_CONTESTED, CapacityAvailable.CRASH_LOOP_BACK_OFF), FALSE, "TargetContested"),
        ((WorkersPolling.NOT_POLLING, ScalingActive.SLOTS_UNKNOWN), FALSE, "NotPolling"),
        ((ObjectiveMet.AT_MAX_REPLICAS, ScalingLimited.TOO_MANY_REPLICAS), FALSE, "AtMaxReplicas"),
        ((ObjectiveMet.RATE_LIMITED, InFlightKnown.HEARTBEATS_MISSING), FALSE, "RateLimited"),
        ((Connected.CONNECTION_REFUSED, ScalingActive.FAILED_GET_BACKLOG), FALSE, "ConnectionRefused"),
        ((TargetFound.TARGET_NOT_FOUND, Connected.CONNECTION_REFUSED), FALSE, "ConnectionRefused"),
    ],
)
def test_the_worst_thing_that_is_true_is_the_reason(
    reasons: tuple[ConditionReason, ...], status: ConditionStatus, reason: str
) -> None:
    """Waits for `Ready` don't hang on a pool at zero, on one that starts, or on what is only worth knowing."""
    summary = said(*reasons)
    assert (summary.status, str(summary.reason)) == (status, reason)


def test_tasks_that_were_late_within_the_hour_stop_nothing_once_none_is_late() -> None:
    """The condition ObjectiveMet stays False until they have left its window."""
    assert said(ObjectiveMet.AT_MAX_REPLICAS, attainment=Attainment(10)).reason == Ready.AUTOSCALING


def test_one_pod_with_a_trouble_of_its_own_stops_nothing() -> None:
    """Others of its ReplicaSet start; where none does, also beside an older template that works, a release stops."""
    steady = result()
    stuck = replace(steady, decision=replace(steady.decision, capacity=replace(NOTHING_BLOCKED, templates={"new"})))  # type: ignore[arg-type]
    crash = CapacityAvailable.CRASH_LOOP_BACK_OFF
    assert said(crash, of=steady).status == ConditionStatus.TRUE
    assert said(crash, of=stuck).status == ConditionStatus.FALSE


def condition(type_: ConditionType, status: ConditionStatus, reason: str, seconds: float) -> Condition:
    """A condition that has had its status for so long."""
    since = timestamp(NOW - seconds)
    return Condition(type=type_, status=status, reason=reason, message="", last_transition_time=since)


def test_a_paused_pool_says_for_how_long_until_when_and_what_it_would_do() -> None:
    """Without a person who does sums."""
    paused = result(overrides=Overrides(pause=Pause(NOW + 3600)))
    before = {"Overridden": condition(ConditionType.OVERRIDDEN, TRUE, "Paused", 7200)}
    until = datetime.fromtimestamp(NOW + 3600, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    first, later = said(Overridden.PAUSED, of=paused), said(Overridden.PAUSED, of=paused, previous=before)
    assert first.message.startswith(
        f"Paused, until {until} by annotation workerpools.dev/paused-until: 3 replicas stay"
    )
    assert later.message.startswith(f"Paused for 2h, until {until} by annotation")
    assert "are recommended now" in later.message or "as recommended" in later.message


@pytest.mark.parametrize(
    ("seconds", "needs_person", "rollout", "expected"),
    [
        (STALLED_SECONDS, True, Rollout.NONE, Stalled.ACTION_REQUIRED),
        (STALLED_SECONDS, True, Rollout.STUCK, Stalled.ACTION_REQUIRED),
        (STALLED_SECONDS - 1, True, Rollout.NONE, Stalled.NOT_STALLED),
        (STALLED_SECONDS, True, Rollout.RUNNING, Stalled.NOT_STALLED),
        (STALLED_SECONDS, False, Rollout.NONE, Stalled.NOT_STALLED),
    ],
)
def test_a_pool_is_stalled_when_only_a_person_can_help_it_and_that_lasts(
    seconds: float, rollout: Rollout, expected: Stalled, *, needs_person: bool
) -> None:
    """Objects that are applied together come in any order, and a rollout may be the fix."""
    steady = result()
    seen = replace(steady.situation.observation, rollout=rollout)
    report = Report(
        (), WELL, is_failure=False, result=replace(steady, situation=replace(steady.situation, observation=seen))
    )
    summary = Summary(FALSE, CapacityAvailable.CRASH_LOOP_BACK_OFF, "It crashes.", needs_person)
    before = condition(ConditionType.READY, FALSE, "CrashLoopBackOff", seconds)
    assert stalled(summary, report, before, NOW).reason is expected
    assert stalled(summary, report, None, NOW).reason is Stalled.NOT_STALLED
    was_ready = condition(ConditionType.READY, TRUE, "Autoscaling", seconds)
    assert stalled(summary, report, was_ready, NOW).reason is Stalled.NOT_STALLED
