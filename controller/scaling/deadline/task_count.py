"""Counting tasks by the server's rates, which are means of the last 30 s.

A count continues from what was counted 30 s earlier, so that each task counts once, however often is polled. For the
first 30 s after a queue was loaded the server divides by the time since then (185 tasks/s were seen for a burst of
50): until then the count is the rate times the time since the first look.
"""

from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import Self

WINDOW_SECONDS = 30.0
"""Window of the server's rates."""

KEPT_SECONDS = 130.0
"""How long counts are kept: three windows, one more to continue from, and the pace of the polls."""

MAX_COUNTS = 64
"""Counts kept: one every 5 s for `KEPT_SECONDS` are 26."""


@dataclass(frozen=True, slots=True)
class TaskCount:
    """How many tasks were counted since the first look, at the times of the last looks."""

    times: tuple[float, ...] = ()
    totals: tuple[float, ...] = ()

    def observe(self, read_at: float, rate_per_second: float) -> Self:
        """Adds what was counted up to a reading; one that is not newer than the last adds nothing."""
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
        total = max(self.totals[-1], self.total_at(start) + rate_per_second * (read_at - start))
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

    def least_rate(self, looks: int) -> float:
        """The lowest rate of the last intervals between looks, tasks per second; 0 before there were so many."""
        if len(self.times) <= looks:
            return 0.0
        return min(
            (self.totals[i] - self.totals[i - 1]) / (self.times[i] - self.times[i - 1]) for i in range(-looks, 0)
        )

    @property
    def recent_rate(self) -> float:
        """Tasks per second between the last two looks; 0 before there were two."""
        if len(self.times) < 2:
            return 0.0
        return (self.totals[-1] - self.totals[-2]) / (self.times[-1] - self.times[-2])

    @property
    def seconds(self) -> float:
        """How far the counts go back."""
        return self.times[-1] - self.times[0] if self.times else 0.0
