"""The history of scale actions, for people: at least an hour of it, in few entries.

A burst is one entry up and one down: changes in one direction are merged while each follows the one before it within
`MERGE_SECONDS`. Where that leaves more than `MAX_ENTRIES` within the hour, neighbours are merged whatever their
direction, first those that took the least time together. Rules don't read it: they have `Memory.scale_actions`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from controller.api.status import MAX_SCALE_ACTIONS

KEPT_SECONDS: Final = 3600.0
"""How long an entry is kept at least; older ones go when there is no room."""

MAX_ENTRIES: Final = MAX_SCALE_ACTIONS

MERGE_SECONDS: Final = 60.0
"""A change in the same direction that follows within this time belongs to the same entry."""

MAX_RUN_SECONDS: Final = 300.0
"""But not if the entry then spans more than this: a load that grows for an hour is more than one entry."""

MESSAGE_BYTES: Final = 256
"""What is kept of a message, in UTF-8: its first clause says what decided."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A change of replicas, or several that are merged."""

    since: float
    """When the first of them was made, in seconds since the Unix epoch."""
    until: float
    """When the last of them was made."""
    replicas_before: int
    replicas_after: int
    reason: str
    """Of the last of them, as is the message."""
    message: str
    by: str | None = None
    """Field manager that made it; `None`: the operator. Of several the last that was not the operator."""
    count: int = 1
    """How many changes it is."""

    def continued_by(self, later: "HistoryEntry") -> bool:
        """Whether a later entry goes on in the same direction, soon enough."""
        rises, rose = later.replicas_after > later.replicas_before, self.replicas_after > self.replicas_before
        return (
            self.by == later.by
            and rises == rose
            and self.replicas_after == later.replicas_before
            and later.since - self.until <= MERGE_SECONDS
            and later.until - self.since <= MAX_RUN_SECONDS
        )

    def merged(self, later: "HistoryEntry") -> "HistoryEntry":
        """Both as one."""
        return replace(
            later,
            since=self.since,
            replicas_before=self.replicas_before,
            by=later.by or self.by,
            count=self.count + later.count,
        )


History = tuple[HistoryEntry, ...]
"""Oldest first."""


def with_entry(history: History, entry: HistoryEntry) -> History:
    """The history after a change of replicas."""
    if history and history[-1].continued_by(entry):
        return (*history[:-1], history[-1].merged(entry))
    return _bounded((*history, entry))


def _bounded(history: History) -> History:
    if len(history) <= MAX_ENTRIES:
        return history
    # The last one from before the hour stays: it set the number that the hour began with.
    if history[1].until <= history[-1].until - KEPT_SECONDS:
        return history[1:]
    first = _closest(history)
    return (*history[:first], history[first].merged(history[first + 1]), *history[first + 2 :])


def _closest(history: Sequence[HistoryEntry]) -> int:
    """The first of the two neighbours that took the least time together; if it can be, both by the same manager."""
    return min(
        range(len(history) - 1),
        key=lambda i: (history[i].by != history[i + 1].by, history[i + 1].until - history[i].since),
    )
