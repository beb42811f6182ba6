"""The numbers of one pool over time: each pass of the last quarter of an hour, and before that one row a minute.

A row takes 36 bytes. Rows are arrays and not objects, because a thousand pools have half a million of them.
"""

import math
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final, NamedTuple

RECENT_SECONDS: Final = 15 * 60
"""For how long the row of each pass is kept."""

MAX_RECENT: Final = 180
"""Rows of single passes at most: a pool that is polled all the time has one each 5 s."""

MINUTES: Final = 6 * 60
"""Rows of whole minutes at most."""

SPARE: Final = 16
"""Rows by which arrays outgrow their limit before the oldest are dropped, so that it is not done at each pass."""


class Row(NamedTuple):
    """The numbers of a pool at one time; NaN is unknown."""

    backlog: float = math.nan
    backlog_age_seconds: float = math.nan
    slots_used: float = math.nan
    slots: float = math.nan
    """Tasks that the ready replicas run at once."""
    requested: float = math.nan
    ready: float = math.nan
    desired: float = math.nan
    max: float = math.nan

    def joined(self, later: "Row") -> "Row":
        """One row for both: the highest backlog, age and slots in use, and the later number of everything else."""
        return later._replace(
            backlog=_highest(self.backlog, later.backlog),
            backlog_age_seconds=_highest(self.backlog_age_seconds, later.backlog_age_seconds),
            slots_used=_highest(self.slots_used, later.slots_used),
        )


class Rows:
    """Rows by time, oldest first; of more than `limit` the oldest are dropped."""

    def __init__(self, limit: int) -> None:
        """Keeps so many rows."""
        self._limit = limit
        self.times = array("I")
        self._columns = tuple(array("f") for _ in Row._fields)

    def add(self, time: int, row: Row) -> None:
        """Adds a row; one of the same time is replaced."""
        self.drop_from(time)
        self.times.append(time)
        for column, value in zip(self._columns, row, strict=True):
            column.append(value)
        if len(self.times) >= self._limit + SPARE:
            self.drop_first(len(self.times) - self._limit)

    def drop_from(self, time: int) -> None:
        """Drops the rows of this time and later ones: a clock that was set back would make time ambiguous."""
        while self.times and self.times[-1] >= time:
            self.times.pop()
            for column in self._columns:
                column.pop()

    def drop_first(self, count: int) -> None:
        """Drops the oldest rows."""
        del self.times[:count]
        for column in self._columns:
            del column[:count]

    def row(self, index: int) -> Row:
        """The row at an index."""
        return Row(*(column[index] for column in self._columns))

    def __len__(self) -> int:
        """How many there are."""
        return len(self.times)


class Series:
    """The numbers of one pool over time."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._recent = Rows(MAX_RECENT)
        self._minutes = Rows(MINUTES)

    def add(self, at: float, row: Row) -> None:
        """Adds what a pass read, at a time in seconds since the Unix epoch."""
        time = int(at)
        self._recent.add(time, row)
        if outdated := bisect_right(self._recent.times, time - RECENT_SECONDS):
            self._recent.drop_first(outdated)
        self._minutes.drop_from(time)
        if len(self._minutes) and self._minutes.times[-1] // 60 == time // 60:
            row = self._minutes.row(-1).joined(row)
            self._minutes.drop_from(time - time % 60)
        self._minutes.add(time, row)

    def __iter__(self) -> Iterator[tuple[int, Row]]:
        """Every row with its time, oldest first."""
        first = self._recent.times[0] if len(self._recent) else math.inf
        for part, until in ((self._minutes, first), (self._recent, math.inf)):
            for index, time in enumerate(part.times):
                if time < until:
                    yield time, part.row(index)

    def at(self, time: float) -> tuple[int, Row] | None:
        """The last row that is not later than a time; `None` where there is none."""
        for part in (self._recent, self._minutes):
            if index := bisect_right(part.times, time):
                return part.times[index - 1], part.row(index - 1)
        return None


def _highest(one: float, other: float) -> float:
    return max((value for value in (one, other) if not math.isnan(value)), default=math.nan)
