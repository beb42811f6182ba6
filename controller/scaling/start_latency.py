"""How long tasks waited until they started, as the histogram of one worker counts them."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite
from typing import Final, NamedTuple, Self

MAX_BOUNDS: Final = 200
"""Buckets of a histogram that is read; the SDKs have 7 by default."""

MOST_STARTS: Final = 1e15
"""No worker starts more tasks; a larger number is no count."""


class Bucket(NamedTuple):
    """The bucket that a latency belongs to, in seconds."""

    lower: float
    upper: float
    """Infinite for the last bucket."""

    @property
    def is_open(self) -> bool:
        """Whether it has no upper bound: how many of its tasks waited for how long is not known."""
        return self.upper == inf


class Started(NamedTuple):
    """Tasks that started, and what their buckets say of how many of them did so in time."""

    tasks: float = 0.0
    least: float = 0.0
    """All buckets that end at the objective or before."""
    most: float = 0.0
    """And the bucket that the objective falls into."""
    evenly: float = 0.0
    """That bucket divided as if its tasks were spread evenly over it."""

    def plus(self, other: "Started") -> "Started":
        """Both together."""
        return Started(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def in_time(self, share: float | None) -> float:
        """How many started in time, by a share that another source estimates, as far as the buckets allow it.

        The buckets of the SDKs are coarse: waits of 12 s are in one of 10 to 100 s, of which an even division would
        count 94 % as late for an objective of 15 s.
        """
        return self.evenly if share is None else min(self.most, max(self.least, share * self.tasks))


@dataclass(frozen=True, slots=True)
class StartLatencies:
    """The schedule-to-start latencies of one worker's tasks of one (task queue, task type), since the worker began."""

    bounds: tuple[float, ...] = ()
    """Upper bounds of the buckets in seconds, ascending and finite."""
    counts: tuple[float, ...] = ()
    """For each bound, the number of tasks that waited for no longer than that."""
    total: float = 0.0
    """Number of all tasks that started."""

    @classmethod
    def of(cls, bounds: Sequence[float], counts: Sequence[float], total: float) -> Self | None:
        """The histogram; `None` if these numbers are none, such as counts that fall from one bound to the next."""
        ordered = all(low < high for low, high in pairwise(bounds))
        plausible = all(isfinite(bound) and bound >= 0 for bound in bounds) and len(bounds) <= MAX_BOUNDS
        if not plausible or not ordered or len(bounds) != len(counts) or not _is_cumulative((*counts, total)):
            return None
        return cls(tuple(bounds), tuple(counts), total)

    def bucket_of(self, seconds: float) -> Bucket:
        """The bucket that a latency of so many seconds belongs to."""
        i = bisect_left(self.bounds, seconds)
        return Bucket(self.bounds[i - 1] if i else 0.0, self.bounds[i] if i < len(self.bounds) else inf)

    def within(self, seconds: float) -> float:
        """Number of tasks that started within so many seconds.

        The tasks of one bucket are assumed to be spread evenly over it, so the error is at most their number. Beyond
        the last bound the latencies are not known: at least the returned number of tasks started in time.
        """
        bucket = self.bucket_of(seconds)
        i = bisect_left(self.bounds, seconds)
        before = self.counts[i - 1] if i else 0.0
        if bucket.is_open:
            return before
        share = (seconds - bucket.lower) / (bucket.upper - bucket.lower) if bucket.upper > bucket.lower else 1.0
        return before + min(1.0, max(0.0, share)) * (self.counts[i] - before)

    def started(self, seconds: float) -> "Started":
        """The tasks that started, and how many of them within so many seconds."""
        i, evenly = bisect_left(self.bounds, seconds), self.within(seconds)
        if self.bucket_of(seconds).upper in {seconds, inf}:
            return Started(self.total, evenly, evenly, evenly)
        return Started(self.total, self.counts[i - 1] if i else 0.0, self.counts[i], evenly)

    def since(self, earlier: "StartLatencies") -> "StartLatencies":
        """The tasks that started since an earlier reading of the same pod.

        Counts that fell, or other bounds, are those of a new process, all of whose tasks started since.
        """
        if not earlier.total:
            return self
        if self.bounds != earlier.bounds:
            return self
        pairs = zip((*self.counts, self.total), (*earlier.counts, earlier.total), strict=True)
        *counts, total = (now - before for now, before in pairs)
        return StartLatencies.of(self.bounds, counts, total) or self


NONE_STARTED: Final = StartLatencies()
"""No task has started yet: the SDKs serve a histogram from the first task on."""


def together(histograms: Iterable[StartLatencies]) -> StartLatencies | None:
    """Their sum; `None` where their bounds differ."""
    known = list(histograms)
    if not known:
        return NONE_STARTED
    if len({each.bounds for each in known}) != 1:
        return None
    *counts, total = (sum(column) for column in zip(*((*each.counts, each.total) for each in known), strict=True))
    return StartLatencies.of(known[0].bounds, counts, total)


def _is_cumulative(counts: Sequence[float]) -> bool:
    rises = all(low <= high for low, high in pairwise(counts))
    return rises and all(isfinite(count) and 0 <= count <= MOST_STARTS for count in counts)
