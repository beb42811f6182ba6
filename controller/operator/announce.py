"""Events: written when something changed, never again for the same thing."""

from collections.abc import Iterable, Iterator
from typing import Final

from controller.api.conditions import ConditionType, Reason
from controller.api.status import Condition, ConditionStatus
from controller.cluster.events import Event, EventType
from controller.scaling.memory import ScaleAction

ANNOUNCED: Final = (
    ConditionType.CONNECTED,
    ConditionType.CERTIFICATE_CURRENT,
    ConditionType.TARGET_FOUND,
    ConditionType.ABLE_TO_SCALE,
    ConditionType.CAPACITY_AVAILABLE,
    ConditionType.IN_FLIGHT_KNOWN,
    ConditionType.SLOTS_EFFECTIVE,
    ConditionType.WORKERS_POLLING,
)
"""Conditions whose trouble is news. `Ready` and `ScalingActive` repeat theirs, and a limit is no trouble."""


def rescaled(action: ScaleAction) -> Event:
    """The Event of a change of replicas, in the HPA's word."""
    note = f"{action.replicas_before} → {action.replicas_after} replicas: {action.message}"
    return Event(EventType.NORMAL, "SuccessfulRescale", "Scale", note)


def transitions(before: Iterable[Condition], after: Iterable[Condition]) -> Iterator[Event]:
    """An Event for each trouble that is new or has another reason, and for each that is over.

    While Temporal can't be read it is not known either what the workers run: that is one trouble, told once.
    """
    known, seen = (_announced(conditions) for conditions in (before, after))
    for type_, condition in seen.items():
        yield from _transition(known.get(type_), condition)


def _announced(conditions: Iterable[Condition]) -> dict[str, Condition]:
    by_type = {condition.type: condition for condition in conditions if condition.type in ANNOUNCED}
    connected = by_type.get(ConditionType.CONNECTED)
    if connected and connected.status != ConditionStatus.TRUE:
        by_type.pop(ConditionType.IN_FLIGHT_KNOWN, None)
    return by_type


def _transition(before: Condition | None, after: Condition) -> Iterator[Event]:
    if _is_trouble(after) and (before is None or before.reason != after.reason):
        waits = after.reason in {Reason.SLOTS_PENDING, Reason.PROVISIONING}
        yield Event(EventType.NORMAL if waits else EventType.WARNING, after.reason, "Reconcile", after.message)
    elif before is not None and _is_trouble(before) and after.status == ConditionStatus.TRUE:
        yield Event(EventType.NORMAL, after.reason, "Reconcile", f"{after.type} again: {after.message}")


def _is_trouble(condition: Condition) -> bool:
    """Whether somebody should hear of it; a pool at zero has nobody that could poll, and is well."""
    return condition.status != ConditionStatus.TRUE and condition.reason != Reason.NOBODY_TO_POLL
