"""How long a pool waits after a failure, and for a moment that is to come."""

from math import inf

import pytest

from controller.operator.polling_interval import retry_seconds, seconds_until
from controller.operator.scheduler import JITTER
from tests.scaling.builders import NOW


@pytest.mark.parametrize(
    ("interval", "pauses"),
    [(5, [5, 5, 5]), (15, [5, 10, 15, 15]), (60, [5, 10, 20, 40, 60, 60]), (3600, [5, 10, 20, 40, 60, 60])],
)
def test_after_a_failure_a_pool_is_polled_no_later_than_when_all_is_well(interval: float, pauses: list[float]) -> None:
    """So a fix is noticed within one interval; of a pool that is polled once an hour, within a minute."""
    assert [retry_seconds(passes, interval) for passes in range(len(pauses))] == pauses
    assert retry_seconds(10_000, interval) == min(interval, 60)


def test_a_moment_is_met_whatever_the_jitter() -> None:
    """The pause at its longest ends just then; a moment that is over, or none, asks for nothing."""
    assert seconds_until([NOW + 110, NOW + 55, NOW - 5], NOW) * (1 + JITTER) == pytest.approx(55)
    assert seconds_until([NOW + 0.1], NOW) == 1.0
    assert seconds_until([NOW], NOW) == seconds_until([], NOW) == inf
