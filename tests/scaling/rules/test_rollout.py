"""Rollouts hold a falling number while they run, and no longer; afterwards start-up is learned anew."""

from dataclasses import replace

import pytest
from hypothesis import given

from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.deadline.start_up import StartUp
from controller.scaling.decide import decide
from controller.scaling.decision import Decision, Proposal, Situation
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.observation import Observation, PodObservation, Rollout
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.rules.rollout import rolled_out
from tests.scaling.builders import NOW, free_behavior, observation, outcome, pods, queue, spec
from tests.scaling.strategies import memories, observations, specs, times

LEARNED = StartUp(mean_seconds=40.0, count=5)


def decided(rollout: Rollout, *, backlog: int, replicas: int = 4) -> Decision:
    """On so many waiting tasks, of which one replica takes 5."""
    seen = replace(observation(queue(backlog), replicas=replicas, pods=pods(replicas)), rollout=rollout)
    pool = spec(behavior=free_behavior(), taskDurationSeconds={"max": 1})
    return decide(pool, seen, Memory(busy_at=NOW), NOW)


@pytest.mark.parametrize(
    ("rollout", "backlog", "desired"),
    [
        (Rollout.NONE, 10, 2),
        (Rollout.RUNNING, 10, 4),
        (Rollout.STUCK, 10, 2),
        (Rollout.RUNNING, 20, 4),
        (Rollout.RUNNING, 30, 6),
        (Rollout.STUCK, 30, 6),
    ],
)
def test_replicas_rise_but_do_not_fall_while_a_rollout_runs(rollout: Rollout, backlog: int, desired: int) -> None:
    """A stuck one holds nothing: an image that never starts must not pin the replicas for days."""
    decision = decided(rollout, backlog=backlog)
    assert decision.desired_replicas == desired
    assert (decision.step(Rule.ROLLOUT) is not None) == (rollout != Rollout.NONE and backlog == 10)


def test_the_steps_say_what_holds_and_what_to_do() -> None:
    """With the numbers."""
    running, stuck = (decided(rollout, backlog=10).step(Rule.ROLLOUT) for rollout in (Rollout.RUNNING, Rollout.STUCK))
    assert running is not None
    assert stuck is not None
    assert (running.reason, stuck.reason) == (StepReason.ROLLING_OUT, StepReason.ROLLOUT_STUCK)


@given(spec=specs(), seen=observations, memory=memories, now=times)
def test_a_running_rollout_never_lowers(
    spec: TemporalWorkerPoolSpec, seen: Observation, memory: Memory, now: float
) -> None:
    """Whatever was read, but for `maxReplicas`."""
    decision = decide(spec, replace(seen, rollout=Rollout.RUNNING), memory, now)
    assert decision.desired_replicas >= min(seen.replicas, spec.max_replicas)


def after(rollout: Rollout, revision: str | None, memory: Memory) -> Memory:
    """What is remembered of starts once the first rules have spoken."""
    seen = replace(observation(replicas=2, pods=pods(2)), rollout=rollout, revision=revision)
    return rolled_out(Situation(spec(), seen, memory, NOW), Proposal(2, memory)).memory


def test_start_up_is_forgotten_when_a_rollout_is_over() -> None:
    """Not before: until then most pods that start may be of the old template."""
    memory = Memory(start_up=LEARNED, revision="1")
    assert after(Rollout.RUNNING, "2", memory) == memory
    assert after(Rollout.STUCK, "2", memory) == memory
    assert after(Rollout.NONE, "2", memory) == Memory(revision="2")
    assert after(Rollout.NONE, "1", memory) == memory


def test_start_up_stays_where_templates_are_not_told_apart_or_first_seen() -> None:
    """The first sight of a Deployment is no rollout."""
    assert after(Rollout.NONE, None, Memory(start_up=LEARNED, revision="1")).start_up == LEARNED
    assert after(Rollout.NONE, "2", Memory(start_up=LEARNED)) == Memory(start_up=LEARNED, revision="2")


def test_after_a_rollout_start_up_is_learned_from_the_next_pods_of_a_scale_up() -> None:
    """Those that the rollout itself made replaced others, one after the other: they say something else."""
    old, new = pods(2), PodObservation("new", NOW - 9, NOW - 9, NOW - 5)
    seen = replace(observation(queue(10), replicas=2, pods=old), revision="2")
    pool = spec(objective={"scheduleToStartSeconds": 60})
    decision = decide(pool, seen, Memory(start_up=LEARNED, revision="1", busy_at=NOW - 15), NOW - 15)
    assert decision.memory.start_up == StartUp(seen=frozenset({"worker-0", "worker-1"}))
    assert outcome(decision.step(Rule.START_UP)) == (Rule.START_UP, StepReason.START_UP_FORGOTTEN, 2, 2)
    memory = decision.memory.record(ScaleAction(NOW - 10, 2, 3, "", ""))
    after = decide(pool, replace(seen, replicas=3, pods=(*old, new)), memory, NOW).memory.start_up
    assert (after.mean_seconds, after.count) == (4, 1)
