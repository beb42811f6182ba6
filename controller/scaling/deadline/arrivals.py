"""Step 4: how many tasks arrive, counted by the server's rates, without the burst that already stands in the backlog.

The server's rates are means of the last 30 s. A count continues from what was counted 30 s earlier, so that each task
counts once, however often is polled. A partition that was idle is loaded with its first tasks, and for its first 30 s
the server divides by the time since then: 360 tasks that came at once were reported as 43 tasks/s for half a minute,
three times too many. What was added less what was dispatched is what waits, so a backlog that rose from nothing gives
the divisor (`RateWindow`).
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf, sqrt
from statistics import median
from typing import Self

from controller.scaling.observation import QueueStatistics
from controller.scaling.reasons import StepReason
from controller.scaling.server_times import LONGEST_RATE_SECONDS, RATE_SECONDS, REMEMBERED_SECONDS
from controller.scaling.text import per_second


@dataclass(frozen=True, slots=True)
class Estimate:
    """A quantity with its reason and, in words, its numbers."""

    value: float
    reason: StepReason
    message: str


RECENT_SECONDS = 9.0
"""How long a rate must be read: a reading is up to 5 s older than it seems, since the server caches it."""

CALM_SHARE = 0.1
"""Share of the tasks whose window is in doubt below which what came since the last reading is next to nothing."""

MAX_COUNTS = 64
"""Counts kept: one every 5 s for `REMEMBERED_SECONDS` are 26."""


@dataclass(frozen=True, slots=True)
class TaskCount:
    """How many tasks were counted since the first reading, at the times of the last readings."""

    times: tuple[float, ...] = ()
    totals: tuple[float, ...] = ()

    def observe(self, read_at: float, rate_per_second: float, window_seconds: float | None = None) -> Self:
        """Adds what was counted up to a reading; one that is not newer than the last adds nothing.

        Args:
            read_at: When the reading was made.
            rate_per_second: The server's rate.
            window_seconds: Over how many seconds it is a mean, where that is known; see `rate_window`.
        """
        if not self.times:
            return replace(self, times=(read_at,), totals=(0.0,))
        if read_at <= self.times[-1]:
            return self
        since = read_at - RATE_SECONDS
        if self.times[-1] < since:
            return replace(
                self,
                times=(since, read_at),
                totals=(self.totals[-1], self.totals[-1] + rate_per_second * RATE_SECONDS),
            )
        start = max(since, self.times[0])
        if window_seconds is None:
            longer = max(read_at - LONGEST_RATE_SECONDS, self.times[0])
            # Where next to nothing came between the last two readings, a burst that is leaving the mean must not pass
            # for a new one: it may all have come at the end of the interval in which its window begins.
            doubtful = self.total_at(start) - self._total_before(longer)
            is_calm = len(self.totals) > 1 and self.last < max(1.0, CALM_SHARE * doubtful)
            counted_at = self._total_before if is_calm else self.total_at
            counted = min(counted_at(at) + rate_per_second * (read_at - at) for at in (start, longer))
        else:  # nothing came between the last reading before the window and its beginning
            counted = self._total_before(read_at - window_seconds) + rate_per_second * window_seconds
        total = max(self.totals[-1], counted)
        kept = max(bisect_left(self.times, read_at - REMEMBERED_SECONDS), len(self.times) + 1 - MAX_COUNTS)
        return replace(self, times=(*self.times[kept:], read_at), totals=(*self.totals[kept:], total))

    @property
    def last(self) -> float:
        """What came between the last two readings; 0 before there were two."""
        return self.totals[-1] - self.totals[-2] if len(self.totals) > 1 else 0.0

    def total_at(self, time: float) -> float:
        """The count at a time between the readings, as if tasks came evenly."""
        i = bisect_left(self.times, time)
        if i == 0:
            return self.totals[0]
        if i == len(self.times):
            return self.totals[-1]
        before, after = self.times[i - 1], self.times[i]
        share = (time - before) / (after - before)
        return self.totals[i - 1] + share * (self.totals[i] - self.totals[i - 1])

    def _total_before(self, time: float) -> float:
        """The count at the last reading before a time, or at the first one."""
        return self.totals[max(0, bisect_right(self.times, time) - 1)]

    def last_rates(self, intervals: int, seconds: float = 0.0) -> list[float]:
        """Tasks per second in each of the last intervals between readings; none before there were so many.

        Args:
            intervals: How many at least.
            seconds: How far they reach back at least.
        """
        if not self.times:
            return []
        first = min(len(self.times) - 1 - intervals, bisect_right(self.times, self.times[-1] - seconds) - 1)
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


CLEAR_BACKLOG = 10
"""Waiting tasks from which on the divisor can be computed: the count of fewer is too rough."""


@dataclass(frozen=True, slots=True)
class RateWindow:
    """What is remembered to know the divisor."""

    empty_at: float | None = None
    """When the queue was last seen without tasks and without rates."""
    loaded_at: float | None = None
    """When its partitions were loaded, by a rising backlog."""

    def observe(self, statistics: QueueStatistics, read_at: float) -> Self:
        """Learns from one reading."""
        rates = statistics.add_rate_per_second, statistics.dispatch_rate_per_second
        if not statistics.backlog and not any(rates):
            return type(self)(empty_at=read_at)
        if self.loaded_at is not None or self.empty_at is None or read_at - self.empty_at >= RATE_SECONDS:
            return self
        rise = rates[0] - rates[1]
        nothing_dispatched = not rates[1]  # then all that came waits
        is_clear = statistics.backlog >= CLEAR_BACKLOG or nothing_dispatched
        if rise <= 0 or not statistics.backlog or not is_clear:
            return self
        return type(self)(self.empty_at, read_at - statistics.backlog / rise)

    def seconds(self, read_at: float) -> float | None:
        """The divisor of a reading, at most; `None` where nothing says that it is not the usual one.

        Before it is known, it is no longer than since the queue was last seen without tasks and rates.
        """
        loaded_at = self.empty_at if self.loaded_at is None else self.loaded_at
        if loaded_at is None or not 0 < read_at - loaded_at < RATE_SECONDS:
            return None
        return read_at - loaded_at


WEIGHTS = (0.5, 0.3, 0.2)
"""Weights of the last three disjoint windows, the youngest first."""

INTERVALS_OF_A_STEP = 3
"""Intervals between readings that must all have shown a rate before it counts as a step up."""

INTERVALS_OF_A_FALL, SECONDS_OF_A_FALL = 2, 15.0
"""Intervals between readings that must all have shown no more than a rate before it counts, and how far they reach
back: where polls are close, chance makes two intervals low too often."""


def arrival_rate(arrivals: TaskCount, dispatch_limit: float | None) -> Estimate:
    """The arrival rate in tasks per second.

    Each window counts at most the median of the windows + 3 sqrt(median) + 1 tasks, three standard deviations of a
    Poisson count: a burst stands in the backlog and must not also become a rate, and a lasting step passes after 30
    to 60 s. The windows are of 30 s, and before 90 s were counted a third of what was. In the first 30 s no rate is
    known. A fall counts as soon as none of the last polls showed more, and a step up as soon as all of them showed it,
    while a burst shows in one or two.

    Args:
        arrivals: The tasks that were added.
        dispatch_limit: The dispatch rate while something else than the replicas is the bottleneck, else `None`.
    """
    seconds, counts = windows(arrivals)
    if not counts:
        return Estimate(0.0, StepReason.ARRIVALS, "The arrival rate is not known yet: it takes 30 s to count.")
    typical = median(counts)
    limit = typical + 3 * sqrt(typical) + 1
    weighed = weighed_rate(seconds, counts, limit)
    rate = min(weighed, max(arrivals.last_rates(INTERVALS_OF_A_FALL, SECONDS_OF_A_FALL), default=weighed))
    rate = max(rate, min(arrivals.last_rates(INTERVALS_OF_A_STEP), default=0.0))
    arriving = f"{per_second(rate)} arrive"
    counted = f"{', '.join(f'{count:.0f}' for count in counts)} in the last windows of {seconds:.0f} s"
    if dispatch_limit is not None and rate > dispatch_limit:
        message = f"{per_second(dispatch_limit)} are planned with, as many as get through; {arriving}."
        return Estimate(dispatch_limit, StepReason.ARRIVALS_LIMITED, message)
    if rate != weighed:
        message = f"{arriving} by the last readings ({counted})."
        return Estimate(rate, StepReason.ARRIVALS, message)
    if any(count > limit for count in counts):
        message = f"{arriving} ({counted}, of which at most {limit:.0f} count: a burst is no rate)."
        return Estimate(rate, StepReason.ARRIVALS_CLIPPED, message)
    return Estimate(rate, StepReason.ARRIVALS, f"{arriving} ({counted}).")


def windows(arrivals: TaskCount) -> tuple[float, list[float]]:
    """Length of the disjoint windows in seconds, and the tasks in each, the youngest first."""
    if arrivals.seconds < RATE_SECONDS:
        return RATE_SECONDS, []
    seconds = min(RATE_SECONDS, arrivals.seconds / len(WEIGHTS))
    totals = [arrivals.total_at(arrivals.times[-1] - i * seconds) for i in range(len(WEIGHTS) + 1)]
    return seconds, [newer - older for newer, older in pairwise(totals)]


def weighed_rate(seconds: float, counts: list[float], limit: float = inf) -> float:
    """Tasks per second by the counts of the windows, of each of which at most a limit counts."""
    return sum(weight * min(count, limit) for weight, count in zip(WEIGHTS, counts, strict=True)) / seconds
