"""The times that a need is judged by."""

from dataclasses import replace

import pytest

from controller.scaling.deadline.terms import FASTEST_POLL_SECONDS, Terms

TERMS = Terms(objective_seconds=60, start_up_seconds=24, prior_seconds=5, next_poll_seconds=5)


def test_a_tenth_of_the_objective_is_for_what_was_not_foreseen() -> None:
    """90 % of it is planned with."""
    assert TERMS.deadline_seconds == 54


def test_the_reaction_time_is_a_start_and_a_poll() -> None:
    """Until what happens now is seen, ordered and ready."""
    assert TERMS.reaction_seconds == 29


def test_an_order_that_is_ready_just_when_a_task_should_start_is_in_time() -> None:
    """A second later it is late."""
    assert not replace(TERMS, objective_seconds=29).orders_are_late
    assert replace(TERMS, objective_seconds=28).orders_are_late


@pytest.mark.parametrize(
    ("objective", "start_up", "seconds"),
    [
        pytest.param(60, 24, 10, id="a third of the 30 s in which an order can help"),
        pytest.param(15, 5, FASTEST_POLL_SECONDS, id="no more often than the server has news"),
        pytest.param(15, 60, FASTEST_POLL_SECONDS, id="however late orders are"),
        pytest.param(600, 10, 530 / 3, id="seldom where there is time"),
    ],
)
def test_at_rest_a_pool_is_polled_so_often_that_what_arrives_can_be_served_in_time(
    objective: float, start_up: float, seconds: float
) -> None:
    """By the objective and by what a start takes."""
    terms = replace(TERMS, objective_seconds=objective, start_up_seconds=start_up)
    assert terms.idle_poll_seconds == pytest.approx(seconds)
