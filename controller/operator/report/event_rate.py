"""How many Events one pool may have written: a burst of `BURST`, and then one each `REFILL_SECONDS`.

A pool that scales every few seconds would fill the API server with Events, and `kubectl describe` with nothing else.
Changes of replicas leave the last `RESERVED` to everything else, so that a problem is announced beside them. What is
left out is counted, and one Event says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Self

from controller.api.event_reasons import EventReason
from controller.api.model import written
from controller.cluster.events import Event
from controller.operator.report.events import event_of
from controller.scaling.text import counted

BURST: Final = 40
"""Events at once, after a while without any."""

REFILL_SECONDS: Final = 60.0
"""After this time there is room for one more."""

RESERVED: Final = 20
"""How many of the burst changes of replicas leave to other Events."""

SUMMARY_SECONDS: Final = 600.0
"""How long those that are left out are counted before an Event says how many they were."""


@dataclass(frozen=True, slots=True)
class EventRate:
    """A token bucket."""

    room: float = BURST
    """How many Events may be written at once."""
    filled_at: float = float("-inf")
    """When that was so, in seconds since the Unix epoch."""
    left_out: int = 0
    left_out_since: float | None = None
    """When the first of those was left out; `None` where none was."""

    def admit(self, events: Iterable[Event], now: float) -> tuple[Self, tuple[Event, ...]]:
        """The Events that may be written now, before them the one about those that were left out, where it is due."""
        room = min(BURST, self.room + max(0.0, now - self.filled_at) / REFILL_SECONDS)
        rate = replace(self, room=room, filled_at=now)
        admitted = list[Event]()
        if summary := self._summary(room, now):
            rate = replace(rate, room=rate.room - 1, left_out=0, left_out_since=None)
            admitted.append(summary)
        for event in events:
            if rate.room - 1 >= (RESERVED if event.reason == EventReason.SUCCESSFUL_RESCALE else 0):
                rate = replace(rate, room=rate.room - 1)
                admitted.append(event)
            else:
                since = now if rate.left_out_since is None else rate.left_out_since
                rate = replace(rate, left_out=rate.left_out + 1, left_out_since=since)
        return rate, tuple(admitted)

    def _summary(self, room: float, now: float) -> Event | None:
        since = self.left_out_since
        if since is None or now - since < SUMMARY_SECONDS or room < 1:
            return None
        note = (
            f"{counted(self.left_out, 'Event')} left out since {written(since)}: a pool has at most {BURST} at once "
            f"and one each {REFILL_SECONDS:.0f} s. status.scaleActions has the changes of replicas of the last hour."
        )
        return event_of(EventReason.EVENTS_LEFT_OUT, note)
