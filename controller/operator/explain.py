"""The findings that render a decision and its observation: conditions are never a second opinion."""

from typing import Final

from controller.api.conditions import Reason
from controller.api.worker_pool import Mode, TemporalWorkerPoolSpec
from controller.operator.act import Outcome
from controller.operator.findings import Finding
from controller.scaling import reasons
from controller.scaling.decision import Decision, Situation
from controller.scaling.observation import Observation, Unknown, UnknownCause
from controller.scaling.reasons import Rule

FIRST_REPORT_SECONDS: Final = 90.0
"""How long a ready pod may be silent: workers report every 60 s by default, and the first report is seen at 61 s."""

_LIMITED: Final = {
    reasons.Reason.TOO_FEW_REPLICAS: Reason.TOO_FEW_REPLICAS,
    reasons.Reason.SCHEDULED: Reason.TOO_FEW_REPLICAS,
    reasons.Reason.TOO_MANY_REPLICAS: Reason.TOO_MANY_REPLICAS,
    reasons.Reason.SCALE_UP_LIMIT: Reason.SCALE_UP_LIMIT,
    reasons.Reason.SCALE_DOWN_LIMIT: Reason.SCALE_DOWN_LIMIT,
}

_STABILIZED: Final = {
    reasons.Reason.SCALE_UP_STABILIZED: Reason.SCALE_UP_STABILIZED,
    reasons.Reason.SCALE_DOWN_STABILIZED: Reason.SCALE_DOWN_STABILIZED,
}


def explain(situation: Situation, outcome: Outcome) -> tuple[Finding, ...]:
    """What the conditions about scaling have to say."""
    return (
        _scaling_active(situation, outcome.decision),
        outcome.failure or _able_to_scale(outcome),
        _scaling_limited(outcome.decision),
        *_objective_reachable(situation, outcome.decision),
        in_flight_known(situation.observation, situation.now),
    )


def ready(spec: TemporalWorkerPoolSpec, decision: Decision | None) -> Finding:
    """What `Ready` says when nothing is in the way."""
    if decision is None:
        return Finding(Reason.AUTOSCALING, "The pool is looked at.")
    if spec.mode == Mode.RECOMMEND:
        message = f"{decision.desired_replicas} replicas are recommended; mode is Recommend, so none are set."
        return Finding(Reason.RECOMMEND_ONLY, message)
    return Finding(Reason.AUTOSCALING, decision.explanation)


def _scaling_active(situation: Situation, decision: Decision) -> Finding:
    queues = situation.observation.task_queues
    freshness = decision.step(Rule.FRESHNESS) or decision.deciding_step
    if any(isinstance(queue.statistics, Unknown) for queue in queues):
        return Finding(Reason.FAILED_GET_BACKLOG, freshness.message)
    if any(isinstance(queue.slots_per_replica, Unknown) for queue in queues):
        return Finding(Reason.SLOTS_UNKNOWN, freshness.message)
    recommends = situation.spec.mode == Mode.RECOMMEND
    demand = decision.step(Rule.DEMAND) or decision.deciding_step
    return Finding(Reason.RECOMMEND_ONLY if recommends else Reason.VALID_METRIC_FOUND, demand.message)


def _able_to_scale(outcome: Outcome) -> Finding:
    if action := outcome.action:
        message = f"{action.replicas_before} → {action.replicas_after} replicas: {action.message}"
        return Finding(Reason.SUCCEEDED_RESCALE, message)
    for step in outcome.decision.steps:
        if step.reason in _STABILIZED:
            return Finding(_STABILIZED[step.reason], step.message)
    return Finding(Reason.READY_FOR_NEW_SCALE, "Replicas can be changed at any time.")


def _scaling_limited(decision: Decision) -> Finding:
    for step in reversed(decision.steps):
        if step.reason in _LIMITED:
            return Finding(_LIMITED[step.reason], step.message)
    return Finding(Reason.DESIRED_WITHIN_RANGE, decision.steps[-1].message)


def _objective_reachable(situation: Situation, decision: Decision) -> tuple[Finding, ...]:
    """Whether an order of replicas can help in time; nothing to say without such an objective or a need."""
    objective = situation.spec.objective.schedule_to_start_seconds
    if objective is None or decision.need is None:
        return ()
    start_up = decision.need.start_up_seconds
    figures = f"A replica takes up to {start_up:.0f} s to start, and tasks should start within {objective} s"
    if start_up < objective:
        return (Finding(Reason.START_UP_IN_TIME, f"{figures}."),)
    message = f"{figures}: only replicas that are there can hold it. Raise minReplicas or the objective."
    return (Finding(Reason.START_UP_TOO_SLOW, message),)


def in_flight_known(observation: Observation, now: float) -> Finding:
    """Whether it is known what the workers run; pods that are new need not have reported yet."""
    if not observation.ready_pods:
        return Finding(Reason.NO_REPLICAS, "No replica is ready, so none takes tasks.")
    if isinstance(observation.in_flight, Unknown):
        lost = observation.in_flight.cause == UnknownCause.LOST
        return Finding(Reason.HEARTBEATS_LOST if lost else Reason.HEARTBEATS_MISSING, observation.in_flight.message)
    silent = observation.silent_pods
    overdue = [pod for pod in silent if now - (pod.ready_since or now) > FIRST_REPORT_SECONDS]
    ready_count = len(observation.ready_pods)
    heard = ready_count - len(silent)
    if not overdue:
        figures = f"{heard} of {ready_count} ready pods have reported their slots"
        words = f"{figures}; the others are new, and count as busy until they do." if silent else f"{figures}."
        return Finding(Reason.HEARTBEATS_FOUND, words)
    message = (
        f"{len(overdue)} of {ready_count} pods have been ready for more than {FIRST_REPORT_SECONDS:.0f} s and do not "
        f"report their slots ({overdue[0].name}); they count as busy. Heartbeats need a server of 1.30 or later and an "
        "SDK that sends them; check that these workers poll the pool's queues in its Temporal namespace."
    )
    return Finding(Reason.HEARTBEATS_LOST if heard else Reason.HEARTBEATS_MISSING, message)
