"""A clock that steps changes no decision: intervals stay what they were."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.decide import decide
from controller.scaling.decision import Decision
from controller.scaling.memory import Memory
from controller.scaling.moments import moved, shifted
from controller.scaling.observation import Observation
from controller.simulator.laws import Order, TemporalWorkerPools, pool_spec
from controller.simulator.simulation import simulate
from controller.simulator.world import World
from controller.simulator.worlds import WORLDS
from tests.scaling.builders import NOW, observation, pods, queue, spec, statistics

POLL_SECONDS = 15.0
WINDOW_POLLS = 14
"""Polls within which an interval that was lost is forgotten: the decision counts tasks over 130 s at most."""

Run = tuple[TemporalWorkerPoolSpec, tuple[tuple[float, Observation], ...]]


class _Recorder(TemporalWorkerPools):
    """The policy, and what it was asked."""

    def __init__(self, world: World) -> None:
        super().__init__(pool_spec(world), world.poll_seconds)
        self.seen: list[tuple[float, Observation]] = []

    @override
    def order(self, observation: Observation, now: float) -> Order:
        self.seen.append((now, observation))
        return super().order(observation, now)


def _exact(moment: float) -> float:
    """A time that stays exact when whole seconds are added."""
    return NOW + round(moment * 1024) / 1024


@cache
def _run(name: str) -> Run:
    world = WORLDS[name]
    recorder = _Recorder(world)
    simulate(world, recorder, "recorded")
    return pool_spec(world), tuple((_exact(now), moved(seen, _exact)) for now, seen in recorder.seen[:120])


def _essence(decision: Decision) -> list[tuple[str, str, int]]:
    return [(step.rule, step.reason, step.replicas_after) for step in decision.steps]


def _decisions(run: Run, *, step_at: int, step_seconds: int) -> list[list[tuple[str, str, int]]]:
    """The decisions of a run in which the clock steps between two polls, and whoever decides notices."""
    pool, seen = run
    memory, offset, decisions = Memory(), 0, []
    for number, (now, observed) in enumerate(seen):
        if number == step_at:
            offset = step_seconds
            memory = shifted(memory, offset)
        decision = decide(pool, shifted(observed, offset), memory, now + offset)
        memory = decision.memory
        decisions.append(_essence(decision))
    return decisions


@pytest.mark.parametrize("name", ["bursts-again", "on-off"])
@given(step_at=st.integers(1, 119), step_seconds=st.integers(-8000, 100_000))
@settings(max_examples=15)
def test_a_step_that_is_noticed_changes_no_decision(name: str, step_at: int, step_seconds: int) -> None:
    """All that is remembered is shifted by it: every interval, window and rate is as without it."""
    run = _run(name)
    expected = _decisions(run, step_at=-1, step_seconds=0)
    assert _decisions(run, step_at=step_at, step_seconds=step_seconds) == expected


def _needs(*, back_seconds: float, polls: int) -> list[int]:
    """What is decided for a load of 10 tasks per second that ends just when the clock goes back, unnoticed."""
    pool = spec(
        objective={"scheduleToStartSeconds": 15},
        taskDurationSeconds={"typical": 4.0},
        scaleToZero={"idleSeconds": 0},
    )
    memory, replicas = Memory(), []
    for number in range(polls + 2 * WINDOW_POLLS):
        loaded = number < polls
        now = NOW + 1e6 + number * POLL_SECONDS - (0 if loaded else back_seconds)
        rate = 10.0 + number / 1000 if loaded else 0.0  # no two readings of a load are equal
        read = statistics(add_rate=rate, dispatch_rate=rate, read_at=now)
        working = pods(8, used=5 if loaded else 0, reported_at=now)
        seen = observation(queue(read), replicas=8, pods=working, observed_at=now)
        decision = decide(pool, seen, memory, now)
        memory = decision.memory
        replicas.append(decision.desired_replicas)
    return replicas


@given(back_seconds=st.floats(0, 100_000), polls=st.integers(2, 20))
def test_a_clock_that_goes_back_freezes_nothing(back_seconds: float, polls: int) -> None:
    """Within one window the decision is as without it: the load that ended is forgotten, and so are its replicas."""
    steady = _needs(back_seconds=0, polls=polls)
    stepped = _needs(back_seconds=back_seconds, polls=polls)
    assert stepped[:polls] == steady[:polls]
    assert stepped[polls + WINDOW_POLLS :] == steady[polls + WINDOW_POLLS :]


def test_the_load_of_before_a_step_back_does_not_outlive_it() -> None:
    """With ten tasks per second there are replicas; after as many polls of nothing there are none."""
    replicas = _needs(back_seconds=1200, polls=20)
    assert replicas[19] > 0
    assert replicas[-1] == 0
