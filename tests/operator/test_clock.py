"""A wall clock that steps is noticed, and what a pool remembers is shifted with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.api.model import TaskType
from controller.api.spec import ObjectMeta
from controller.operator.actuate.scale_request import ScaleRequest
from controller.operator.clock import Clock, elapsed, step
from controller.operator.inputs.learned import Learned
from controller.operator.pools import Recommended, TrackedPool
from controller.scaling.memory import Memory, ScaleAction
from tests.operator.builders import NOW

ORIGIN = NOW - 500
KEY = ("orders", TaskType.ACTIVITY)


class _Machine:
    """A machine whose wall clock a test sets."""

    def __init__(self) -> None:
        self.wall, self.elapsed = NOW, 500.0
        self.clock = Clock(lambda: self.wall, lambda: self.elapsed)

    def wait(self, seconds: float) -> None:
        self.wall += seconds
        self.elapsed += seconds

    def set(self, seconds: float) -> None:
        self.wall += seconds


def _pool(at: float) -> TrackedPool:
    """A pool that remembers one moment in each place that has some."""
    action = ScaleAction(at, 1, 3, "Reason", "message")
    pool = TrackedPool(ObjectMeta(name="orders", namespace="prod", uid="u"), "unread", status_written_at=at)
    pool.memory = Memory(scale_actions=(action,), busy_at=at)
    pool.learned = Learned(polled_at={KEY: at})
    pool.recommended = Recommended(3, at)
    pool.unanswered = (ScaleRequest("uid", action),)
    return pool


@given(waits=st.lists(st.floats(0, 100), max_size=5), seconds=st.floats(-100_000, 100_000))
def test_all_intervals_of_a_pool_stay_what_they_were(waits: list[float], seconds: float) -> None:
    """However the clock is set between two passes, and however many passes there are before."""
    machine, pool = _Machine(), _pool(NOW)
    pool.follow(machine.clock.origin())
    for wait in waits:
        machine.wait(wait)
        assert pool.follow(machine.clock.origin()) == 0
    machine.set(seconds)
    stepped = pool.follow(machine.clock.origin())
    assert stepped == (pytest.approx(seconds) if abs(seconds) >= 1.001 else pytest.approx(0, abs=1.001))
    age = machine.clock.now() - (pool.memory.busy_at or 0)
    assert age == pytest.approx(sum(waits), abs=1.001)


def test_everything_that_a_pool_remembers_is_shifted() -> None:
    """What passes learned, what was told, and what is not known to have happened."""
    pool, expected = _pool(NOW), _pool(NOW - 1200)
    pool.follow(ORIGIN)
    assert pool.follow(ORIGIN - 1200) == -1200
    expected.clock_origin = ORIGIN - 1200
    assert pool == expected


@pytest.mark.parametrize(("before", "seconds"), [(None, 0), (ORIGIN, 0), (ORIGIN - 0.9, 0), (ORIGIN + 1.5, -1.5)])
def test_a_step_is_at_least_a_second(before: float | None, seconds: float) -> None:
    """A clock that is slewed by NTP goes a little faster or slower for a while."""
    assert step(before, ORIGIN) == seconds


def test_a_clock_that_drifts_is_followed_a_second_at_a_time() -> None:
    """Small differences add up, and none is lost."""
    pool = _pool(NOW)
    steps = [pool.follow(ORIGIN + 0.4 * number) for number in range(11)]
    assert sum(steps) == pytest.approx(3.6)


def test_time_that_passes_is_no_step() -> None:
    """On this machine, with its own clocks."""
    clock = Clock()
    assert step(clock.origin(), clock.origin()) == 0
    assert elapsed() <= elapsed()
