"""The steps that are one formula each: believable backlog (1), load (5), slots by the deadline (6), and start-up."""

from dataclasses import replace
from math import exp, log

import pytest
from controller.scaling.deadline.backlog_slots import Supply, backlog_slots
from controller.scaling.deadline.believable_backlog import Backlog, believable_backlog
from hypothesis import given
from hypothesis import strategies as st

from controller.scaling.deadline.load import load, with_reserve
from controller.scaling.deadline.start_up import StartUp, reaction_seconds
from controller.scaling.deadline.terms import Terms
from controller.scaling.reasons import Reason
from tests.scaling.builders import NOW, observation, pod, statistics


@pytest.mark.parametrize(
    ("count", "age", "objective", "tasks", "reason", "message"),
    [
        (0, 0.0, 60, 0, Reason.NO_BACKLOG, "No task waits."),
        (
            25,
            0.0,
            60,
            0,
            Reason.BACKLOG_GONE,
            "The server still counts 25 waiting tasks, but without an age: none waits.",
        ),
        (
            25,
            6.0,
            60,
            25,
            Reason.BACKLOG_PASSING,
            "25 tasks wait, the oldest for 6.0 s; up to 6.0 s is the queue at work.",
        ),
        (
            25,
            6.1,
            60,
            25,
            Reason.BACKLOG_STANDS,
            "25 tasks wait, the oldest for 6.1 s, more than 6.0 s: the backlog stands.",
        ),
        (
            25,
            0.9,
            5,
            25,
            Reason.BACKLOG_PASSING,
            "25 tasks wait, the oldest for 0.9 s; up to 1.0 s is the queue at work.",
        ),
    ],
    ids=["nothing", "a count that lags", "a tenth of the objective", "longer", "never less than a second"],
)
def test_a_backlog_is_believed_by_the_age_of_its_oldest_task(  # noqa: PLR0917 - a row
    count: int, age: float, objective: float, tasks: int, reason: Reason, message: str
) -> None:
    """The count lags while a queue drains; the age does not."""
    backlog = believable_backlog(statistics(count, age_seconds=age), objective)
    assert (backlog.tasks, backlog.reason, backlog.message) == (tasks, reason, message)
    assert backlog.stands == (reason == Reason.BACKLOG_STANDS)
    assert backlog.age_seconds == (age if tasks else 0)


def test_the_load_of_short_tasks_is_what_arrives() -> None:
    """Little's law: 10 tasks/s of 1 s need 10 slots, whatever runs now."""
    estimate = load(100, 10, 1, 60, saturated=False)
    assert estimate.value == pytest.approx(10)
    assert estimate.reason == Reason.LOAD


def test_the_load_of_long_tasks_is_what_runs() -> None:
    """Of 20 tasks that take an hour, after a minute 19.67 still run."""
    estimate = load(20, 0, 3600, 60, saturated=False)
    assert estimate.value == pytest.approx(20 * exp(-60 / 3600))
    assert estimate.message == "19.7 slots in 60 s: 19.7 of 20 still used, 0.0 for 0.00 tasks/s of 3600.00 s."


def test_under_a_backlog_the_slots_of_short_tasks_are_free_again_in_time() -> None:
    """The tasks that run now have ended before an order is ready."""
    estimate = load(100, 2, 30, 60, saturated=True)
    assert (estimate.value, estimate.reason) == (60, Reason.LOAD_OF_ARRIVALS)
    assert load(100, 2, 60, 60, saturated=True).reason == Reason.LOAD_OF_ARRIVALS
    assert load(100, 2, 61, 60, saturated=True).reason == Reason.LOAD


def test_where_orders_are_late_some_slots_are_in_reserve() -> None:
    """The waiting quarter shrinks to 5 % over T / D ln(0.25 / 0.05) slots: 0.8 where D is twice T."""
    estimate = with_reserve(load(20, 4, 5, 1000, saturated=False), 5, 10)
    assert estimate.value == pytest.approx(20 + log(5) / 2)
    assert estimate.reason == Reason.LOAD
    assert estimate.message == (
        "20.0 slots in 1000 s: 0.0 of 20 still used, 20.0 for 4.00 tasks/s of 5.00 s, and 0.8 in reserve."
    )


def test_the_reserve_is_at_most_that_of_an_objective_as_long_as_a_task() -> None:
    """And nothing is in reserve for next to no load."""
    long = load(20, 0, 50, 5, saturated=False)
    assert with_reserve(long, 50, 10).value == pytest.approx(long.value + log(5))
    little = load(0, 0.1, 5, 1000, saturated=False)
    assert with_reserve(little, 5, 10) == little
    one = load(0, 0.2, 5, 1000, saturated=False)
    assert with_reserve(one, 5, 10).value == pytest.approx(1 + log(5) / 2, rel=1e-3)


def standing(tasks: int) -> Backlog:
    """A backlog that stands."""
    return Backlog(tasks, 10, stands=True, reason=Reason.BACKLOG_STANDS, message="")


TERMS = Terms(objective_seconds=60, start_up_seconds=24, reaction_seconds=39, prior_seconds=15)
TIGHT = Terms(objective_seconds=100 / 3, start_up_seconds=24, reaction_seconds=39, prior_seconds=8)
LATE = Terms(objective_seconds=10, start_up_seconds=24, reaction_seconds=39, prior_seconds=2.5)


@pytest.mark.parametrize(
    ("backlog", "supply", "steady", "service", "terms", "slots", "reason"),
    [
        pytest.param(0, Supply(0), 0, 4, TERMS, 0, Reason.NO_BACKLOG, id="nothing waits"),
        # 500 * 4 slot-seconds in the 54 - 24 s that are left when an order is ready; the last task only has to start
        pytest.param(500, Supply(0), 0, 4, TERMS, 500 * 4 / 34, Reason.BACKLOG_SLOTS, id="all from an order"),
        # 20 ready slots do 480 slot-seconds in 24 s
        pytest.param(500, Supply(20), 0, 4, TERMS, (2000 - 480) / 34, Reason.BACKLOG_SLOTS, id="ready slots help"),
        # a pod of 10 slots that is ready in 8 s does 160 slot-seconds in the 24 s, one in 30 s nothing
        pytest.param(500, Supply(0, 10, (8, 30)), 0, 4, TERMS, 1840 / 34, Reason.BACKLOG_SLOTS, id="by expected time"),
        pytest.param(500, Supply(20), 5, 4, TERMS, (2000 - 360) / 34, Reason.BACKLOG_SLOTS, id="less the arrivals"),
        pytest.param(100, Supply(20), 0, 4, TERMS, 0, Reason.BACKLOG_SLOTS, id="enough is there"),
        # 30 - 24 s are left, a quarter of a start-up: only a quarter of the slots start a last task in time
        pytest.param(500, Supply(0), 0, 3, TIGHT, 1500 / 6.75, Reason.BACKLOG_SLOTS, id="little time beside a start"),
        pytest.param(500, Supply(0), 0, 30, TERMS, 500 / 2, Reason.BACKLOG_SLOTS, id="tasks of just the time left"),
        pytest.param(3, Supply(0), 0, 50, TERMS, 3, Reason.BACKLOG_SLOTS, id="never more than tasks"),
        pytest.param(7, Supply(9), 0, 54, TERMS, 7, Reason.SLOT_PER_TASK, id="long tasks need a slot each"),
        # no order can help within 9 s: it is given a start-up for it
        pytest.param(500, Supply(0), 0, 4, LATE, 2000 / 28, Reason.BACKLOG_LATE, id="late is late"),
    ],
)
def test_the_backlog_gets_slots_by_its_deadline(  # noqa: PLR0917 - a row
    backlog: int, supply: Supply, steady: float, service: float, terms: Terms, slots: float, reason: Reason
) -> None:
    """What is there already is not bought again."""
    estimate = backlog_slots(standing(backlog), supply, steady, service, terms)
    assert estimate.value == pytest.approx(slots)
    assert estimate.reason == reason


@pytest.mark.parametrize(
    ("deadline", "time_left", "reason"),
    [
        (30, 10, Reason.BACKLOG_SLOTS),
        (25, 5, Reason.BACKLOG_SLOTS),
        (22, 8, Reason.BACKLOG_SLOTS),
        (20, 10, Reason.BACKLOG_LATE),
        (15, 15, Reason.BACKLOG_LATE),
        (10, 20, Reason.BACKLOG_LATE),
        (9, 20, Reason.BACKLOG_LATE),
    ],
)
def test_near_the_deadline_an_order_is_not_a_matter_of_a_second(
    deadline: float, time_left: float, reason: Reason
) -> None:
    """From a quarter of a start-up of 20 s before the deadline to half of one after it the time left grows evenly."""
    terms = Terms(objective_seconds=deadline / 0.9, start_up_seconds=20, reaction_seconds=35, prior_seconds=5)
    estimate = backlog_slots(standing(5000), Supply(0), 0, 2, terms)
    begun = time_left / 2 + time_left / 20
    assert estimate.value == pytest.approx(5000 / begun)
    assert estimate.reason == reason


@pytest.mark.parametrize(
    ("backlog", "service", "message"),
    [
        (0, 4, "No slots for a backlog: no task waits."),
        (1, 54, "1 slot: tasks of 54.0 s free no slot within 54.0 s."),
        (7, 54, "7 slots: tasks of 54.0 s free no slot within 54.0 s."),
    ],
)
def test_what_a_backlog_needs_is_told(backlog: int, service: float, message: str) -> None:
    """The formula with its numbers is in the golden tables."""
    assert backlog_slots(standing(backlog), Supply(0), 0, service, TERMS).message == message


def test_a_start_that_takes_no_time_makes_every_slot_one_of_the_first() -> None:
    """A measured start-up of 0 s, as an observer may give it: each slot begins one task more than it ends."""
    instant = Terms(objective_seconds=10, start_up_seconds=0, reaction_seconds=15, prior_seconds=2.5)
    in_time = 9 / 3 + 1
    assert backlog_slots(standing(100), Supply(0), 0, 3, instant).value == pytest.approx(100 / in_time)


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.floats(0, 1e4), st.floats(0.001, 1e4))
def test_more_backlog_never_needs_fewer_slots(backlog: int, more: int, ready: float, service: float) -> None:
    """All else equal."""
    fewer = backlog_slots(standing(backlog), Supply(ready), 0, service, TERMS).value
    assert backlog_slots(standing(backlog + more), Supply(ready), 0, service, TERMS).value >= fewer


def test_a_start_costs_thirty_seconds_until_one_was_measured() -> None:
    """No pod was seen to start yet."""
    assert StartUp().cost_seconds(None) == 30


def test_the_first_starts_are_believed_bit_by_bit() -> None:
    """The first pods that become ready are the fastest: 10 s of one start weighs a quarter against three of 25 s."""
    learned = StartUp().observe(observation(pods=(pod(ready_since=NOW),)))
    assert learned.count == 1
    assert learned.mean_seconds == 20
    assert learned.cost_seconds(None) == pytest.approx(1.2 * (20 + 3 * (1 - 1 / 20) * 25) / (1 + 3 * (1 - 1 / 20)))


def test_a_start_is_measured_once() -> None:
    """The same pod at the next pass is no other start."""
    seen = observation(pods=(pod(ready_since=NOW),))
    learned = StartUp().observe(seen)
    assert learned.observe(seen) == learned


def test_twenty_starts_are_believed_fully() -> None:
    """From then on the mean moves by a twentieth a start."""
    learned = StartUp(mean_seconds=40, count=20, until=NOW - 1)
    assert learned.cost_seconds(None) == pytest.approx(48)
    assert learned.observe(observation(pods=(pod(ready_since=NOW),))).mean_seconds == pytest.approx(39)


def test_the_wait_for_a_node_is_learned_apart() -> None:
    """It adds to the cost of a start without its margin."""
    assert StartUp(mean_seconds=20, node_seconds=60, count=20).cost_seconds(None) == pytest.approx(84)


def test_a_readiness_after_a_quarter_of_an_hour_is_a_recovery() -> None:
    """A pod that flapped did not start."""
    late = pod(ready_since=NOW)
    learned = StartUp().observe(observation(pods=(late,)))
    recovered = StartUp().observe(observation(pods=(pod(ready_since=NOW + 10_000),)))
    assert recovered.count == 1
    assert learned.count == 1


def test_what_the_observer_measured_wins() -> None:
    """A mean that comes with the observation is used, with the same margin."""
    assert StartUp().cost_seconds(10) == pytest.approx(12)


def test_starts_that_were_seen_but_not_measured_cost_what_is_assumed() -> None:
    """Only the observer's own mean makes something of them."""
    assert StartUp(count=20).cost_seconds(None) == 30
    assert StartUp(count=20).cost_seconds(10) == pytest.approx(12)
    assert StartUp(count=1).cost_seconds(10) == pytest.approx(1.2 * (10 + 2.85 * 20) / 3.85)  # at most twice the first


def test_an_order_that_is_ready_just_when_a_task_should_start_is_in_time() -> None:
    """A second later it is late."""
    terms = Terms(objective_seconds=39, start_up_seconds=24, reaction_seconds=39, prior_seconds=10)
    assert not terms.orders_are_late
    assert replace(terms, reaction_seconds=40).orders_are_late


def test_the_reaction_time_is_start_poll_and_cache() -> None:
    """H = L + P + 5 s."""
    assert reaction_seconds(24, 15) == 44
