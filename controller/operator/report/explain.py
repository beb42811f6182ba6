"""The findings that render a decision and its observation: conditions are never a second opinion."""

from collections.abc import Iterable
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
from controller.api.spec import InFlightSource, Mode, TemporalWorkerPoolSpec
from controller.operator.actuate.act import Outcome
from controller.operator.findings import Finding
from controller.operator.inputs.observe import POD_METRICS, UNNAMED
from controller.operator.inputs.polling import FIRST_SIGN_SECONDS
from controller.operator.report.capacity import capacity_available
from controller.operator.report.handing_over import handing_over
from controller.scaling.decision import Decision, Situation, Step
from controller.scaling.observation import Observation, PodObservation, TaskQueueObservation, Unknown, UnknownCause
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.text import are, counted

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


def explain(situation: Situation, outcome: Outcome) -> tuple[Finding, ...]:
    """What the conditions about scaling have to say."""
    return (
        _scaling_active(situation, outcome.decision),
        outcome.failure or _able_to_scale(situation, outcome),
        _scaling_limited(outcome.decision),
        capacity_available(situation, outcome.decision.capacity),
        with_doubts(
            in_flight_known(situation.spec.in_flight.source, situation.observation, situation.now),
            situation.observation,
        ),
        workers_polling(situation.observation, situation.now),
    )


def ready(spec: TemporalWorkerPoolSpec, decision: Decision | None) -> Finding:
    """What `Ready` says when nothing is in the way."""
    if decision is None:
        return Finding(Ready.AUTOSCALING, "The pool is looked at.")
    if spec.mode == Mode.RECOMMEND:
        message = f"{are(decision.desired_replicas, 'replica')} recommended; mode is Recommend, so none are set."
        return Finding(ScalingActive.RECOMMEND_ONLY, message)
    return Finding(Ready.AUTOSCALING, decision.explanation)


def _scaling_active(situation: Situation, decision: Decision) -> Finding:
    queues = situation.observation.task_queues
    freshness = decision.step(Rule.FRESHNESS) or decision.deciding_step
    if any(isinstance(queue.statistics, Unknown) for queue in queues):
        return Finding(ScalingActive.FAILED_GET_BACKLOG, freshness.message)
    overdue = _overdue(situation.observation.ready_pods, situation.now)
    if overdue and any(isinstance(queue.slots_per_replica, Unknown) for queue in queues):
        return Finding(ScalingActive.SLOTS_UNKNOWN, freshness.message)
    recommends = situation.spec.mode == Mode.RECOMMEND
    demand = decision.step(Rule.DEMAND) or decision.deciding_step
    return Finding(ScalingActive.RECOMMEND_ONLY if recommends else ScalingActive.VALID_METRIC_FOUND, demand.message)


def _able_to_scale(situation: Situation, outcome: Outcome) -> Finding:
    contention = outcome.decision.step(Rule.CONTENTION)
    if contention:
        return _contested(outcome, contention)
    if action := outcome.action:
        message = f"{action.replicas_before} → {counted(action.replicas_after, 'replica')}: {action.message}"
        return Finding(AbleToScale.SUCCEEDED_RESCALE, message)
    for step in outcome.decision.steps:
        if step.reason in _HELD:
            return Finding(_HELD[step.reason], step.message)
    if situation.spec.mode == Mode.RECOMMEND and situation.observation.contenders:
        named = " ".join(situation.observation.contenders)
        return Finding(AbleToScale.READY_FOR_NEW_SCALE, f"Mode is Recommend, so this is no conflict: {named}")
    return Finding(AbleToScale.READY_FOR_NEW_SCALE, "Replicas can be changed at any time.")


def _contested(outcome: Outcome, contention: Step) -> Finding:
    """Who else scales the Deployment; the remedy against reversals depends on how the other one does it."""
    if contention.reason != StepReason.REVERSED:
        return Finding(AbleToScale.TARGET_CONTESTED, contention.message)
    manager = next((action.by for action in reversed(outcome.memory.scale_actions) if action.by), UNNAMED)
    remedy = handing_over(outcome.deployment, manager)
    return Finding(AbleToScale.REPLICAS_REVERSED, f"{contention.message} {remedy}")


def _scaling_limited(decision: Decision) -> Finding:
    for step in reversed(decision.steps):
        if step.reason in _LIMITED:
            return Finding(_LIMITED[step.reason], step.message)
    within = [step for step in decision.steps if step.rule == Rule.BOUNDS] or decision.steps
    return Finding(ScalingLimited.DESIRED_WITHIN_RANGE, within[-1].message)


def with_doubts(finding: Finding, observation: Observation) -> Finding:
    """With what was reported and can't be: it is corrected or left out, and told."""
    return replace(finding, message=" ".join((finding.message, *observation.doubts))) if observation.doubts else finding


def in_flight_known(source: InFlightSource, observation: Observation, now: float) -> Finding:
    """Whether it is known what the workers run; pods that are new need not have reported yet."""
    if not observation.pods_that_take_tasks and not observation.silent_pods:
        return Finding(InFlightKnown.NO_REPLICAS, "No replica is ready, so none takes tasks.")
    if source == InFlightSource.NONE:
        return Finding(InFlightKnown.SOURCE_SWITCHED_OFF, InFlightKnown.SOURCE_SWITCHED_OFF.cause)
    if observation.unmatched_workers:
        return Finding(InFlightKnown.WORKERS_NOT_MATCHED, observation.unmatched_workers)
    by_metrics = observation.in_flight == POD_METRICS or source == InFlightSource.POD_METRICS
    good, lost, missing = _BY_METRICS if by_metrics else _BY_HEARTBEATS
    if isinstance(observation.in_flight, Unknown):
        reason = lost if observation.in_flight.cause == UnknownCause.LOST else missing
        return Finding(reason, f"{_sentence(observation.in_flight.message)} {reason.remedy}")
    silent = observation.silent_pods
    count = len(silent) + sum(bool(pod.slots) for pod in observation.staying_pods)
    overdue = _overdue(silent, now)
    if not overdue:
        figures = f"Slots are reported by {count - len(silent)} of {counted(count, 'running pod')}"
        words = f"{figures}; the others are new, and count as busy until they do." if silent else f"{figures}."
        return Finding(good, words)
    message = (
        f"{len(overdue)} of {counted(count, 'running pod')} reported no slots for more than "
        f"{FIRST_SIGN_SECONDS:.0f} s ({overdue[0].name}); what does not report counts as busy. {lost.remedy}"
    )
    return Finding(lost, message)


def workers_polling(observation: Observation, now: float) -> Finding:
    """Whether the ready pods poll what the pool lists."""
    if not observation.ready_pods:
        quiet = [queue.name for queue in observation.task_queues if _no_trace(queue)]
        hint = f" Nobody polls {', '.join(quiet)} and no task was seen there: check the names." if quiet else ""
        return Finding(WorkersPolling.NOBODY_TO_POLL, f"No replica is ready.{hint}")
    unpolled = [queue for queue in observation.task_queues if queue.unpolled_since is not None]
    if not unpolled:
        return Finding(
            WorkersPolling.POLLING, f"{', '.join(q.name for q in observation.task_queues)}.{_foreign(observation)}"
        )
    listed = ", ".join(f"{q.name} for {now - (q.unpolled_since or now):.0f} s" for q in unpolled)
    message = (
        f"{are(len(observation.ready_pods), 'pod')} ready, and nobody polled {listed}: "
        f"no more replicas are added for it. {WorkersPolling.NOT_POLLING.remedy}{_foreign(observation)}"
    )
    return Finding(WorkersPolling.NOT_POLLING, message)


def _no_trace(queue: TaskQueueObservation) -> bool:
    """Whether the server's answer is that of a queue that nobody ever used: nothing at all. It has no better sign."""
    read = queue.statistics
    if isinstance(read, Unknown):
        return False
    return not (read.backlog or read.pollers or read.add_rate_per_second or read.dispatch_rate_per_second)


def _foreign(observation: Observation) -> str:
    workers = observation.foreign_workers
    if not workers:
        return ""
    named = ", ".join(worker.identity for worker in workers[:3])
    more = ", …" if workers[3:] else ""
    return f" Tasks are taken, too, by {counted(len(workers), 'worker')} of others than this Deployment: {named}{more}."


def _overdue(pods: Iterable[PodObservation], now: float) -> list[PodObservation]:
    """Those that should have reported: what never worked may still be on its way."""
    return [pod for pod in pods if not pod.never_worked and now - pod.tasks_since > FIRST_SIGN_SECONDS]


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}."
