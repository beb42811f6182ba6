"""Grace: what a person set stays for a while, unless tasks run late."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.api.model import written
from controller.api.overrides import FixedReplicas, Overrides, Pause
from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.by_hand import SetByHand
from controller.scaling.decide import decide
from controller.scaling.decision import Decision, Proposal, Situation
from controller.scaling.field_manager import ManagerKind
from controller.scaling.memory import Memory
from controller.scaling.objective.lateness import latest_task
from controller.scaling.observation import ExternalScale, Observation, Unknown
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.rules.grace import GRACE_SECONDS, grace
from tests.scaling.builders import LOST, NOW, observation, pods, queue, spec, statistics
from tests.scaling.strategies import memories, observations, specs, times

IN_TIME = queue(statistics(40, age_seconds=14))
LATE = queue(statistics(40, age_seconds=16))
"""Tasks that wait for less and for more than the objective of 15 s."""

DEADLINE = {"scheduleToStartSeconds": 15}


def kept(
    by_hand: int, recommended: int, *, current: int | None = None, ago: float = 120, seen: Any = IN_TIME, **fields: Any
) -> Proposal:
    """What grace makes of a recommendation after a person set a number."""
    pool = spec(**{"objective": DEADLINE, **fields})
    replicas = by_hand if current is None else current
    memory = Memory(by_hand=(SetByHand(NOW - ago, by_hand, "kubectl-scale"),))
    situation = Situation(pool, observation(seen, replicas=replicas, pods=pods(replicas)), memory, NOW)
    return grace(situation, Proposal(recommended, memory))


def reason(proposal: Proposal) -> StepReason | None:
    """The reason of the rule's step; `None` where it has nothing to say."""
    return proposal.steps[-1].reason if proposal.steps else None


@pytest.mark.parametrize("recommended", [0, 3, 7, 9])
def test_neither_fewer_nor_more_replicas_than_a_person_set(recommended: int) -> None:
    """While no task is late; the step says what set them, until when, and what is recommended."""
    proposal = kept(7, recommended)
    assert proposal.replicas == 7
    (step,) = proposal.steps
    assert (step.rule, step.reason) == (Rule.GRACE, StepReason.KEPT_AS_SET)
    assert step.message == (
        f"Kept at 7 replicas, set by kubectl-scale at {written(NOW - 120)}, until {written(NOW + 180)} or until tasks "
        f"run late ({recommended} recommended)."
    )
    assert proposal.kept_until == NOW - 120 + GRACE_SECONDS


def test_a_task_that_is_late_gets_its_replicas() -> None:
    """More than were set; but what was set beyond the need stays: a person may know more than the backlog shows."""
    risen = kept(2, 9, seen=LATE)
    assert (risen.replicas, reason(risen)) == (9, StepReason.TASKS_LATE)
    assert "a task of orders/Activity has waited for 16 s" in risen.steps[-1].message
    assert kept(9, 2, seen=LATE).replicas == 9


def test_a_waiting_time_that_is_unknown_may_be_late() -> None:
    """Unknown is not in time."""
    risen = kept(2, 9, seen=queue(LOST))
    assert (risen.replicas, reason(risen)) == (9, StepReason.TASKS_LATE)


def test_an_objective_without_a_time_gets_its_replicas_at_once() -> None:
    """Nothing says when a task would be late; fewer are not set all the same."""
    assert kept(2, 9, objective={"backlogPerReplica": 5}).replicas == 9
    fewer = kept(7, 3, objective={"backlogPerReplica": 5})
    assert fewer.replicas == 7
    assert "or until tasks run late" not in fewer.steps[-1].message


def test_once_more_were_added_for_late_tasks_the_work_decides_above_what_was_set() -> None:
    """Down to it, and up again without waiting for the next task to be late."""
    assert kept(3, 5, current=8).replicas == 5
    assert reason(kept(3, 5, current=8)) is None
    assert kept(3, 9, current=8).replicas == 9
    assert (kept(3, 1, current=8).replicas, reason(kept(3, 1, current=8))) == (3, StepReason.KEPT_AS_SET)


@pytest.mark.parametrize(("by_hand", "recommended", "result"), [(30, 20, 20), (30, 5, 20), (0, 2, 2), (0, 4, 2)])
def test_the_bounds_of_the_pool_hold_as_ever(by_hand: int, recommended: int, result: int) -> None:
    """As with the HPA: what was set beyond maxReplicas is cut to it, and minReplicas are there at once."""
    assert kept(by_hand, recommended, minReplicas=2, maxReplicas=20).replicas == result


def test_what_was_cut_to_a_bound_is_said() -> None:
    """With the number that was set."""
    cut, raised = kept(30, 5).steps[-1].message, kept(0, 4, minReplicas=2).steps[-1].message
    assert cut.startswith("Kept at maxReplicas 20 (30 set by kubectl-scale at ")
    assert raised.startswith("Kept at minReplicas 2 (0 set by kubectl-scale at ")


def test_what_another_one_lowered_since_has_no_grace() -> None:
    """A manifest that was applied after it counts as before."""
    assert (kept(7, 3, current=5).replicas, kept(7, 3, current=5).steps) == (3, ())


def test_it_ends_by_itself() -> None:
    """To the second."""
    assert kept(7, 3, ago=GRACE_SECONDS - 1).replicas == 7
    over = kept(7, 3, ago=GRACE_SECONDS)
    assert (over.replicas, over.steps, over.kept_until) == (3, (), None)


def scaled(
    by: str, kind: ManagerKind, memory: Memory, *, overrides: Overrides | None = None, **fields: Any
) -> Decision:
    """The decision of a pool without any task, just after another field manager scaled it 1 → 6."""
    seen = replace(observation(replicas=6, pods=pods(6)), external_scale=ExternalScale(1, by, kind))
    return decide(spec(**{"objective": DEADLINE, **fields}), seen, memory, NOW, overrides or Overrides())


IDLE = Memory(busy_at=NOW - 3600)


def test_a_scale_by_a_person_is_kept_from_the_decision_on_that_sees_it() -> None:
    """The rule is in the chain: the decision leads with it and names the time at which it has to be made anew."""
    decision = scaled(
        "kubectl-scale", ManagerKind.PERSON, IDLE, behavior={"scaleDown": {"stabilizationWindowSeconds": 0}}
    )
    assert decision.desired_replicas == 6
    assert decision.explanation.startswith("Kept at 6 replicas, set by kubectl-scale at ")
    assert decision.kept_until == NOW + GRACE_SECONDS
    (setting,) = decision.memory.by_hand
    assert setting == SetByHand(NOW, 6, "kubectl-scale")


@pytest.mark.parametrize("kind", [kind for kind in ManagerKind if kind != ManagerKind.PERSON])
def test_what_is_no_person_gets_no_grace(kind: ManagerKind) -> None:
    """A manifest that sets replicas again and again is contention."""
    decision = scaled("argocd-controller", kind, IDLE)
    assert (decision.step(Rule.GRACE), decision.memory.by_hand, decision.kept_until) == (None, (), None)


@pytest.mark.parametrize(
    ("fields", "overrides"),
    [
        ({"mode": "Recommend"}, Overrides()),
        ({}, Overrides(pause=Pause(NOW + 60))),
        ({}, Overrides(fixed=FixedReplicas(2, NOW + 60))),
    ],
    ids=["only recommends", "paused", "fixed"],
)
def test_where_something_else_has_the_last_word_grace_says_nothing(fields: Any, overrides: Overrides) -> None:
    """What the work asks for is what is recommended; an annotation is a person's word, too, and a clearer one."""
    assert scaled("kubectl-scale", ManagerKind.PERSON, IDLE, overrides=overrides, **fields).step(Rule.GRACE) is None


def test_each_further_scale_by_a_person_renews_the_grace() -> None:
    """And counts from then on."""
    before = replace(IDLE, by_hand=(SetByHand(NOW - 280, 4, "kubectl-scale"),))
    decision = scaled("kubectl-scale", ManagerKind.PERSON, before)
    assert decision.kept_until == NOW + GRACE_SECONDS
    assert [setting.replicas for setting in decision.memory.by_hand] == [4, 6]


def test_a_job_that_scales_each_hour_shows_by_how_often_it_did() -> None:
    """No name tells it from a person."""
    hourly = tuple(SetByHand(NOW - 3600 * hours, 6, "kubectl-scale") for hours in (5, 4, 3, 2, 1))
    decision = scaled("kubectl-scale", ManagerKind.PERSON, replace(IDLE, by_hand=hourly))
    step = decision.step(Rule.GRACE)
    assert step is not None
    assert step.message.endswith(
        " kubectl-scale set the replicas 6 times in 5h. If a job does it, give the pool schedules instead."
    )


settings = st.builds(SetByHand, st.floats(0, 2 * GRACE_SECONDS), st.integers(0, 40), st.just("kubectl-scale"))
"""Seconds ago, replicas, and by what."""


def after(memory: Memory, setting: SetByHand, now: float) -> Memory:
    """The memory of a pool in which a person set the replicas so long ago."""
    return replace(memory.for_decision(now), by_hand=(replace(setting, at=now - setting.at),))


@given(spec=specs(), seen=observations, memory=memories, now=times, setting=settings)
def test_grace_never_takes_a_replica_from_tasks_that_are_late_or_may_be(
    spec: TemporalWorkerPoolSpec, seen: Observation, memory: Memory, now: float, setting: SetByHand
) -> None:
    """For any input: what would be set without it is set, or more."""
    unread = any(isinstance(queue.statistics, Unknown) for queue in seen.task_queues)
    without = decide(spec, seen, replace(memory.for_decision(now), by_hand=()), now)
    graced = decide(spec, seen, after(memory, setting, now), now)
    if unread or latest_task(spec, seen) or spec.objective.schedule_to_start_seconds is None:
        assert graced.desired_replicas >= without.desired_replicas
    assert graced.desired_replicas <= max(spec.max_replicas, without.desired_replicas)


@given(spec=specs(), seen=observations, memory=memories, now=st.floats(0, 2e4), setting=settings)
def test_grace_is_over_by_itself_and_leaves_nothing(
    spec: TemporalWorkerPoolSpec, seen: Observation, memory: Memory, now: float, setting: SetByHand
) -> None:
    """For any input the decision is then that of a pool which was not scaled by hand."""
    old = replace(setting, at=GRACE_SECONDS + 1 + setting.at)
    without = decide(spec, seen, replace(memory.for_decision(now), by_hand=()), now)
    later = decide(spec, seen, after(memory, old, now), now)
    assert (later.desired_replicas, later.steps) == (without.desired_replicas, without.steps)
