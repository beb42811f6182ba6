"""The slots that will be in use when a new replica is ready (step 5)."""

from math import exp, log

import pytest

from controller.scaling.deadline.load import load, with_reserve
from controller.scaling.reasons import StepReason


def test_the_load_of_short_tasks_is_what_arrives() -> None:
    """Little's law: 10 tasks/s of 1 s need 10 slots, whatever runs now."""
    estimate = load(100, 10, 1, 60, saturated=False)
    assert estimate.value == pytest.approx(10)
    assert estimate.reason == StepReason.LOAD


def test_the_load_of_long_tasks_is_what_runs() -> None:
    """Of 20 tasks that take an hour, after a minute 19.67 still run."""
    estimate = load(20, 0, 3600, 60, saturated=False)
    assert estimate.value == pytest.approx(20 * exp(-60 / 3600))


def test_some_of_what_runs_is_still_there_when_a_new_replica_is_ready() -> None:
    """Of 10 slots 5 are still in use after as long as a task takes times ln 2; half of the load of 20 came instead."""
    estimate = load(10, 2, 10, 10 * log(2), saturated=False)
    assert estimate.value == pytest.approx(15)


def test_under_a_backlog_the_slots_of_short_tasks_are_free_again_in_time() -> None:
    """The tasks that run now have ended before a new replica is ready."""
    estimate = load(100, 2, 30, 60, saturated=True)
    assert (estimate.value, estimate.reason) == (60, StepReason.LOAD_OF_ARRIVALS)
    assert load(100, 2, 60, 60, saturated=True).reason == StepReason.LOAD_OF_ARRIVALS
    assert load(100, 2, 61, 60, saturated=True).reason == StepReason.LOAD


def test_where_orders_are_late_some_slots_are_in_reserve() -> None:
    """The waiting quarter shrinks to 5 % over T / D ln(0.25 / 0.05) slots: 0.8 where D is twice T."""
    estimate = with_reserve(load(20, 4, 5, 1000, saturated=False), 5, 10)
    assert estimate.value == pytest.approx(20 + log(5) / 2)
    assert estimate.reason == StepReason.LOAD


def test_the_reserve_is_at_most_that_of_an_objective_as_long_as_a_task() -> None:
    """And nothing is in reserve for next to no load."""
    long = load(20, 0, 50, 5, saturated=False)
    assert with_reserve(long, 50, 10).value == pytest.approx(long.value + log(5))
    little = load(0, 0.1, 5, 1000, saturated=False)
    assert with_reserve(little, 5, 10) == little
    one = load(0, 0.2, 5, 1000, saturated=False)
    assert with_reserve(one, 5, 10).value == pytest.approx(1 + log(5) / 2, rel=1e-3)
