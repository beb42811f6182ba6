"""Conditions about scaling: renderings of the decision, in the HPA's words where it has them."""

from dataclasses import replace
from typing import Any

import pytest

from controller.api.condition_reasons import AbleToScale, InFlightKnown, Ready, ScalingActive, ScalingLimited
from controller.api.conditions import ConditionReason, ConditionType
from controller.api.spec import InFlightSource, Mode
from controller.operator.actuate.act import Outcome
from controller.operator.findings import Finding
from controller.operator.report.explain import explain, in_flight_known, ready
from controller.scaling.decide import decide
from controller.scaling.decision import Situation
from controller.scaling.memory import Memory, Recommendation, ScaleAction
from controller.scaling.observation import Observation
from tests.operator.builders import deployment
from tests.scaling.builders import LOST, NEVER_THERE, NOW, free_behavior, observation, pod, pods, queue, report, spec

STEADY = observation(queue(10), replicas=2, pods=pods(2, used=5))


def _found(seen: Observation, memory: Memory | None = None, **changes: Any) -> dict[ConditionType, Finding]:
    situation = Situation(spec(**changes), seen, memory or Memory(), NOW)
    decision = decide(situation.spec, seen, situation.memory, NOW)
    outcome = Outcome(decision, decision.memory, deployment(replicas=seen.replicas))
    return {finding.condition: finding for finding in explain(situation, outcome)}


@pytest.mark.parametrize(
    ("seen", "changes", "reason"),
    [
        (STEADY, {}, ScalingActive.VALID_METRIC_FOUND),
        (STEADY, {"mode": "Recommend"}, ScalingActive.RECOMMEND_ONLY),
        (replace(STEADY, task_queues=(queue(LOST),)), {}, ScalingActive.FAILED_GET_BACKLOG),
        (replace(STEADY, task_queues=(queue(10, slots=LOST),)), {}, ScalingActive.SLOTS_UNKNOWN),
    ],
)
def test_scaling_is_active_while_there_is_a_number_to_want(
    seen: Observation, changes: dict[str, Any], reason: ConditionReason
) -> None:
    """What is missing is named."""
    assert _found(seen, **changes)[ConditionType.SCALING_ACTIVE].reason == reason


@pytest.mark.parametrize(
    ("seen", "changes", "reason"),
    [
        (STEADY, {}, ScalingLimited.DESIRED_WITHIN_RANGE),
        (STEADY, {"minReplicas": 3}, ScalingLimited.TOO_FEW_REPLICAS),
        (STEADY, {"maxReplicas": 1}, ScalingLimited.TOO_MANY_REPLICAS),
        (replace(STEADY, task_queues=(queue(100),)), {}, ScalingLimited.SCALE_UP_LIMIT),
    ],
)
def test_scaling_is_limited_by_what_had_the_last_word(
    seen: Observation, changes: dict[str, Any], reason: ConditionReason
) -> None:
    """A bound, or a policy of behavior."""
    assert _found(seen, **changes)[ConditionType.SCALING_LIMITED].reason == reason


def test_a_stabilized_number_is_named_in_able_to_scale() -> None:
    """As the HPA does: it is able to scale, and says why it does not."""
    memory = Memory(recommendations=(Recommendation(NOW - 10, 2),))
    finding = _found(replace(STEADY, task_queues=(queue(0),), pods=pods(2)), memory)[ConditionType.ABLE_TO_SCALE]
    assert finding.reason == AbleToScale.SCALE_DOWN_STABILIZED


def test_busy_replicas_are_named_in_able_to_scale() -> None:
    """Whoever wonders why the number does not fall reads which pods it waits for."""
    busy = replace(STEADY, task_queues=(queue(0),), pods=pods(2, used=1), can_rank_pods=True)
    memory = Memory(recommendations=(Recommendation(NOW - 400, 1),))
    finding = _found(busy, memory, disruption="IdleOnly", behavior=free_behavior().to_manifest())[
        ConditionType.ABLE_TO_SCALE
    ]
    assert finding.reason == AbleToScale.REPLICAS_BUSY
    assert "0 of 2 pods do: held at 2" in finding.message


def test_a_scale_action_and_a_failure_are_named_in_able_to_scale() -> None:
    """A failure wins over everything else."""
    decision = decide(spec(), STEADY, Memory(), NOW)
    action = ScaleAction(NOW, 2, 4, "BacklogPerReplica", "20 tasks wait.")
    situation = Situation(spec(), STEADY, Memory(), NOW)
    scaled = Outcome(decision, decision.memory, deployment(), action)
    assert Finding(AbleToScale.SUCCEEDED_RESCALE, "2 → 4 replicas: 20 tasks wait.") in explain(situation, scaled)
    failure = Finding(AbleToScale.FAILED_UPDATE_SCALE, "Forbidden.")
    assert failure in explain(situation, replace(scaled, action=None, failure=failure))


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (observation(), InFlightKnown.NO_REPLICAS),
        (STEADY, InFlightKnown.HEARTBEATS_FOUND),
        (replace(STEADY, in_flight=NEVER_THERE), InFlightKnown.HEARTBEATS_MISSING),
        (replace(STEADY, in_flight=LOST), InFlightKnown.HEARTBEATS_LOST),
        (replace(STEADY, pods=(pod(report(1)), pod(name="new", ready_since=NOW - 89))), InFlightKnown.HEARTBEATS_FOUND),
        (replace(STEADY, pods=(pod(report(1)), pod(name="old", ready_since=NOW - 91))), InFlightKnown.HEARTBEATS_LOST),
        (replace(STEADY, pods=(pod(ready_since=NOW - 91),)), InFlightKnown.HEARTBEATS_LOST),
    ],
    ids=["nobody there", "all report", "no source", "source lost", "new pod silent", "old pod silent", "all silent"],
)
def test_work_in_flight_is_known_while_pods_report(seen: Observation, reason: ConditionReason) -> None:
    """A new pod has time for its first report; after that its silence is trouble."""
    assert in_flight_known(InFlightSource.AUTO, seen, NOW).reason == reason


def test_ready_gives_the_reason_of_the_number() -> None:
    """The on-call engineer's first look answers why."""
    decision = decide(spec(), STEADY, Memory(), NOW)
    assert ready(spec(), decision) == Finding(Ready.AUTOSCALING, decision.explanation)
    recommending = spec().model_copy(update={"mode": Mode.RECOMMEND})
    assert ready(recommending, decision).reason == ScalingActive.RECOMMEND_ONLY
