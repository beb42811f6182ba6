"""Contention: other scalers, external scales, and reversals."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.scaling.by_hand import SetByHand
from controller.scaling.decide import decide
from controller.scaling.decision import Decision, Step
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.observation import ExternalScale
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.rules.contention import (
    FIRST_BACK_OFF_SECONDS,
    LONGEST_BACK_OFF_SECONDS,
    backs_off_until,
)
from tests.scaling.builders import NOW, free_behavior, observation, outcome, pods, queue, spec

HPA = "HorizontalPodAutoscaler orders scales this Deployment, too: delete it."
KEDA = "ScaledObject orders scales this Deployment, too: delete it."
NEVER = float("-inf")


def fought(*reversed_at: float) -> Memory:
    """A memory in which 2 → 4 was reversed at these times, each 1 s after the operator's change."""
    actions = [
        action
        for at in reversed_at
        for action in (
            ScaleAction(at - 1, 2, 4, "BacklogPerReplica", "ours"),
            ScaleAction(at, 4, 2, "ScaledByOther", "theirs", by="argocd-controller"),
        )
    ]
    return Memory(scale_actions=tuple(actions), busy_at=NOW)


def decided(
    memory: Memory, *, contenders: tuple[str, ...] = (), external_scale: ExternalScale | None = None, mode: str = "Auto"
) -> Decision:
    """On 20 waiting tasks, for which 4 replicas are recommended where 2 are."""
    seen = replace(
        observation(queue(20), replicas=2, pods=pods(2)), contenders=contenders, external_scale=external_scale
    )
    return decide(spec(behavior=free_behavior(), mode=mode), seen, memory, NOW)


def test_the_deployment_is_left_to_another_scaler() -> None:
    """The step names it and says what is recommended; nothing else is to be changed either."""
    decision = decided(Memory(), contenders=(HPA, KEDA))
    assert not decision.scales
    assert outcome(decision.step(Rule.CONTENTION)) == (Rule.CONTENTION, StepReason.CONTESTED, 4, 2)
    assert decision.suspended
    assert f"{HPA} {KEDA}" in decision.suspended


def test_beside_another_scaler_recommendations_are_made_all_the_same() -> None:
    """That is what they are for; a fight can't be either."""
    for decision in (
        decided(Memory(), contenders=(HPA,), mode="Recommend"),
        decided(fought(NOW - 30, NOW - 20, NOW - 10), mode="Recommend"),
    ):
        assert decision.desired_replicas == 4
        assert decision.suspended is None


def test_a_change_by_somebody_else_is_recorded_and_decided_on() -> None:
    """It stands until this decision, which goes on from it, and counts for no policy of behavior."""
    decision = decided(Memory(), external_scale=ExternalScale(6, "kubectl"))
    (action,) = decision.memory.scale_actions
    assert action == ScaleAction(
        NOW, 6, 2, StepReason.SCALED_BY_OTHER, "kubectl scaled 6 → 2; the decision goes on from 2.", by="kubectl"
    )
    first = decision.steps[0]
    assert first == Step(Rule.OTHERS, StepReason.SCALED_BY_OTHER, action.message, 2, 2)
    assert decision.desired_replicas == 4


def test_a_policy_of_behavior_does_not_count_what_somebody_else_added() -> None:
    """He went from 1 to 2 just now; the policy allows 2 more pods from there."""
    rules = {"scaleUp": {"policies": [{"type": "Pods", "value": 2, "periodSeconds": 60}]}}
    seen = observation(queue(50), replicas=2, pods=pods(2))
    memory = Memory(scale_actions=(ScaleAction(NOW - 1, 1, 2, "ScaledByOther", "", by="kubectl"),), busy_at=NOW)
    assert decide(spec(behavior=rules), seen, memory, NOW).desired_replicas == 4


def test_three_reversals_within_five_minutes_are_a_fight() -> None:
    """The step says who, when, until when the operator stands back, and how to end it."""
    decision = decided(fought(NOW - 200, NOW - 100, NOW - 10))
    assert not decision.scales
    step = decision.step(Rule.CONTENTION)
    assert step is not None
    assert step.reason == StepReason.REVERSED
    assert decision.suspended == step.message


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        ((330, 320, 310, 10), "set the replicas back again, 4 → 2 at"),
        ((320, 310, 300, 5), "set the replicas back 2 times within 300 s, last 4 → 2 at"),
    ],
    ids=["alone", "within five minutes of the last of the fight"],
)
def test_a_try_that_is_reversed_is_told_with_those_of_five_minutes(ago: tuple[float, ...], words: str) -> None:
    """A fight that went before and is over longer than that is not counted again."""
    step = decided(fought(*(NOW - each for each in ago))).step(Rule.CONTENTION)
    assert step is not None
    assert step.reason == StepReason.REVERSED
    assert words in step.message


@pytest.mark.parametrize(
    "memory",
    [
        fought(NOW - 100, NOW - 10),
        fought(NOW - 400, NOW - 100, NOW - 10),
        fought(NOW - 900, NOW - 800, NOW - 700),
        fought(NOW - 320, NOW - 310, NOW - FIRST_BACK_OFF_SECONDS),
    ],
    ids=["two", "three-in-more-than-five-minutes", "stood-back-for-long-enough", "for-just-long-enough"],
)
def test_fewer_or_older_reversals_are_none(memory: Memory) -> None:
    """The operator goes on."""
    assert decided(memory).desired_replicas == 4


def test_changes_that_undo_nothing_of_ours_are_no_reversals() -> None:
    """Somebody sets the replicas three times by himself, or in our direction."""
    by_himself = tuple(ScaleAction(NOW - i, 4, 2, "ScaledByOther", "", by="kubectl") for i in (3, 2, 1))
    assert decided(Memory(scale_actions=by_himself, busy_at=NOW)).desired_replicas == 4
    upwards = [
        action
        for at in (NOW - 30, NOW - 20, NOW - 10)
        for action in (ScaleAction(at - 1, 1, 2, "", ""), ScaleAction(at, 2, 3, "", "", by="kubectl"))
    ]
    assert decided(Memory(scale_actions=tuple(upwards), busy_at=NOW)).desired_replicas == 4


def test_the_operator_tries_again_and_backs_off_longer_each_time() -> None:
    """It doubles from five minutes to an hour, and starts anew once a try was let be."""
    times = [0.0, 10.0, 20.0]
    waited = []
    for _ in range(6):
        until = backs_off_until(times)
        waited.append(until - times[-1])
        times.append(until + 5)
    assert waited == [300.0, 600.0, 1200.0, 2400.0, 3600.0, 3600.0]
    assert backs_off_until([0.0, 150.0, 300.0]) == NEVER
    assert backs_off_until([0.0, 10.0, 20.0, 620.0]) == 20.0 + FIRST_BACK_OFF_SECONDS
    assert backs_off_until([0.0, 10.0, 20.0, 1000.0]) == 20.0 + FIRST_BACK_OFF_SECONDS
    assert backs_off_until([0.0, 10.0, 20.0, 1000.0, 1010.0, 1020.0]) == 1020.0 + FIRST_BACK_OFF_SECONDS


def fought_by_hand(*reversed_at: float) -> Memory:
    """The same, by a person."""
    memory = fought(*reversed_at)
    actions = tuple(replace(a, by="kubectl-scale") if a.by else a for a in memory.scale_actions)
    return replace(
        memory, scale_actions=actions, by_hand=tuple(SetByHand(at, 2, "kubectl-scale") for at in reversed_at)
    )


def test_a_person_may_try_twice_as_often_before_it_is_a_fight() -> None:
    """Grace keeps what was set, so that it is reversed only while tasks run late."""
    fight = [NOW - 10 * times for times in (6, 5, 4, 3, 2, 1)]
    assert decided(fought_by_hand(*fight[1:])).step(Rule.CONTENTION) is None
    step = decided(fought_by_hand(*fight)).step(Rule.CONTENTION)
    assert step is not None
    assert step.reason == StepReason.REVERSED
    assert "kubectl-scale set the replicas back 6 times" in step.message


@given(gaps=st.lists(st.floats(0, 1e4), max_size=30))
def test_standing_back_is_bounded(gaps: list[float]) -> None:
    """Whatever happened, it is tried again within an hour of the last reversal."""
    times = [sum(gaps[: i + 1]) for i in range(len(gaps))]
    until = backs_off_until(times)
    assert until == NEVER or until <= times[-1] + LONGEST_BACK_OFF_SECONDS
