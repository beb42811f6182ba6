"""Events: written when something changed, never again for the same thing."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from controller.api.condition_reasons import CapacityAvailable, SlotsEffective, WorkersPolling
from controller.api.conditions import NOT_CHECKED, ConditionType
from controller.api.status import Condition, ConditionStatus
from controller.cluster.events import Event, EventType
from controller.operator.passes import SlotPlan
from controller.scaling.decision import Decision
from controller.scaling.memory import ScaleAction
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.text import after_colon, counted

ANNOUNCED: Final = (
    ConditionType.CONNECTED,
    ConditionType.CERTIFICATE_CURRENT,
    ConditionType.TARGET_FOUND,
    ConditionType.ANNOTATIONS_VALID,
    ConditionType.ABLE_TO_SCALE,
    ConditionType.CAPACITY_AVAILABLE,
    ConditionType.IN_FLIGHT_KNOWN,
    ConditionType.SLOTS_EFFECTIVE,
    ConditionType.WORKERS_POLLING,
    ConditionType.OBJECTS_READABLE,
)
"""Conditions whose problems are news. `Ready` and `ScalingActive` repeat others', and a limit is no problem."""


_NO_NEWS: Final = frozenset({WorkersPolling.NO_POLLER, NOT_CHECKED})


def rescaled(action: ScaleAction) -> Event:
    """The Event of a change of replicas, in the HPA's word."""
    note = f"Scaled {action.replicas_before} → {action.replicas_after}: {after_colon(action.message)}"
    return Event(EventType.NORMAL, "SuccessfulRescale", "Scale", note)


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
    return Event(EventType.NORMAL, "Recommendation", "Recommend", note)


def slots_written(plan: SlotPlan, decision: Decision) -> Iterator[Event]:
    """The Event of a change of slots, if one was written: what, and why where the operator chose it."""
    if plan.written:
        step = decision.step(Rule.SLOTS)
        why = (
            f": {step.message}" if step and step.reason in {StepReason.SLOTS_RAISED, StepReason.SLOTS_LOWERED} else "."
        )
        yield Event(EventType.NORMAL, "SuccessfulUpdateSlots", "UpdateSlots", f"Wrote {plan.written}{why}")


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
        yield Event(EventType.NORMAL, seen.reason, "Override", seen.message)


def _announced(conditions: Iterable[Condition]) -> dict[str, Condition]:
    by_type = {condition.type: condition for condition in conditions if condition.type in ANNOUNCED}
    if not _is_connected(by_type):
        by_type.pop(ConditionType.IN_FLIGHT_KNOWN, None)
    return by_type


def _is_connected(by_type: Mapping[str, Condition]) -> bool:
    connected = by_type.get(ConditionType.CONNECTED)
    return connected is None or connected.status == ConditionStatus.TRUE


def _transition(before: Condition | None, after: Condition) -> Iterator[Event]:
    if _is_problem(after) and (before is None or before.reason != after.reason):
        waits = after.reason in {SlotsEffective.SLOTS_PENDING, CapacityAvailable.PROVISIONING}
        yield Event(EventType.NORMAL if waits else EventType.WARNING, after.reason, "Reconcile", after.message)
    elif before is not None and _is_problem(before) and after.status == ConditionStatus.TRUE:
        yield Event(EventType.NORMAL, after.reason, "Reconcile", f"{after.type} again: {after.message}")


def _is_problem(condition: Condition) -> bool:
    """Whether it is news: a pool at zero, which no worker polls, is well; what was not checked has a cause that is."""
    return condition.status != ConditionStatus.TRUE and condition.reason not in _NO_NEWS
