"""Conditions about scaling: renderings of the decision, in the HPA's words where it has them."""

from dataclasses import replace
from typing import Any

import pytest

from controller.api.condition_reasons import AbleToScale, Ready, ScalingActive, ScalingLimited, SchedulesValid
from controller.api.conditions import NOT_CHECKED, ConditionReason, ConditionType
from controller.api.status import ConditionStatus
from controller.operator.passes import ConditionUpdate, PassResult
from controller.operator.report.conditions import conditions as conditions_after
from controller.operator.report.explain import explain
from controller.scaling.decision import Situation
from controller.scaling.memory import Memory, Recommendation, ScaleAction
from controller.scaling.objective.attainment import Attainment
from controller.scaling.observation import Observation
from controller.temporal.reader import TemporalReading
from tests.operator.builders import deployment, inputs, pool
from tests.scaling.builders import LOST, NOW, free_behavior, observation, pods, queue, spec

STEADY = observation(queue(10), replicas=2, pods=pods(2, used=5))


def _result(seen: Observation, memory: Memory | None = None, **changes: Any) -> PassResult:
    situation = Situation(spec(**changes), seen, memory or Memory(), NOW)
    return PassResult.of(situation, deployment(replicas=seen.replicas))


def _updates(result: PassResult) -> dict[ConditionType, ConditionUpdate]:
    report = explain(inputs((), {}, TemporalReading({}, (), None)), result, Attainment(), ())
    return {update.condition: update for update in report.updates}


def _found(seen: Observation, memory: Memory | None = None, **changes: Any) -> dict[ConditionType, ConditionUpdate]:
    return _updates(_result(seen, memory, **changes))


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
    update = _found(replace(STEADY, task_queues=(queue(0),), pods=pods(2)), memory)[ConditionType.ABLE_TO_SCALE]
    assert update.reason == AbleToScale.SCALE_DOWN_STABILIZED


def test_busy_replicas_are_named_in_able_to_scale() -> None:
    """The message names the pods for which the number waits."""
    busy = replace(STEADY, task_queues=(queue(0),), pods=pods(2, used=1), can_set_deletion_costs=True)
    memory = Memory(recommendations=(Recommendation(NOW - 400, 1),))
    update = _found(busy, memory, disruption="IdleOnly", behavior=free_behavior().to_manifest())[
        ConditionType.ABLE_TO_SCALE
    ]
    assert update.reason == AbleToScale.REPLICAS_BUSY
    assert "0 of 2 pods are idle" in update.message


def test_a_scale_action_and_a_failure_are_named_in_able_to_scale() -> None:
    """A failure wins over everything else."""
    scaled = replace(_result(STEADY), action=ScaleAction(NOW, 2, 4, "BacklogPerReplica", "20 tasks wait."))
    update = _updates(scaled)[ConditionType.ABLE_TO_SCALE]
    assert update == ConditionUpdate(AbleToScale.SUCCEEDED_RESCALE, "Scaled 2 → 4: 20 tasks wait.")
    failure = ConditionUpdate(AbleToScale.FAILED_UPDATE_SCALE, "Forbidden.")
    assert _updates(replace(scaled, failure=failure))[ConditionType.ABLE_TO_SCALE] is failure


def test_ready_gives_the_reason_of_the_number() -> None:
    """The first line that an on-call engineer reads answers why."""
    result = _result(STEADY)
    good = explain(inputs((), {}, TemporalReading({}, (), None)), result, Attainment(), ())
    assert (good.ready, good.is_failure) == (ConditionUpdate(Ready.AUTOSCALING, result.decision.explanation), False)
    recommended = _result(STEADY, mode="Recommend")
    report = explain(inputs((), {}, TemporalReading({}, (), None)), recommended, Attainment(), ())
    assert (report.ready.reason, report.is_failure) == (ScalingActive.RECOMMEND_ONLY, False)


def test_beside_another_scaler_a_recommending_pool_says_how_to_switch() -> None:
    """And not to set the mode that it has."""
    contender = "HorizontalPodAutoscaler by-cpu also scales Deployment w."
    found = _found(replace(STEADY, contenders=(contender,)), mode="Recommend")
    assert found[ConditionType.ABLE_TO_SCALE] == ConditionUpdate(
        AbleToScale.READY_FOR_NEW_SCALE,
        "No conflict while mode is Recommend: HorizontalPodAutoscaler by-cpu also scales Deployment w. `twp adopt` "
        "switches from one to the other.",
    )


def test_pods_whose_watch_is_lost_are_not_said_to_be_ready() -> None:
    """What was read minutes ago need no longer be true: the condition is Unknown, and says why."""
    result = _result(replace(STEADY, outdated="Pods were last read 90 s ago: connection refused."))
    report = explain(inputs((), {}, TemporalReading({}, (), None)), result, Attainment(), ())
    made = {c.type: c for c in conditions_after(pool(), report, (), NOW)}
    capacity = made[ConditionType.CAPACITY_AVAILABLE]
    assert (capacity.status, capacity.reason) == (ConditionStatus.UNKNOWN, NOT_CHECKED)
    assert capacity.message == "Not checked: Pods were last read 90 s ago: connection refused."


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ({"cron": "0 8 * * 1-9"}, 'Schedule "0 8 * * 1-9" is ignored'),
        ({"timeZone": "Europe/Berln"}, "its timeZone Europe/Berln is unknown"),
    ],
)
def test_a_schedule_that_cannot_be_read_is_a_condition(schedule: dict[str, str], words: str) -> None:
    """It passed admission, and a step of the decision alone is not where people look."""
    fields = {"cron": "0 8 * * 1-5", "durationSeconds": 3600, "minReplicas": 2, **schedule}
    update = _found(STEADY, schedules=[fields])[ConditionType.SCHEDULES_VALID]
    assert update.reason is SchedulesValid.INVALID_SCHEDULE
    assert words in update.message
    right = _found(STEADY, schedules=[fields | {"cron": "0 8 * * 1-5", "timeZone": "Europe/Berlin"}])
    assert right[ConditionType.SCHEDULES_VALID].reason is SchedulesValid.SCHEDULES_VALID
