"""Counting tasks by the server's rates, which are means of the last 30 s.

A count continues from what was counted 30 s earlier, so that each task counts once, however often is polled. For the
first 30 s after a queue was loaded the server divides by the time since then (185 tasks/s were seen for a burst of
50): until then the count is the rate times the time since the first look.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Self

WINDOW_SECONDS = 30.0
"""The server's rates are means of so long: a rate of zero says that nothing was dispatched meanwhile."""

RECENT_SECONDS = 9.0
"""How long a rate must be looked at: readings are up to 5 s older than they seem, since the server caches them."""

KEPT_SECONDS = 130.0
"""How long counts are kept: three windows, one more to continue from, and the pace of the polls."""

MAX_COUNTS = 64
"""Counts kept: one every 5 s for `KEPT_SECONDS` are 26."""


@dataclass(frozen=True, slots=True)
class TaskCount:
    """How many tasks were counted since the first look, at the times of the last looks."""

    times: tuple[float, ...] = ()
    totals: tuple[float, ...] = ()

    def observe(self, read_at: float, rate_per_second: float, window_seconds: float | None = None) -> Self:
        """Adds what was counted up to a reading; one that is not newer than the last adds nothing.

        Args:
            read_at: When the reading was made.
            rate_per_second: The server's rate.
            window_seconds: Over how many seconds it is a mean, where something tells; see `rate_window`.
        """
        if not self.times:
            return replace(self, times=(read_at,), totals=(0.0,))
        if read_at <= self.times[-1]:
            return self
        since = read_at - WINDOW_SECONDS
        if self.times[-1] < since:
            return replace(
                self,
                times=(since, read_at),
                totals=(self.totals[-1], self.totals[-1] + rate_per_second * WINDOW_SECONDS),
            )
        start = max(since, self.times[0])
        if window_seconds is None:
            counted = self.total_at(start) + rate_per_second * (read_at - start)
        else:  # nothing came between the last look before the window and its beginning
            counted = self._total_before(read_at - window_seconds) + rate_per_second * window_seconds
        total = max(self.totals[-1], counted)
        kept = max(bisect_left(self.times, read_at - KEPT_SECONDS), len(self.times) + 1 - MAX_COUNTS)
        return replace(self, times=(*self.times[kept:], read_at), totals=(*self.totals[kept:], total))

    def total_at(self, time: float) -> float:
        """The count at a time between the looks, as if tasks came evenly."""
        i = bisect_left(self.times, time)
        if i == 0:
            return self.totals[0]
        if i == len(self.times):
            return self.totals[-1]
        before, after = self.times[i - 1], self.times[i]
        share = (time - before) / (after - before)
        return self.totals[i - 1] + share * (self.totals[i] - self.totals[i - 1])

    def _total_before(self, time: float) -> float:
        """The count at the last look before a time, or at the first look."""
        return self.totals[max(0, bisect_right(self.times, time) - 1)]

    def last_rates(self, looks: int, seconds: float = 0.0) -> list[float]:
        """Tasks per second in each of the last intervals between looks; none before there were so many.

        Args:
            looks: How many intervals at least.
            seconds: How far they reach back at least.
        """
        if not self.times:
            return []
        first = min(len(self.times) - 1 - looks, bisect_right(self.times, self.times[-1] - seconds) - 1)
        seen = list(zip(self.times, self.totals, strict=True))[first:] if first >= 0 else []
        return [(total - before) / (time - last) for (last, before), (time, total) in pairwise(seen)]

    @property
    def recent_rate(self) -> float:
        """Tasks per second over the last `RECENT_SECONDS` or a little longer; 0 before there were so many."""
        for i in range(len(self.times) - 2, -1, -1):
            if (seconds := self.times[-1] - self.times[i]) >= RECENT_SECONDS:
                return (self.totals[-1] - self.totals[i]) / seconds
        return 0.0

    @property
    def seconds(self) -> float:
        """How far the counts go back."""
        return self.times[-1] - self.times[0] if self.times else 0.0
