"""The loads."""

from random import Random

import pytest

from bench.real.profiles import PROFILES, ramp, steady


@pytest.mark.parametrize("name", PROFILES)
def test_a_seed_gives_one_load(name: str) -> None:
    """In the order of the arrivals."""
    arrivals = PROFILES[name].draw(Random(3))
    assert arrivals == PROFILES[name].draw(Random(3))
    assert arrivals == sorted(arrivals, key=lambda arrival: arrival.at_seconds)


def test_rates_are_means() -> None:
    """10/s over 200 s; a ramp from 0 to 12/s over 240 s has half of its area, most of it late."""
    assert len(list(steady(Random(1), 10, 50, 250, 2))) == pytest.approx(2000, rel=0.1)
    rising = list(ramp(Random(1), (0, 12), 0, 240, 2))
    assert len(rising) == pytest.approx(1440, rel=0.1)
    assert sum(arrival.at_seconds < 120 for arrival in rising) == pytest.approx(len(rising) / 4, rel=0.2)


def test_the_long_tasks_are_88() -> None:
    """40 of them at once."""
    arrivals = PROFILES["long"].draw(Random(1))
    assert len(arrivals) == 88
    assert sum(arrival.at_seconds == 0 for arrival in arrivals) == 40
