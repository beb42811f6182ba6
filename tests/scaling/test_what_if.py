"""What would change a decision is found by deciding, so deciding there has to give just that."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.api.overrides import FixedReplicas, Overrides
from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.decide import decide
from controller.scaling.decision import Decision, Situation
from controller.scaling.memory import Memory
from controller.scaling.observation import Observation
from controller.scaling.what_if import (
    RESOLUTION,
    Later,
    NextChange,
    UpAt,
    after,
    decided,
    next_change,
    way_to,
    with_backlog,
)
from tests.scaling.builders import NOW, idle_for, observation, pods, queue, spec, statistics
from tests.scaling.scenes import Scene, scenes
from tests.scaling.strategies import memories, observations, specs


def _asked(situation: Situation) -> tuple[Decision, NextChange]:
    decision = decide(situation.spec, situation.observation, situation.memory, situation.now, situation.overrides)
    return decision, next_change(situation, decision, decision.memory)


def _holds(situation: Situation) -> None:
    decision, change = _asked(situation)
    if change.up:
        _holds_at_its_backlog(situation, decision, change.up)
    if change.later:
        _holds_at_its_time(situation, decision, change.later)


def _holds_at_its_backlog(situation: Situation, decision: Decision, up: UpAt) -> None:
    varied = next(
        queue
        for queue in situation.observation.task_queues
        if (queue.task_queue, str(queue.task_type)) == (up.task_queue, up.task_type)
    )
    waiting = varied.statistics.backlog  # type: ignore[union-attr]
    more = up.backlog - waiting
    assert decided(with_backlog(situation, varied, up.backlog)) == up.replicas > decision.desired_replicas
    if 1 < more <= RESOLUTION:
        assert decided(with_backlog(situation, varied, up.backlog - 1)) <= decision.desired_replicas


def _holds_at_its_time(situation: Situation, decision: Decision, later: Later) -> None:
    seconds = later.at - situation.now
    assert decided(after(situation, decision.memory, seconds)) == later.replicas != decision.desired_replicas
    if 5 < seconds <= RESOLUTION:
        assert decided(after(situation, decision.memory, seconds - 1)) == decision.desired_replicas


@settings(max_examples=40)
@given(scene=scenes(), low=st.integers(0, 3))
def test_deciding_there_gives_just_that(scene: Scene, low: int) -> None:
    """At the named backlog more, with one task less not; at the named time other replicas, a second before not."""
    bounded = scene.spec.model_copy(update={"min_replicas": low})
    _holds(Situation(bounded, scene.seen, scene.memory, NOW))


@settings(max_examples=40)
@given(spec=specs(), seen=observations, memory=memories)
def test_whatever_was_seen_it_is_found_or_not(spec: TemporalWorkerPoolSpec, seen: Observation, memory: Memory) -> None:
    """Nothing raises, and what is named holds."""
    _holds(Situation(spec, seen, memory, NOW))


def test_the_next_replica_by_backlog_per_replica() -> None:
    """2 replicas of 5 tasks each, within the tolerance up to 11."""
    seen = observation(queue(8), replicas=2, pods=pods(2, used=5))
    _, change = _asked(Situation(spec(), seen, Memory(), NOW))
    assert change.up == UpAt("orders", "Activity", 12, 3)


@pytest.mark.parametrize(
    ("objective", "named"), [({"scheduleToStartSeconds": 30}, "orders"), ({"backlogPerReplica": 5}, "bills")]
)
def test_the_queue_that_is_named_is_the_one_that_is_closest_to_its_limit(objective: dict[str, int], named: str) -> None:
    """By its backlog, or by that for each slot of a replica."""
    seen = observation(queue(8, slots=1), queue(30, name="bills", slots=100), replicas=6, pods=pods(6))
    _, change = _asked(Situation(spec(objective=objective), seen, Memory(), NOW))
    assert change.up is not None
    assert change.up.task_queue == named


@pytest.mark.parametrize("idle_seconds", [30, 60])
def test_the_time_to_zero_is_named(idle_seconds: int) -> None:
    """A pool that has been idle for 10 s goes to zero when `idleSeconds` are over."""
    asked = spec(scaleToZero={"idleSeconds": idle_seconds}, objective={"scheduleToStartSeconds": 30})
    seen = observation(replicas=1, pods=pods(1))
    decision, change = _asked(Situation(asked, seen, idle_for(10), NOW))
    assert decision.desired_replicas == 1
    assert change.later == Later(NOW + idle_seconds - 10, 0)


def test_the_end_of_an_override_is_a_change() -> None:
    """What the pool does then, if nothing else changes."""
    fixed = Overrides(fixed=FixedReplicas(4, NOW + 100))
    seen = observation(queue(50), replicas=4, pods=pods(4, used=10))
    _, change = _asked(Situation(spec(), seen, Memory(), NOW, overrides=fixed))
    assert change.later is not None
    assert 98 <= change.later.at - NOW <= 102
    assert change.later.replicas > 4


def test_at_max_replicas_no_backlog_is_named() -> None:
    """No number of tasks brings more."""
    seen = observation(queue(500), replicas=20, pods=pods(20, used=10))
    _, change = _asked(Situation(spec(), seen, Memory(), NOW))
    assert change == NextChange()


def test_the_way_to_any_number_is_found() -> None:
    """Up by more tasks, down by time; where neither leads there, nothing is named."""
    seen = observation(queue(8), replicas=2, pods=pods(2, used=5))
    situation = Situation(spec(), seen, Memory(), NOW)
    decision = decide(situation.spec, seen, situation.memory, NOW)
    assert way_to(situation, decision, 4).up == UpAt("orders", "Activity", 16, 4)
    assert way_to(situation, decision, 21) == NextChange()
    idle = Situation(spec(scaleToZero={"idleSeconds": 60}), observation(replicas=1, pods=pods(1)), idle_for(10), NOW)
    later = way_to(idle, decide(idle.spec, idle.observation, idle.memory, NOW), 0).later
    assert later is not None
    assert later.replicas == 0


def test_while_the_replicas_change_no_time_is_named() -> None:
    """The pods that come or go change what is read."""
    seen = observation(queue(50), replicas=2, pods=pods(2, used=10))
    decision, change = _asked(Situation(spec(), seen, Memory(), NOW))
    assert decision.scales
    assert change.later is None


def test_a_steady_load_changes_nothing_by_itself() -> None:
    """Tasks go on to end at their pace: none seems to hang because time went on."""
    busy = tuple(
        replace(pod, slots=tuple(replace(report, tasks_ended=1000, worker=pod.name) for report in pod.slots))
        for pod in pods(4, used=8)
    )
    read = statistics(add_rate=8.0, dispatch_rate=8.0)
    asked = spec(objective={"scheduleToStartSeconds": 30}, taskDurationSeconds={"typical": 4.0}, minReplicas=1)
    memory, now, seen = Memory(), NOW, observation(queue(read), replicas=4, pods=busy)
    for _ in range(60):
        decision = decide(asked, seen, memory, now)
        situation = after(Situation(asked, seen, decision.memory, now), decision.memory, 10)
        seen, memory, now = replace(situation.observation, replicas=4), decision.memory, situation.now
    decision, change = _asked(Situation(asked, seen, memory, now))
    assert (decision.desired_replicas, change.later) == (4, None)
