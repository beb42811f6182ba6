"""What condition and status say of the objective: whether tasks start in time, and if not, what is in the way."""

from typing import Final

from controller.api.condition_reasons import ObjectiveMet
from controller.api.conditions import ConditionType
from controller.api.spec import Mode, TemporalWorkerPoolSpec
from controller.api.status import Condition, ObjectiveSource, ObjectiveStatus
from controller.api.text import listed
from controller.operator.passes import ConditionUpdate
from controller.scaling.decision import Decision, Situation
from controller.scaling.objective.attainment import GOAL, Attainment
from controller.scaling.observation import Unknown
from controller.scaling.reasons import StepReason
from controller.scaling.text import counted

_LEFT_ALONE: Final = frozenset({StepReason.OVERRIDDEN, StepReason.PAUSED, StepReason.CONTESTED, StepReason.REVERSED})
"""Why the Deployment is left as it is, or to a person or another scaler."""

_SOURCES: Final = {
    ObjectiveSource.SDK_LATENCY: "by the SDK's schedule-to-start latency",
    ObjectiveSource.BACKLOG: "by the backlog",
}
"""What the share comes from, as people read it."""


def objective_met(
    situation: Situation, decision: Decision, attainment: Attainment, previous: tuple[Condition, ...]
) -> ConditionUpdate:
    """The finding about a pool with `scheduleToStartSeconds`.

    Args:
        situation: What was seen.
        decision: What was decided.
        attainment: What is known of the tasks, this pass included.
        previous: The conditions as they were last written: what made tasks of the last hour late stays the reason
            until those have left the window.
    """
    unread = [q.name for q in situation.observation.task_queues if isinstance(q.statistics, Unknown)]
    figures = _figures(attainment, situation.now)
    if unread:
        reason = ObjectiveMet.STATISTICS_UNKNOWN
        return ConditionUpdate(reason, f"{listed(unread)} can't be read. {figures} {reason.remedy}")
    if attainment.is_attained:
        return ConditionUpdate(ObjectiveMet.STARTED_IN_TIME, f"{figures}{_slow_start(situation.spec, decision)}")
    needed = _needed(decision)
    if attainment.is_late:
        reason = _in_the_way(situation, decision)
        return ConditionUpdate(reason, f"{figures} {needed} {reason.remedy}")
    reason = _last(previous)
    return ConditionUpdate(reason, f"{figures} None is late now. {reason.remedy}")


def objective_status(attainment: Attainment, now: float) -> ObjectiveStatus | None:
    """The numbers; `None` before the first pass, and for a pool without `scheduleToStartSeconds`."""
    if attainment.objective_seconds is None:
        return None
    share = attainment.share
    return ObjectiveStatus(
        attained_percent=None if share is None else 100 * share,
        window_seconds=round(attainment.window_seconds(now)),
        source=attainment.source,
    )


def _figures(attainment: Attainment, now: float) -> str:
    within = f"{attainment.objective_seconds or 0:g} s"
    minutes = attainment.window_seconds(now) / 60
    oldest = attainment.oldest_seconds
    waits = f" The oldest waiting task has waited for {oldest:.0f} s." if oldest else ""
    if attainment.share is None:
        return f"No task was due in the last {minutes:.0f} min (objective {within}).{waits}"
    share, tasks = f"{100 * attainment.share:.1f} %", f"{attainment.judged.tasks:.0f}"
    exactness = "At least" if attainment.bucket and attainment.bucket.is_open else "About"
    started = f"{exactness} {share} of {tasks} tasks started within {within} in the last {minutes:.0f} min"
    return f"{started} ({100 * GOAL:.0f} % should), {_source(attainment)}.{_resolution(attainment)}{waits}"


def _source(attainment: Attainment) -> str:
    """What the share comes from."""
    if attainment.source == ObjectiveSource.MIXED:
        by_sdk = f"{min(max(round(100 * attainment.share_by_sdk), 1), 99)} %"
        return f"{by_sdk} of them by the SDK's schedule-to-start latency and the others by the backlog"
    return _SOURCES[attainment.source]


def _resolution(attainment: Attainment) -> str:
    """Where the objective is no bound of the histograms: how exact the share is, and what to do."""
    bucket = attainment.bucket
    if bucket is None:
        return ""
    to = f"{bucket.lower:g} s and longer" if bucket.is_open else f"{bucket.lower:g} to {bucket.upper:g} s"
    assumed = "count as late" if bucket.is_open else "are divided by an estimate"
    shared = f"Waits of {to} share one bucket of the SDK's histogram and {assumed}"
    return f" {shared}: a bucket bound of {attainment.objective_seconds or 0:g} s makes it exact."


def _slow_start(spec: TemporalWorkerPoolSpec, decision: Decision) -> str:
    """A warning while all is well: the next rise of the load may not be met in time."""
    seconds, objective = decision.need and decision.need.start_up_seconds, spec.objective.schedule_to_start_seconds
    if not seconds or not objective or seconds < objective:
        return ""
    return f" A replica takes up to {seconds:.0f} s to start: a rise of the load finds only what runs already."


def _needed(decision: Decision) -> str:
    """How many replicas would do, before all limits."""
    if decision.needed is None:
        return "It is not known how many replicas would meet it."
    now = f"now {decision.current_replicas}, recommended {decision.desired_replicas}"
    return f"{counted(decision.needed, 'replica')} would meet it ({now})."


def _in_the_way(situation: Situation, decision: Decision) -> ObjectiveMet:
    """The first of what keeps tasks from starting, by what can be done about it."""
    spec, observation = situation.spec, situation.observation
    needed = decision.desired_replicas if decision.needed is None else decision.needed
    if needed > observation.replicas and (spec.mode == Mode.RECOMMEND or _is_left_alone(decision)):
        return ObjectiveMet.PAUSED
    if decision.capacity.creation_failure or decision.capacity.cannot_start:
        return ObjectiveMet.CAPACITY_MISSING
    if _is_rate_limited(situation, decision):
        return ObjectiveMet.RATE_LIMITED
    if needed > spec.max_replicas:
        return ObjectiveMet.AT_MAX_REPLICAS
    if decision.scales or len(observation.ready_pods) < observation.replicas:
        return _unready(situation, decision)
    return ObjectiveMet.CAUSE_UNKNOWN


def _unready(situation: Situation, decision: Decision) -> ObjectiveMet:
    """What is to be said of replicas that are not ready: that they start, unless none of them is on its way."""
    starts = decision.scales or any(map(decision.capacity.will_start, situation.observation.pods))
    if decision.capacity.frozen and not starts:
        return ObjectiveMet.CAPACITY_MISSING
    return ObjectiveMet.START_UP_TOO_SLOW if _slow_start(situation.spec, decision) else ObjectiveMet.STARTING


def _is_left_alone(decision: Decision) -> bool:
    return any(step.reason in _LEFT_ALONE for step in decision.steps)


def _is_rate_limited(situation: Situation, decision: Decision) -> bool:
    """Whether the server reports it, also of a queue whose need is unknown, or the decision found a limit reached."""
    reads = [q.statistics for q in situation.observation.task_queues if not isinstance(q.statistics, Unknown)]
    return any(read.rate_limiting_active for read in reads) or bool(decision.need and decision.need.rate_limited)


def _last(previous: tuple[Condition, ...]) -> ObjectiveMet:
    """What was last in the way."""
    reasons = {str(reason): reason for reason in ObjectiveMet if reason.status == ObjectiveMet.CAUSE_UNKNOWN.status}
    last = next((c.reason for c in previous if c.type == ConditionType.OBJECTIVE_MET), "")
    return reasons.get(last, ObjectiveMet.CAUSE_UNKNOWN)
