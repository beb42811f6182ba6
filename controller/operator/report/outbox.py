"""Events that are still to be written: what happened is announced even if the pass fails in which it happened."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from controller.cluster.events import Event, event_name

MAX_WAITING: Final = 40
"""Events of one pool that wait while none can be written; of more the oldest are dropped."""


@dataclass(frozen=True, slots=True)
class DueEvent:
    """An Event with its time and its name, which stay the same however often it is tried to write it."""

    event: Event
    at: float
    """When it happened, in seconds since the Unix epoch."""
    name: str
    regarding: Mapping[str, str] | None = None
    """The object that it is about, as a reference; `None`: the pool."""


Outbox: TypeAlias = tuple[DueEvent, ...]
"""The Events of one pool that are not written yet, oldest first."""


def with_events(
    outbox: Outbox, events: Iterable[Event], at: float, name: str, regarding: Mapping[str, str] | None = None
) -> Outbox:
    """The outbox with what happened to an object at a time, in seconds since the Unix epoch.

    Args:
        outbox: As it is.
        events: What happened, oldest first.
        at: When.
        name: Of the object.
        regarding: A reference to it; `None`: the pool itself.
    """
    return (*outbox, *(DueEvent(event, at, event_name(name), regarding) for event in events))[-MAX_WAITING:]
