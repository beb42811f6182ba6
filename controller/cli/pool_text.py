"""What the status of a pool says, as sentences and cells that several commands share. Nothing is judged anew here."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple, cast

from controller.api.condition_reasons import Ready, ScalingActive
from controller.api.conditions import NOT_CHECKED, ConditionType
from controller.api.model import written
from controller.api.spec import Mode
from controller.api.status import Condition, ConditionStatus, DecisionStep, LastDecision, NextChange, TaskStatus
from controller.cli.exit_status import ExitStatus
from controller.cli.kube import PoolRecord
from controller.cli.output import show
from controller.cli.times import ago
from controller.scaling.decision import Decision, Step
from controller.scaling.memory import Memory
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.text import counted, does, duration, number

NEGATIVE: Final = frozenset({ConditionType.STALLED, ConditionType.SCALING_LIMITED, ConditionType.OVERRIDDEN})
"""Conditions of which `True` is what needs attention."""

UNREPORTED_SECONDS: Final = 300.0
"""An operator that runs writes `status.lastReconcileTime` every 2 minutes at least."""


class Readiness(NamedTuple):
    """What the condition `Ready` comes to."""

    status: str
    """`True`, `False` or `Unknown`."""
    reason: str
    message: str
    exit_status: ExitStatus


def readiness(pool: PoolRecord, now: float) -> Readiness:
    """Whether a pool is ready: not known where its condition is of an earlier spec, or of an operator that is gone."""
    ready = pool.condition(ConditionType.READY)
    if ready is None:
        message = "No operator has reconciled the pool yet; check that the operator runs and watches this namespace."
        return Readiness("Unknown", "NotReconciled", message, ExitStatus.UNKNOWN)
    seconds = unreported_seconds(pool, now)
    if seconds is not None:
        message = (
            f"No operator has reconciled the pool for {duration(seconds)}; check that it runs. Last: {ready.message}"
        )
        return Readiness("Unknown", "OperatorNotReporting", message, ExitStatus.UNKNOWN)
    if pool.status.observed_generation != pool.metadata.generation:
        message = f"The spec was changed and is not reconciled yet. Before: {ready.message}"
        return Readiness("Unknown", "NotReconciled", message, ExitStatus.UNKNOWN)
    exits = {ConditionStatus.TRUE: ExitStatus.OK, ConditionStatus.FALSE: ExitStatus.NO}
    return Readiness(ready.status, ready.reason, ready.message, exits.get(ready.status, ExitStatus.UNKNOWN))


_NOTHING_TO_KNOW = frozenset({Ready.AUTOSCALING, ScalingActive.RECOMMEND_ONLY})
"""Reasons of `Ready` that say no more than that all is well."""


def in_the_way(pool: PoolRecord, now: float) -> list[str]:
    """What there is to know beside the last decision: a trouble of the pool, a person's will, or its mode."""
    found = readiness(pool, now)
    said = [] if found.reason in _NOTHING_TO_KNOW else [f"{found.reason}: {found.message}"]
    if pool.spec is not None and pool.spec.mode == Mode.RECOMMEND:
        said.append("spec.mode is Recommend: the operator does not set the replicas.")
    return said


def worst(statuses: Iterable[ExitStatus]) -> ExitStatus:
    """The exit status of several pools: a no counts more than what is not known."""
    found = set(statuses)
    return next((status for status in (ExitStatus.NO, ExitStatus.UNKNOWN) if status in found), ExitStatus.OK)


def last_reconcile(pool: PoolRecord) -> float | None:
    """When the operator last reconciled it; `None` where its version does not say."""
    last = pool.status.last_reconcile_time
    return last.timestamp() if last else None


def unreported_seconds(pool: PoolRecord, now: float) -> float | None:
    """For how long no operator has reconciled it, where that is too long; else `None`."""
    last = last_reconcile(pool)
    return now - last if last is not None and now - last > UNREPORTED_SECONDS else None


def open_conditions(pool: PoolRecord) -> list[Condition]:
    """Conditions that need attention, but for `Ready`, which repeats one, and those that were not checked."""
    return [condition for condition in pool.status.conditions if _is_open(condition)]


def not_checked(pool: PoolRecord) -> list[str]:
    """Types of the conditions that the last reconcile could not check."""
    return [condition.type for condition in pool.status.conditions if condition.reason == NOT_CHECKED]


def _is_open(condition: Condition) -> bool:
    if condition.type == ConditionType.READY or condition.reason == NOT_CHECKED:
        return False
    fine = ConditionStatus.FALSE if condition.type in NEGATIVE else ConditionStatus.TRUE
    return condition.status != fine


def is_problem(condition: Condition) -> bool:
    """Whether it is bad, rather than open or a limit that was asked for."""
    if condition.type in NEGATIVE:
        return condition.type == ConditionType.STALLED
    return condition.status == ConditionStatus.FALSE


def replicas(pool: PoolRecord) -> str:
    """Ready, desired and highest number, such as `3/5/20`."""
    most = pool.spec.max_replicas if pool.spec else None
    return "/".join(map(show, (pool.status.ready_replicas, pool.status.desired_replicas, most)))


def oldest_seconds(pool: PoolRecord, now: float) -> float | None:
    """For how long the oldest task waits by now; `None` where none does, or it is not known."""
    since = pool.status.oldest_task_time
    return now - since.timestamp() if since else None


def objective(pool: PoolRecord) -> str:
    """What share of the tasks started in time, such as `97.5 % of the tasks started within 30 s (last hour)`."""
    if pool.spec is None:
        return show(None)
    seconds = pool.spec.objective.schedule_to_start_seconds
    if seconds is None:
        return f"{pool.spec.objective.backlog_per_replica} waiting tasks per replica"
    attained = pool.status.objective
    if attained is None or attained.attained_percent is None:
        return f"start within {seconds} s; no task was due lately"
    window = f"last {duration(attained.window_seconds)}, by {attained.source}"
    return f"{number(attained.attained_percent)} % of the tasks started within {seconds} s ({window})"


def queue_sentence(queue: str, task: TaskStatus) -> str:
    """What was read of one queue and task type; what is not known is said so."""
    if task.backlog is None:
        return f"{queue}/{task.type}: the backlog could not be read"
    oldest = f", the oldest for {task.backlog_age_seconds} s" if task.backlog and task.backlog_age_seconds else ""
    rates = [
        f"{number(rate, 2)}/s {verb}"
        for rate, verb in ((task.add_rate_per_second, "added"), (task.dispatch_rate_per_second, "dispatched"))
        if rate is not None
    ]
    used = "slots in use not known" if task.slots_used is None else f"{counted(task.slots_used, 'slot')} in use"
    slots = f" ({task.slots_per_replica} per replica)" if task.slots_per_replica else ""
    return f"{queue}/{task.type}: {does(task.backlog, 'task', 'wait')}{oldest}; {', '.join([*rates, used])}{slots}"


class Change(NamedTuple):
    """What would change a number."""

    replicas: int
    """Desired replicas then."""
    text: str
    """As a sentence."""


def next_changes(pool: PoolRecord, now: float) -> Iterator[Change]:
    """What would change the number; nothing where that is not known or over."""
    decision = pool.status.last_decision
    if decision and decision.next_change:
        queues = pool.status.task_queues
        waiting = {(queue.name, str(task.type)): task.backlog for queue in queues for task in queue.tasks}
        yield from changes_of(decision.next_change, waiting, now)


def changes_of(change: NextChange, waiting: Mapping[tuple[str, str], int | None], now: float) -> Iterator[Change]:
    """What would change a number.

    Args:
        change: As status has it.
        waiting: By task queue and task type, the tasks that wait now.
        now: Seconds since the Unix epoch; what is over by then is left out.
    """
    if change.up_at_backlog is not None and change.up_replicas is not None:
        queue = (str(change.task_queue), str(change.task_type))
        present = "" if waiting.get(queue) is None else f" ({waiting[queue]} now)"
        tasks = does(change.up_at_backlog, "task", "wait")
        text = f"{counted(change.up_replicas, 'replica')} once {tasks} in {'/'.join(queue)}{present}."
        yield Change(change.up_replicas, text)
    if change.time is not None and change.replicas is not None and change.time.timestamp() > now:
        at = change.time.timestamp()
        text = f"{counted(change.replicas, 'replica')} {ago(at, now)} ({written(at)}), if nothing else changes."
        yield Change(change.replicas, text)


def limits(decision: Decision) -> Iterator[Change]:
    """What the number would be without the steps that a person or a bound of the spec set."""
    for step in decision.steps:
        if step.changed and (what := _LIMITS.get((step.rule, step.reason))):
            yield Change(step.replicas_before, f"{counted(step.replicas_before, 'replica')} {what}.")


_LIMITS: Final[Mapping[tuple[str, str], str]] = {
    (Rule.BOUNDS, StepReason.TOO_MANY_REPLICAS): "with a higher spec.maxReplicas",
    (Rule.BOUNDS, StepReason.TOO_FEW_REPLICAS): "with a lower spec.minReplicas",
    (Rule.BOUNDS, StepReason.SCHEDULED): "without the schedule",
    (Rule.OVERRIDE, StepReason.OVERRIDDEN): "without the override",
    (Rule.OVERRIDE, StepReason.MIN_REPLICAS_RAISED): "without the override",
    ("Grace", "KeptAsSet"): "without the grace for the number that a person set",
    (Rule.PAUSE, StepReason.PAUSED): "without the pause",
    (Rule.CONTENTION, StepReason.CONTESTED): "without the other scaler",
    (Rule.BEHAVIOR, StepReason.SCALE_UP_LIMIT): "with other policies of spec.behavior.scaleUp",
    (Rule.BEHAVIOR, StepReason.SCALE_DOWN_LIMIT): "with other policies of spec.behavior.scaleDown",
}


def decision_of(last: LastDecision) -> Decision:
    """A decision as status has it: what the operator says of one is said by the same code."""
    return decision_from(last.steps, last.desired_replicas)


def decision_from(steps: Iterable[DecisionStep], desired_replicas: int | None) -> Decision:
    """A decision of these steps; rules and reasons of another version keep their words."""
    made: list[Step] = []
    for step in steps:
        before = step.before if step.before is not None else (made[-1].replicas_after if made else 0)
        after = step.after if step.after is not None else before
        made.append(Step(cast("Rule", step.rule), cast("StepReason", step.reason), step.message, before, after))
    current = made[0].replicas_before if made else desired_replicas or 0
    desired = desired_replicas if desired_replicas is not None else current
    return Decision(current, desired, tuple(made), Memory())
