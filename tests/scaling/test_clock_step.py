"""A clock that steps changes no decision: intervals stay what they were."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.clock_step import moved, shifted
from controller.scaling.deadline.queue_need import QueueMemory
from controller.scaling.deadline.service_time import ServiceTime
from controller.scaling.deadline.start_up import StartUp
from controller.scaling.deadline.workers import LastReport, Span, WorkerReport
from controller.scaling.decide import decide
from controller.scaling.decision import Decision
from controller.scaling.idle_times import IdleGap, NoDispatchWindow
from controller.scaling.memory import Memory, Recommendation, ScaleAction
from controller.scaling.objective.attainment import Attainment, JudgedSpan
from controller.scaling.objective.started_tasks import Bucket, Counted, StartedTasks, StartLatencies
from controller.scaling.objective.waiting_tasks import Flow, WaitingTasks
from controller.simulator.policy import PolicyDecision, SimulatedObservation, TemporalWorkerPools
from controller.simulator.pool import pool_spec
from controller.simulator.scenario import Scenario
from controller.simulator.scenarios import SCENARIOS
from controller.simulator.simulation import simulate
from tests.scaling.builders import NOW, observation, pod, pods, queue, report, spec, statistics

POLL_SECONDS = 15.0
WINDOW_POLLS = 14
"""Polls within which an interval that was lost is forgotten: the decision counts tasks over 130 s at most."""

Run = tuple[TemporalWorkerPoolSpec, tuple[tuple[float, SimulatedObservation], ...]]


class _Recorder(TemporalWorkerPools):
    """The policy, and what it was asked."""

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(pool_spec(scenario), scenario.poll_seconds)
        self.seen: list[tuple[float, SimulatedObservation]] = []

    @override
    def recommend(self, observation: SimulatedObservation, now: float) -> PolicyDecision:
        self.seen.append((now, observation))
        return super().recommend(observation, now)


def _exact(moment: float) -> float:
    """A time that stays exact when whole seconds are added."""
    return NOW + round(moment * 1024) / 1024


@cache
def _run(name: str) -> Run:
    scenario = SCENARIOS[name]
    recorder = _Recorder(scenario)
    simulate(scenario, recorder, "recorded")
    return pool_spec(scenario), tuple((_exact(now), moved(seen, _exact)) for now, seen in recorder.seen[:120])


def _essence(decision: Decision) -> list[tuple[str, str, int]]:
    return [(step.rule, step.reason, step.replicas_after) for step in decision.steps]


@cache
def _decisions(name: str, *, step_at: int = -1, step_seconds: int = 0) -> list[list[tuple[str, str, int]]]:
    """The decisions of a run in which the clock steps between two polls, and the operator notices."""
    pool, seen = _run(name)
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
    assert _decisions(name, step_at=step_at, step_seconds=step_seconds) == _decisions(name)


@cache
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


@settings(max_examples=40)
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


def test_every_moment_of_an_observation_is_shifted() -> None:
    """Those of queues, pods and reports; ages, rates and counts stay."""
    read = statistics(30, age_seconds=65, add_rate=2.5, read_at=NOW)
    seen = observation(queue(read), replicas=3, pods=(pod(report(4, reported_at=NOW - 8), ready_since=NOW - 60),))
    later = statistics(30, age_seconds=65, add_rate=2.5, read_at=NOW + 600)
    assert shifted(seen, 600) == observation(
        queue(later),
        replicas=3,
        pods=(pod(report(4, reported_at=NOW + 592), ready_since=NOW + 540),),
        observed_at=NOW + 600,
    )


def test_every_moment_of_the_memory_is_shifted() -> None:
    """Whether a pod's start was learned is known by its name, which no step of a clock changes."""

    def learned(at: float) -> ServiceTime:
        beat = WorkerReport("a", at, 1, 4, 70, None, at - 60)
        return ServiceTime(workers={"a": LastReport(beat, at)}, at=at, pods_since=(at - 5,))

    def memory(at: float) -> Memory:
        return Memory(
            recommendations=(Recommendation(at, 3),),
            scale_actions=(ScaleAction(at, 1, 3, "Reason", "message"),),
            no_dispatch=NoDispatchWindow(at, at, at),
            idle_gap=IdleGap(since=at, replicas=3, seconds=40.0),
            queues={"orders/Activity": QueueMemory(learned(at), full=(Span(at - 9, at),), standing_since=at)},
            start_up=StartUp(mean_seconds=4.0, seen=frozenset({"worker-0"})),
            busy_at=at,
        )

    assert memory(NOW).shifted(-1200) == memory(NOW - 1200)


def test_what_is_known_of_the_objective_is_shifted() -> None:
    """And stays of its type: the next poll goes on from it."""

    def known(at: float) -> Attainment:
        counted = {"worker-0": Counted(at, StartLatencies((15.0,), (3.0,), 4.0))}
        started = StartedTasks(since=at, reported_at=at, counted=counted, bucket=Bucket(10.0, 100.0))
        waiting = WaitingTasks(flow=Flow(3.0, 4.0), statistics=statistics(2, read_at=at))
        return Attainment(15.0, at, (JudgedSpan(at, 8.0, 4.0, 2.0),), {"q": waiting}, {"q": started})

    moved = shifted(known(NOW), 600)
    assert moved == known(NOW + 600)
    assert isinstance(moved.started["q"].bucket, Bucket)
    assert isinstance(moved.waiting["q"].flow, Flow)


def test_what_has_no_moments_is_left_as_it_is() -> None:
    """Unknown moments stay unknown."""
    assert shifted(Memory(), 600) == Memory()
    assert shifted(("orders", 1.5, None), 600) == ("orders", 1.5, None)
