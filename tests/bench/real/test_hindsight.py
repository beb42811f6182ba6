"""What runs are compared to."""

import pytest

from bench.real.hindsight import best_constant, constant, lower_bound
from bench.real.recording import Task

BURST = [Task(5, 2)] * 40
"""40 tasks of 2 s, at once."""


def test_a_constant_number_plays_first_in_first_out() -> None:
    """40 tasks on 8 slots take 5 rounds of 2 s; those of the first three rounds start within 4 s."""
    result = constant(BURST, slots=4, replicas=2, objective_seconds=4)
    assert result.pod_seconds == pytest.approx(2 * 10)
    assert result.share_within == pytest.approx(24 / 40)


def test_tasks_wait_for_nothing_while_slots_are_free() -> None:
    """And the pods stay through the gap."""
    result = constant([Task(0, 1), Task(100, 1)], slots=1, replicas=1, objective_seconds=0)
    assert (result.share_within, result.pod_seconds) == (1, 101)


def test_the_best_constant_number_is_the_fewest_that_keeps_the_objective() -> None:
    """95 % of the tasks, not all of them; 38 of 40 here."""
    assert best_constant(BURST, slots=1, max_replicas=40, objective_seconds=2).replicas == 19
    assert best_constant(BURST, slots=1, max_replicas=40, objective_seconds=0).replicas == 38


def test_the_limit_is_the_best_where_no_number_keeps_it() -> None:
    """With the share that it reaches."""
    result = best_constant(BURST, slots=1, max_replicas=10, objective_seconds=0)
    assert (result.replicas, result.share_within) == (10, 0.25)


def test_nothing_costs_less_than_the_work() -> None:
    """Slot-seconds over slots."""
    assert lower_bound(BURST, slots=4) == 20
