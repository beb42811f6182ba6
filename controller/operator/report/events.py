"""Events: written when something changed, never again for the same thing.

Their reasons are a closed list: those of `EventReason`, for which `event_of` makes the Event, and those of conditions.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from controller.api.condition_reasons import (
    CapacityAvailable,
    InFlightKnown,
    ObjectiveMet,
    SlotsEffective,
    WorkersPolling,
)
from controller.api.conditions import NOT_CHECKED, ConditionType
from controller.api.event_reasons import (
    BY,
    CONDITION,
    FROM_REASON,
    FROM_REPLICAS,
    FROM_STATUS,
    SCALED_BY,
    STEP,
    TO_REASON,
    TO_REPLICAS,
    TO_STATUS,
    EventReason,
    EventType,
)
from controller.api.status import Condition, ConditionStatus
from controller.cluster.events import Event
from controller.operator.passes import SlotPlan
from controller.scaling.decision import Decision
from controller.scaling.memory import ScaleAction
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.text import after_colon, counted, duration

ANNOUNCED: Final = (
    ConditionType.CONNECTED,
    ConditionType.CERTIFICATE_CURRENT,
    ConditionType.TARGET_FOUND,
    ConditionType.ANNOTATIONS_VALID,
    ConditionType.SCHEDULES_VALID,
    ConditionType.ABLE_TO_SCALE,
    ConditionType.CAPACITY_AVAILABLE,
    ConditionType.IN_FLIGHT_KNOWN,
    ConditionType.SLOTS_EFFECTIVE,
    ConditionType.WORKERS_POLLING,
    ConditionType.OBJECTIVE_MET,
    ConditionType.OBJECTS_READABLE,
)
"""Conditions whose problems are news. `Ready` and `ScalingActive` repeat others', and a limit is no problem."""

_MISSED_FOR_GOOD: Final = frozenset(
    {ObjectiveMet.AT_MAX_REPLICAS, ObjectiveMet.RATE_LIMITED, ObjectiveMet.START_UP_TOO_SLOW}
)
"""Why tasks start late, where it needs a person. Other causes pass, or have an Event of their own."""


ON_DEPLOYMENT: Final = frozenset({EventReason.SUCCESSFUL_RESCALE, EventReason.SCALED_BY_OTHER})
"""Reasons of Events that are written about the Deployment, too."""

_NO_NEWS: Final = frozenset(
    {
        WorkersPolling.NO_POLLER,
        WorkersPolling.POLLERS_UNKNOWN,
        InFlightKnown.WORKERS_NOT_POLLING,
        NOT_CHECKED,
        *(reason for reason in ObjectiveMet if reason not in _MISSED_FOR_GOOD),
    }
)

_WAITS: Final = frozenset({SlotsEffective.SLOTS_PENDING, CapacityAvailable.PROVISIONING})


def event_of(reason: EventReason, note: str, facts: Mapping[str, str] | None = None) -> Event:
    """The Event of something that is no transition of a condition."""
    return Event(reason.type, reason, reason.action, note, facts or {})


def replica_facts(action: ScaleAction) -> dict[str, str]:
    """A change of replicas as programs read it."""
    facts = {FROM_REPLICAS: str(action.replicas_before), TO_REPLICAS: str(action.replicas_after), STEP: action.reason}
    return {**facts, BY: action.by} if action.by else facts


def rescaled(action: ScaleAction) -> Event:
    """The Event of a change of replicas, in the HPA's word."""
    note = f"Scaled {action.replicas_before} → {action.replicas_after}: {after_colon(action.message)}"
    return event_of(EventReason.SUCCESSFUL_RESCALE, note, replica_facts(action))


def on_deployment(event: Event, pool_name: str) -> Event:
    """The same Event on the Deployment, where it has to name the pool."""
    pool = f"TemporalWorkerPool {pool_name}"
    is_own = event.reason == EventReason.SUCCESSFUL_RESCALE
    note = f"{pool} {after_colon(event.note)}" if is_own else f"{pool} scales this Deployment. {event.note}"
    return replace(event, note=note, facts={**event.facts, SCALED_BY: pool_name})


def recommended(decision: Decision, last: int | None) -> Event | None:
    """The Event of a recommendation that changed; without an earlier one, the present replicas count.

    Args:
        decision: What is recommended now.
        last: The recommendation of the last such Event.
    """
    before = decision.current_replicas if last is None else last
    if decision.desired_replicas == before:
        return None
    note = (
        f"{counted(decision.desired_replicas, 'replica')} recommended ({decision.current_replicas} now): "
        f"{after_colon(decision.explanation)}"
    )
    return event_of(EventReason.RECOMMENDATION, note)


def status_refused(error: Exception) -> Event:
    """The Event of a status that may not be written, which says nothing of it itself."""
    note = f"{error} Until then `kubectl get` shows what was so before, and Events say what is; the pool is scaled."
    return event_of(EventReason.FAILED_UPDATE_STATUS, note)


def slots_written(plan: SlotPlan, decision: Decision) -> Iterator[Event]:
    """The Event of a change of slots, if one was written: what, and why where the operator chose it."""
    if plan.written:
        step = decision.step(Rule.SLOTS)
        chosen = step and step.reason in {StepReason.SLOTS_RAISED, StepReason.SLOTS_LOWERED}
        why = f" {step.message}" if step and chosen else ""
        yield event_of(EventReason.SUCCESSFUL_UPDATE_SLOTS, f"Wrote {plan.written}.{why}")


def transitions(before: Iterable[Condition], after: Iterable[Condition]) -> Iterator[Event]:
    """An Event for each problem that is new or has another reason, and for each that is over.

    While Temporal can't be read, it is not known either what the workers run, and slots are not written: that is one
    problem, and one Event.
    """
    before, after = tuple(before), tuple(after)
    yield from _overridden(before, after)
    known, seen = (_announced(conditions) for conditions in (before, after))
    for type_, condition in seen.items():
        if condition.reason != SlotsEffective.SLOTS_PENDING or _is_connected(seen):
            yield from _transition(known.get(type_), condition)


def _overridden(before: Iterable[Condition], after: Iterable[Condition]) -> Iterator[Event]:
    """An Event for each override that begins, is another one or ends."""
    known, seen = (
        next((c for c in conditions if c.type == ConditionType.OVERRIDDEN), None) for conditions in (before, after)
    )
    if seen and (seen.reason, seen.message) != (known and known.reason, known and known.message):
        yield Event(EventType.NORMAL, seen.reason, "Override", seen.message, transition_facts(known, seen))


def _announced(conditions: Iterable[Condition]) -> dict[str, Condition]:
    by_type = {condition.type: condition for condition in conditions if condition.type in ANNOUNCED}
    if not _is_connected(by_type):
        by_type.pop(ConditionType.IN_FLIGHT_KNOWN, None)
    return by_type


def _is_connected(by_type: Mapping[str, Condition]) -> bool:
    connected = by_type.get(ConditionType.CONNECTED)
    return connected is None or connected.status == ConditionStatus.TRUE


def _transition(before: Condition | None, after: Condition) -> Iterator[Event]:
    facts = transition_facts(before, after)
    if _is_problem(after) and (before is None or before.reason != after.reason):
        type_ = EventType.WARNING if is_warning(after) else EventType.NORMAL
        yield Event(type_, after.reason, "Reconcile", after.message, facts)
    elif before is not None and _is_problem(before) and after.status == ConditionStatus.TRUE:
        lasted = duration((after.last_transition_time - before.last_transition_time).total_seconds())
        note = f"{after.type} became True after {lasted} (last {before.reason}). {after.message}"
        yield Event(EventType.NORMAL, after.reason, "Reconcile", note, facts)


def transition_facts(before: Condition | None, after: Condition) -> dict[str, str]:
    """A transition as programs read it; a condition that is new has nothing before."""
    facts = {CONDITION: after.type, TO_STATUS: str(after.status), TO_REASON: after.reason}
    return facts if before is None else {**facts, FROM_STATUS: str(before.status), FROM_REASON: before.reason}


def is_warning(condition: Condition) -> bool:
    """Whether its Event is a Warning: a problem that is not over by itself, as a wait is."""
    return condition.type in ANNOUNCED and _is_problem(condition) and condition.reason not in _WAITS


def _is_problem(condition: Condition) -> bool:
    """Whether it is news: a pool at zero, which no worker polls, is well; what was not checked has a cause that is."""
    return condition.status != ConditionStatus.TRUE and condition.reason not in _NO_NEWS
