"""Schedules of minReplicas: when they are in force, and when that changes."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.api.spec import Schedule
from controller.scaling.decide import decide
from controller.scaling.decision import NOTHING_SCHEDULED, Scheduled, Step
from controller.scaling.memory import Memory
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.rules.bounds import scheduled
from tests.scaling.builders import observation, outcome, queue, spec

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = {"cron": "0 8 * * 1-5", "timeZone": "Europe/Berlin", "durationSeconds": 36_000, "minReplicas": 4}


def schedule(**fields: object) -> Schedule:
    """Office hours, from 8 to 18 in Berlin."""
    return Schedule.model_validate(OFFICE | fields)


def berlin(*moment: int) -> float:
    """A local time in Berlin, in seconds since the Unix epoch."""
    return datetime(*moment, tzinfo=BERLIN).timestamp()  # type: ignore[arg-type, misc]  # its parts are numbers


@pytest.mark.parametrize(
    ("now", "lowest", "next_change"),
    [
        pytest.param(berlin(2026, 11, 24, 7, 59), 0, berlin(2026, 11, 24, 8), id="before"),
        pytest.param(berlin(2026, 11, 24, 8), 4, berlin(2026, 11, 24, 18), id="from its first second"),
        pytest.param(berlin(2026, 11, 24, 17, 59, 59), 4, berlin(2026, 11, 24, 18), id="to its last one"),
        pytest.param(berlin(2026, 11, 24, 18), 0, berlin(2026, 11, 25, 8), id="after"),
        pytest.param(berlin(2026, 11, 27, 18), 0, berlin(2026, 11, 30, 8), id="over the week-end"),
        pytest.param(berlin(2026, 3, 27, 18), 0, berlin(2026, 3, 30, 8), id="over the beginning of summer time"),
        pytest.param(berlin(2026, 10, 23, 18), 0, berlin(2026, 10, 26, 8), id="over its end"),
    ],
)
def test_a_schedule_is_in_force_for_its_duration(now: float, lowest: int, next_change: float) -> None:
    """In local time."""
    state = scheduled([schedule()], now)
    assert (state.min_replicas, state.next_change_at) == (lowest, next_change)


def test_summer_time_moves_the_hour_in_utc() -> None:
    """8 o'clock in Berlin is 7 o'clock UTC in winter and 6 o'clock in summer."""
    starts = [scheduled([schedule()], berlin(*day)).next_change_at for day in ((2026, 3, 27, 18), (2026, 10, 23, 18))]
    assert [datetime.fromtimestamp(start or 0, UTC).hour for start in starts] == [6, 7]


def test_an_hour_that_the_clock_skips_begins_when_it_jumps() -> None:
    """There is no 02:30 on the last Sunday of March: it begins at 03:00."""
    night = schedule(cron="30 2 * * *", durationSeconds=600)
    assert scheduled([night], berlin(2026, 3, 29, 1)).next_change_at == berlin(2026, 3, 29, 3)


def test_the_highest_of_several_wins() -> None:
    """And the next change is the nearest of all."""
    peak = schedule(cron="0 12 * * *", durationSeconds=3600, minReplicas=7)
    state = scheduled([schedule(), peak], berlin(2026, 11, 24, 12, 30))
    assert state == Scheduled(7, "0 12 * * *", berlin(2026, 11, 24, 13))
    equal = scheduled([schedule(), schedule(cron="0 9 * * *")], berlin(2026, 11, 24, 12))
    assert (equal.min_replicas, equal.cron) == (4, "0 8 * * 1-5")


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"cron": "61 8 * * *"}, 'Schedule "61 8 * * *" is ignored: Bad minute. Correct its cron.'),
        (
            {"timeZone": "Mars/Base"},
            'Schedule "0 8 * * 1-5" is ignored: its timeZone Mars/Base is unknown. Use a name such as Europe/Berlin.',
        ),
    ],
)
def test_a_schedule_that_cannot_be_read_is_told_and_ignored(fields: dict[str, str], problem: str) -> None:
    """The others count."""
    now = berlin(2026, 11, 24, 12)
    state = scheduled([schedule(**fields), schedule(minReplicas=2)], now)
    assert (state.min_replicas, state.problems) == (2, (problem,))
    decision = decide(spec(schedules=[OFFICE | fields]), observation(replicas=1), Memory(), now)
    assert Step(Rule.BOUNDS, StepReason.INVALID_SCHEDULE, problem, 1, 1) in decision.steps


@pytest.mark.parametrize(
    "time_zone",
    ["America", "US", "America/Argentina", "zone.tab", "tzdata.zi", "../etc/passwd", "/etc/passwd", "a\0b", "x" * 64],
)
def test_a_name_that_is_no_time_zone_is_told_whatever_it_is_to_the_file_system(time_zone: str) -> None:
    """Folders of the database, its lists, paths out of it, and what can be no path at all; the cron is no problem."""
    (problem,) = scheduled([schedule(timeZone=time_zone)], berlin(2026, 11, 24, 12)).problems
    assert f"its timeZone {time_zone} is unknown" in problem


def test_a_schedule_without_a_time_zone_is_in_utc() -> None:
    """The API server fills in nothing, and an empty value of a Helm chart is none."""
    state = [scheduled([schedule(timeZone=zone)], berlin(2026, 11, 24, 7)) for zone in ("UTC", None)]
    assert state[0] == state[1]
    assert scheduled([Schedule.model_validate({k: v for k, v in OFFICE.items() if k != "timeZone"})], 0) == scheduled(
        [schedule(timeZone="UTC")], 0
    )


@given(
    cron=st.lists(st.text("0123456789ALW*/,#?-", min_size=1, max_size=6), min_size=5, max_size=5).map(" ".join),
    time_zone=st.text(min_size=1, max_size=64),
    now=st.floats(0, 1e10),
)
def test_whatever_the_crd_lets_through_is_read_or_told(cron: str, time_zone: str, now: float) -> None:
    """Nothing that a schedule may say leaves the decision as an exception."""
    scheduled([schedule(cron=cron, timeZone=time_zone), schedule(cron=cron)], now)


def test_without_schedules_nothing_is_scheduled() -> None:
    """No number and no next change."""
    assert scheduled([], berlin(2026, 11, 24, 12)) == NOTHING_SCHEDULED


def test_a_schedule_raises_a_pool_and_keeps_it_from_zero() -> None:
    """The decision names the schedule and when it changes next."""
    now = berlin(2026, 11, 24, 12)
    decision = decide(spec(schedules=[OFFICE]), observation(replicas=0), Memory(), now)
    step = decision.step(Rule.BOUNDS)
    assert step is not None
    assert (decision.desired_replicas, step.reason) == (4, StepReason.SCHEDULED)
    assert decision.scheduled.next_change_at == berlin(2026, 11, 24, 18)


def test_a_schedule_has_no_say_where_its_number_is_wanted_anyway() -> None:
    """20 tasks, 5 per replica."""
    decision = decide(spec(schedules=[OFFICE]), observation(queue(20), replicas=4), Memory(), berlin(2026, 11, 24, 12))
    assert outcome(decision.step(Rule.BOUNDS)) == (Rule.BOUNDS, StepReason.DESIRED_WITHIN_RANGE, 4, 4)
