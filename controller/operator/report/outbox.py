"""Events that are still to be written: what happened is announced even if the pass fails in which it happened."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from controller.cluster.events import Event, event_name

MAX_WAITING: Final = 20
"""Events of one pool that wait while none can be written; of more the oldest are dropped."""


@dataclass(frozen=True, slots=True)
class DueEvent:
    """An Event with its time and its name, which stay the same however often it is tried to write it."""

    event: Event
    at: float
    """When it happened, in seconds since the Unix epoch."""
    name: str


Outbox: TypeAlias = tuple[DueEvent, ...]
"""The Events of one pool that are not written yet, oldest first."""


def with_events(outbox: Outbox, events: Iterable[Event], at: float, pool_name: str) -> Outbox:
    """The outbox with what happened to a pool at a time, in seconds since the Unix epoch."""
    return (*outbox, *(DueEvent(event, at, event_name(pool_name)) for event in events))[-MAX_WAITING:]
