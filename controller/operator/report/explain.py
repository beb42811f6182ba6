"""The findings that render a decision and its observation: conditions are never a second opinion."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from controller.api.condition_reasons import (
    AbleToScale,
    InFlightKnown,
    Ready,
    ScalingActive,
    ScalingLimited,
    WorkersPolling,
)
from controller.api.spec import InFlightSource, Mode
from controller.api.status import Condition
from controller.operator.external_scale import UNNAMED
from controller.operator.passes import ConditionUpdate, Inputs, NoTarget, PassResult
from controller.operator.report.capacity import capacity_available
from controller.operator.report.conditions import KEPT_FAILURES, in_the_way
from controller.operator.report.handing_over import handing_over
from controller.operator.report.objective import objective_met
from controller.operator.report.readable import objects_readable
from controller.operator.report.report import Report
from controller.operator.report.slots import slots_effective
from controller.scaling.decision import Decision, Situation, Step
from controller.scaling.objective.attainment import Attainment
from controller.scaling.observation import (
    POD_METRICS,
    Observation,
    PodObservation,
    TaskQueueObservation,
    Unknown,
    UnknownCause,
)
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.text import are, counted
from controller.temporal.workers import FIRST_REPORT_SECONDS

_LIMITED: Final = {
    StepReason.TOO_FEW_REPLICAS: ScalingLimited.TOO_FEW_REPLICAS,
    StepReason.SCHEDULED: ScalingLimited.TOO_FEW_REPLICAS,
    StepReason.TOO_MANY_REPLICAS: ScalingLimited.TOO_MANY_REPLICAS,
    StepReason.SCALE_UP_LIMIT: ScalingLimited.SCALE_UP_LIMIT,
    StepReason.SCALE_DOWN_LIMIT: ScalingLimited.SCALE_DOWN_LIMIT,
}

_BY_HEARTBEATS: Final = (
    InFlightKnown.HEARTBEATS_FOUND,
    InFlightKnown.HEARTBEATS_LOST,
    InFlightKnown.HEARTBEATS_MISSING,
)
_BY_METRICS: Final = (
    InFlightKnown.POD_METRICS_FOUND,
    InFlightKnown.POD_METRICS_LOST,
    InFlightKnown.POD_METRICS_MISSING,
)
"""When pods report, when they did and no longer do, and when they never did."""

_HELD: Final = {
    StepReason.SCALE_UP_STABILIZED: AbleToScale.SCALE_UP_STABILIZED,
    StepReason.SCALE_DOWN_STABILIZED: AbleToScale.SCALE_DOWN_STABILIZED,
    StepReason.REPLICAS_BUSY: AbleToScale.REPLICAS_BUSY,
}


def explain(inputs: Inputs, result: PassResult, attainment: Attainment, previous: tuple[Condition, ...]) -> Report:
    """The report of a pass that decided.

    Args:
        inputs: What it read.
        result: What it decided, and what became of it.
        attainment: Whether tasks start within the objective.
        previous: The conditions as they were last written.
    """
    updates = tuple(_updates(inputs, result, attainment, previous))
    problem = in_the_way(updates)
    ready = problem or _ready(result)
    return Report(updates, ready, is_failure=problem is not None, result=result, attainment=attainment)


def explain_no_target(inputs: NoTarget) -> Report:
    """The report of a pass that found no usable Deployment."""
    return Report(inputs.updates, in_the_way(inputs.updates) or inputs.problem, is_failure=True)


def explain_failure(failure: ConditionUpdate, failures_before: int) -> Report:
    """The report of a pass that failed.

    Args:
        failure: Why.
        failures_before: Passes in a row that failed before it.
    """
    keeps = failure.reason is Ready.RECONCILE_ERROR and failures_before < KEPT_FAILURES
    return Report((), failure, is_failure=True, keeps_unchecked=keeps)


def _updates(
    inputs: Inputs, result: PassResult, attainment: Attainment, previous: tuple[Condition, ...]
) -> Iterator[ConditionUpdate]:
    situation, observation, decision = result.situation, result.situation.observation, result.decision
    yield from inputs.updates
    yield objects_readable(inputs.unreadable)
    yield _scaling_active(situation, decision)
    yield result.failure or _able_to_scale(result)
    yield _scaling_limited(decision)
    yield capacity_available(situation, decision.capacity)
    yield with_doubts(in_flight_known(situation.spec.in_flight.source, observation, situation.now), observation)
    yield slots_effective(result.slots, observation, rolling_out=result.deployment.rolling_out)
    yield workers_polling(observation, situation.now)
    if situation.spec.objective.schedule_to_start_seconds is not None:
        yield objective_met(situation, decision, attainment, previous)


def _ready(result: PassResult) -> ConditionUpdate:
    """What `Ready` says when nothing is in the way."""
    decision = result.decision
    if result.situation.spec.mode == Mode.RECOMMEND:
        message = f"{are(decision.desired_replicas, 'replica')} recommended; mode is Recommend, so none are set."
        return ConditionUpdate(ScalingActive.RECOMMEND_ONLY, message)
    return ConditionUpdate(Ready.AUTOSCALING, decision.explanation)


def _scaling_active(situation: Situation, decision: Decision) -> ConditionUpdate:
    queues = situation.observation.task_queues
    freshness = decision.step(Rule.FRESHNESS) or decision.deciding_step
    if any(isinstance(queue.statistics, Unknown) for queue in queues):
        return ConditionUpdate(ScalingActive.FAILED_GET_BACKLOG, freshness.message)
    overdue = _overdue(situation.observation.ready_pods, situation.now)
    if overdue and any(isinstance(queue.slots_per_replica, Unknown) for queue in queues):
        return ConditionUpdate(ScalingActive.SLOTS_UNKNOWN, freshness.message)
    recommends = situation.spec.mode == Mode.RECOMMEND
    demand = decision.step(Rule.DEMAND) or decision.deciding_step
    return ConditionUpdate(
        ScalingActive.RECOMMEND_ONLY if recommends else ScalingActive.VALID_METRIC_FOUND, demand.message
    )


def _able_to_scale(result: PassResult) -> ConditionUpdate:
    situation = result.situation
    contention = result.decision.step(Rule.CONTENTION)
    if contention:
        return _contested(result, contention)
    if action := result.action:
        message = f"Scaled {action.replicas_before} → {action.replicas_after}: {action.message}"
        return ConditionUpdate(AbleToScale.SUCCEEDED_RESCALE, message)
    for step in result.decision.steps:
        if step.reason in _HELD:
            return ConditionUpdate(_HELD[step.reason], step.message)
    if situation.spec.mode == Mode.RECOMMEND and situation.observation.contenders:
        named = " ".join(situation.observation.contenders)
        return ConditionUpdate(AbleToScale.READY_FOR_NEW_SCALE, f"Mode is Recommend, so this is no conflict: {named}")
    return ConditionUpdate(AbleToScale.READY_FOR_NEW_SCALE, "Replicas can be changed at any time.")


def _contested(result: PassResult, contention: Step) -> ConditionUpdate:
    """Who else scales the Deployment; the remedy against reversals depends on how the other one does it."""
    if contention.reason != StepReason.REVERSED:
        return ConditionUpdate(AbleToScale.TARGET_CONTESTED, contention.message)
    manager = next((action.by for action in reversed(result.memory.scale_actions) if action.by), UNNAMED)
    remedy = handing_over(result.deployment, manager)
    return ConditionUpdate(AbleToScale.REPLICAS_REVERSED, f"{contention.message} {remedy}")


def _scaling_limited(decision: Decision) -> ConditionUpdate:
    for step in reversed(decision.steps):
        if step.reason in _LIMITED:
            return ConditionUpdate(_LIMITED[step.reason], step.message)
    within = [step for step in decision.steps if step.rule == Rule.BOUNDS] or decision.steps
    return ConditionUpdate(ScalingLimited.DESIRED_WITHIN_RANGE, within[-1].message)


def with_doubts(finding: ConditionUpdate, observation: Observation) -> ConditionUpdate:
    """With what was reported and can't be: it is corrected or left out, and told."""
    return replace(finding, message=" ".join((finding.message, *observation.doubts))) if observation.doubts else finding


def in_flight_known(source: InFlightSource, observation: Observation, now: float) -> ConditionUpdate:
    """Whether it is known what the workers run; pods that are new need not have reported yet."""
    if not observation.pods_that_take_tasks and not observation.pods_without_reports:
        return ConditionUpdate(InFlightKnown.NO_REPLICAS, "No replica is ready, so none takes tasks.")
    if source == InFlightSource.NONE:
        return ConditionUpdate(InFlightKnown.SOURCE_SWITCHED_OFF, InFlightKnown.SOURCE_SWITCHED_OFF.cause)
    if observation.unmatched_workers:
        return ConditionUpdate(InFlightKnown.WORKERS_NOT_MATCHED, observation.unmatched_workers)
    by_metrics = observation.in_flight == POD_METRICS or source == InFlightSource.POD_METRICS
    good, lost, missing = _BY_METRICS if by_metrics else _BY_HEARTBEATS
    if isinstance(observation.in_flight, Unknown):
        reason = lost if observation.in_flight.cause == UnknownCause.LOST else missing
        return ConditionUpdate(reason, f"{_sentence(observation.in_flight.message)} {reason.remedy}")
    silent = observation.pods_without_reports
    count = len(silent) + sum(bool(pod.slots) for pod in observation.staying_pods)
    overdue = _overdue(silent, now)
    if not overdue:
        figures = f"Slots are reported by {count - len(silent)} of {counted(count, 'running pod')}"
        words = f"{figures}; the others are new, and count as busy until they do." if silent else f"{figures}."
        return ConditionUpdate(good, words)
    message = (
        f"{len(overdue)} of {counted(count, 'running pod')} reported no slots for more than "
        f"{FIRST_REPORT_SECONDS:.0f} s ({overdue[0].name}); what does not report counts as busy. {lost.remedy}"
    )
    return ConditionUpdate(lost, message)


def workers_polling(observation: Observation, now: float) -> ConditionUpdate:
    """Whether the ready pods poll what the pool lists."""
    if not observation.ready_pods:
        quiet = [queue.name for queue in observation.task_queues if _no_trace(queue)]
        hint = f" Nobody polls {', '.join(quiet)} and no task was seen there: check the names." if quiet else ""
        return ConditionUpdate(WorkersPolling.NO_POLLER, f"No replica is ready.{hint}")
    unpolled = [queue for queue in observation.task_queues if queue.unpolled_since is not None]
    if not unpolled:
        return ConditionUpdate(
            WorkersPolling.POLLING, f"{', '.join(q.name for q in observation.task_queues)}.{_foreign(observation)}"
        )
    listed = ", ".join(f"{q.name} for {now - (q.unpolled_since or now):.0f} s" for q in unpolled)
    message = (
        f"{are(len(observation.ready_pods), 'pod')} ready, and nobody polled {listed}: "
        f"no more replicas are added for it. {WorkersPolling.NOT_POLLING.remedy}{_foreign(observation)}"
    )
    return ConditionUpdate(WorkersPolling.NOT_POLLING, message)


def _no_trace(queue: TaskQueueObservation) -> bool:
    """Whether the server's answer is that of a queue that nobody ever used: nothing at all. It has no better sign."""
    read = queue.statistics
    if isinstance(read, Unknown):
        return False
    return not (read.backlog or read.pollers or read.add_rate_per_second or read.dispatch_rate_per_second)


def _foreign(observation: Observation) -> str:
    workers = observation.other_workers
    if not workers:
        return ""
    named = ", ".join(worker.identity for worker in workers[:3])
    more = ", …" if workers[3:] else ""
    return f" Tasks are taken, too, by {counted(len(workers), 'worker')} of others than this Deployment: {named}{more}."


def _overdue(pods: Iterable[PodObservation], now: float) -> list[PodObservation]:
    """Those that should have reported: what never worked may still be on its way."""
    return [pod for pod in pods if not pod.never_worked and now - pod.tasks_since > FIRST_REPORT_SECONDS]


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}."
