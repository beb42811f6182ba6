"""The findings that render a decision and its observation: conditions are never a second opinion."""

from collections.abc import Iterator
from typing import Final

from controller.api.condition_reasons import AbleToScale, Ready, ScalingActive, ScalingLimited, SchedulesValid
from controller.api.conditions import ConditionType
from controller.api.spec import Mode
from controller.api.status import Condition
from controller.api.text import listed
from controller.operator.external_scale import UNNAMED
from controller.operator.passes import ConditionUpdate, Inputs, NoTarget, PassResult
from controller.operator.report.capacity import capacity_available
from controller.operator.report.conditions import KEPT_FAILURES, in_the_way
from controller.operator.report.handing_over import handing_over
from controller.operator.report.objective import objective_met
from controller.operator.report.readable import objects_readable
from controller.operator.report.report import Report
from controller.operator.report.slots import slots_effective
from controller.operator.report.workers import in_flight_known, overdue, with_doubts, workers_polling
from controller.scaling.decision import Decision, Situation, Step
from controller.scaling.objective.attainment import Attainment
from controller.scaling.observation import Observation, Unknown
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.text import after_colon, counted

_LIMITED: Final = {
    StepReason.TOO_FEW_REPLICAS: ScalingLimited.TOO_FEW_REPLICAS,
    StepReason.SCHEDULED: ScalingLimited.TOO_FEW_REPLICAS,
    StepReason.TOO_MANY_REPLICAS: ScalingLimited.TOO_MANY_REPLICAS,
    StepReason.SCALE_UP_LIMIT: ScalingLimited.SCALE_UP_LIMIT,
    StepReason.SCALE_DOWN_LIMIT: ScalingLimited.SCALE_DOWN_LIMIT,
}

_HELD: Final = {
    StepReason.KEPT_AS_SET: AbleToScale.SCALED_BY_OTHER,
    StepReason.SCALE_UP_STABILIZED: AbleToScale.SCALE_UP_STABILIZED,
    StepReason.SCALE_DOWN_STABILIZED: AbleToScale.SCALE_DOWN_STABILIZED,
    StepReason.REPLICAS_BUSY: AbleToScale.REPLICAS_BUSY,
}


_CONTESTED: Final = {
    StepReason.CONTESTED: AbleToScale.TARGET_CONTESTED,
    StepReason.REVERSED: AbleToScale.REPLICAS_REVERSED,
}


def explain(inputs: Inputs, result: PassResult, attainment: Attainment, previous: tuple[Condition, ...]) -> Report:
    """The report of a pass that decided.

    Args:
        inputs: What it read.
        result: What it decided, and what became of it.
        attainment: Whether tasks start within the objective.
        previous: The conditions as they were last written.
    """
    not_checked = dict(_not_checked(result.situation.observation))
    updates = tuple(u for u in _updates(inputs, result, attainment, previous) if u.condition not in not_checked)
    is_failure = in_the_way(updates) is not None
    return Report(updates, _ready(result), is_failure, result, attainment, not_checked=not_checked)


def explain_no_target(inputs: NoTarget) -> Report:
    """The report of a pass that found no usable Deployment."""
    return Report(inputs.updates, inputs.problem, is_failure=True, target_is_gone=inputs.is_gone)


def explain_failure(failure: ConditionUpdate, *, may_pass: bool, failures_before: int) -> Report:
    """The report of a pass that failed.

    Args:
        failure: Why.
        may_pass: Whether the next try may succeed without a change by a person.
        failures_before: Passes in a row that failed before it.
    """
    return Report((), failure, is_failure=True, keeps_unchecked=may_pass and failures_before < KEPT_FAILURES)


def _updates(
    inputs: Inputs, result: PassResult, attainment: Attainment, previous: tuple[Condition, ...]
) -> Iterator[ConditionUpdate]:
    situation, observation, decision = result.situation, result.situation.observation, result.decision
    yield from inputs.updates
    yield objects_readable(inputs.unreadable, inputs.unwatched)
    yield _scaling_active(situation, decision)
    yield result.failure or _able_to_scale(result)
    yield _scaling_limited(decision)
    yield capacity_available(situation, decision.capacity, previous)
    yield with_doubts(in_flight_known(situation.spec.in_flight.source, observation, situation.now), observation)
    yield slots_effective(result.slots, observation, rolling_out=result.deployment.rolling_out)
    yield workers_polling(observation, situation.now, inputs.pool_created_at)
    yield _schedules_valid(decision)
    if situation.spec.objective.schedule_to_start_seconds is not None:
        yield objective_met(situation, decision, attainment, previous)


def _not_checked(observation: Observation) -> Iterator[tuple[ConditionType, str]]:
    """Conditions of which this pass knows nothing new, and why."""
    if observation.outdated:
        yield ConditionType.CAPACITY_AVAILABLE, f"Not checked: {observation.outdated.rstrip('.')}."


def _ready(result: PassResult) -> ConditionUpdate:
    """What `Ready` says when nothing is in the way."""
    decision = result.decision
    if result.situation.spec.mode == Mode.RECOMMEND:
        message = f"Recommended: {counted(decision.desired_replicas, 'replica')}, not set (mode is Recommend)."
        return ConditionUpdate(ScalingActive.RECOMMEND_ONLY, message)
    return ConditionUpdate(Ready.AUTOSCALING, decision.explanation)


def _scaling_active(situation: Situation, decision: Decision) -> ConditionUpdate:
    queues = situation.observation.task_queues
    freshness = decision.step(Rule.FRESHNESS) or decision.deciding_step
    if any(isinstance(queue.statistics, Unknown) for queue in queues):
        return ConditionUpdate(ScalingActive.FAILED_GET_BACKLOG, freshness.message)
    if overdue(situation.observation.ready_pods, situation.now) and any(
        isinstance(queue.slots_per_replica, Unknown) for queue in queues
    ):
        return ConditionUpdate(ScalingActive.SLOTS_UNKNOWN, freshness.message)
    recommends = situation.spec.mode == Mode.RECOMMEND
    demand = decision.step(Rule.DEMAND) or decision.deciding_step
    return ConditionUpdate(
        ScalingActive.RECOMMEND_ONLY if recommends else ScalingActive.VALID_METRIC_FOUND, demand.message
    )


def _schedules_valid(decision: Decision) -> ConditionUpdate:
    if decision.scheduled.problems:
        return ConditionUpdate(SchedulesValid.INVALID_SCHEDULE, listed(decision.scheduled.problems, separator=" "))
    return ConditionUpdate(SchedulesValid.SCHEDULES_VALID, SchedulesValid.SCHEDULES_VALID.cause)


def _able_to_scale(result: PassResult) -> ConditionUpdate:
    situation = result.situation
    contention = result.decision.step(Rule.CONTENTION)
    if contention:
        return _contested(result, contention)
    if action := result.action:
        message = f"Scaled {action.replicas_before} → {action.replicas_after}: {after_colon(action.message)}"
        return ConditionUpdate(AbleToScale.SUCCEEDED_RESCALE, message)
    for step in sorted(result.decision.steps, key=lambda step: step.rule != Rule.GRACE):
        if step.reason in _HELD:
            return ConditionUpdate(_HELD[step.reason], step.message)
    if situation.spec.mode == Mode.RECOMMEND and situation.observation.contenders:
        named = " ".join(situation.observation.contenders)
        message = f"No conflict while mode is Recommend: {named} `twp adopt` switches from one to the other."
        return ConditionUpdate(AbleToScale.READY_FOR_NEW_SCALE, message)
    return ConditionUpdate(AbleToScale.READY_FOR_NEW_SCALE, "No restriction on scaling.")


def _contested(result: PassResult, contention: Step) -> ConditionUpdate:
    """What else scales the Deployment; the remedy against reversals depends on how that does it."""
    reason = _CONTESTED[contention.reason]
    if reason != AbleToScale.REPLICAS_REVERSED:
        return ConditionUpdate(reason, contention.message)
    manager = next((action.by for action in reversed(result.memory.scale_actions) if action.by), UNNAMED)
    remedy = handing_over(result.deployment, manager)
    return ConditionUpdate(reason, f"{contention.message} {remedy}")


def _scaling_limited(decision: Decision) -> ConditionUpdate:
    for step in reversed(decision.steps):
        if step.reason in _LIMITED:
            return ConditionUpdate(_LIMITED[step.reason], step.message)
    within = [step for step in decision.steps if step.rule == Rule.BOUNDS] or decision.steps
    return ConditionUpdate(ScalingLimited.DESIRED_WITHIN_RANGE, within[-1].message)
