"""Events that are still to be written: what happened is announced even if the pass fails in which it happened."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

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


class Outbox:
    """The Events of one pool that are not written yet, oldest first."""

    def __init__(self, pool_name: str) -> None:
        """Names Events after this pool."""
        self._pool_name = pool_name
        self._due: deque[DueEvent] = deque(maxlen=MAX_WAITING)

    def __iter__(self) -> Iterator[DueEvent]:
        """Those that are due now; they may be removed meanwhile."""
        return iter(tuple(self._due))

    def add(self, events: Iterable[Event], at: float) -> None:
        """Notes what happened at a time, in seconds since the Unix epoch."""
        self._due.extend(DueEvent(event, at, event_name(self._pool_name)) for event in events)

    def remove(self, due: DueEvent) -> None:
        """Takes out what was written, or never will be."""
        if due in self._due:
            self._due.remove(due)
