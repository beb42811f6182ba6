"""A wall clock that steps is noticed, and what a pool remembers is shifted with it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.api.model import TaskType
from controller.operator.actuate.journal import Applied, ScaleRequest
from controller.operator.clock import Clock, elapsed, step
from controller.operator.inputs.learned import Learned
from controller.operator.pool_state import PoolState
from controller.operator.report.reporter import Recommended, Reported
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.traces import Trace
from tests.operator.builders import NOW, pool

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


POOL = pool()


def _state(at: float) -> PoolState:
    """A state that remembers one moment in each place that has some."""
    action = ScaleAction(at, 1, 3, "Reason", "message")
    return PoolState(
        memory=Memory(scale_actions=(action,), busy_at=at),
        learned=Learned(traces={KEY: Trace(at, at, at)}),
        applied=Applied(unanswered=(ScaleRequest("uid", action),)),
        reported=Reported(written_at=at, recommended=Recommended(3, at)),
        last_pool=POOL,
    )


@given(waits=st.lists(st.floats(0, 100), max_size=5), seconds=st.floats(-100_000, 100_000))
def test_all_intervals_of_a_pool_stay_what_they_were(waits: list[float], seconds: float) -> None:
    """However the clock is set between two passes, and however many passes there are before."""
    machine = _Machine()
    state, _ = _state(NOW).for_pass(POOL, machine.clock.origin())
    for wait in waits:
        machine.wait(wait)
        state, stepped = state.for_pass(POOL, machine.clock.origin())
        assert stepped == 0
    machine.set(seconds)
    state, stepped = state.for_pass(POOL, machine.clock.origin())
    assert stepped == (pytest.approx(seconds) if abs(seconds) >= 1.001 else pytest.approx(0, abs=1.001))
    age = machine.clock.now() - (state.memory.busy_at or 0)
    assert age == pytest.approx(sum(waits), abs=1.001)


def test_everything_that_a_pool_remembers_is_shifted() -> None:
    """What passes learned, what was reported, and what is not known to have happened."""
    before, _ = _state(NOW).for_pass(POOL, ORIGIN)
    after, stepped = before.for_pass(POOL, ORIGIN - 1200)
    assert stepped == -1200
    assert after == replace(_state(NOW - 1200), clock_origin=ORIGIN - 1200)


@pytest.mark.parametrize(("before", "seconds"), [(None, 0), (ORIGIN, 0), (ORIGIN - 0.9, 0), (ORIGIN + 1.5, -1.5)])
def test_a_step_is_at_least_a_second(before: float | None, seconds: float) -> None:
    """A clock that is slewed by NTP goes a little faster or slower for a while."""
    assert step(before, ORIGIN) == seconds


def test_a_clock_that_drifts_is_followed_a_second_at_a_time() -> None:
    """Small differences add up, and none is lost."""
    state, steps = _state(NOW), []
    for number in range(11):
        state, stepped = state.for_pass(POOL, ORIGIN + 0.4 * number)
        steps.append(stepped)
    assert sum(steps) == pytest.approx(3.6)


def test_time_that_passes_is_no_step() -> None:
    """On this machine, with its own clocks."""
    clock = Clock()
    assert step(clock.origin(), clock.origin()) == 0
    assert elapsed() <= elapsed()
