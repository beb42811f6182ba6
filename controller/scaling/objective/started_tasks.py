"""Which tasks of a queue started within the objective, as the workers of its pods measure it.

A worker counts how long each of its tasks waited, sticky tasks and those that never were in the backlog too. Between
two readings of one process its counters grow by the tasks that started. The first reading of a pod counts from zero
only if the pod was created after all that is judged already.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
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


class Judged(NamedTuple):
    """Tasks of which it is known whether they started within the objective."""

    tasks: float = 0.0
    in_time: float = 0.0

    def plus(self, other: "Judged") -> "Judged":
        """Both together."""
        return Judged(self.tasks + other.tasks, self.in_time + other.in_time)


UNREPORTED_SECONDS: Final = 300.0
"""After so long without a histogram of any pod, tasks that start are judged by the backlog again."""

MOST_STARTS_PER_SECOND: Final = 10_000.0
"""No pod starts more tasks of one type; a larger number is no count."""


class PodReading(NamedTuple):
    """The histograms of one pod, all of its workers together."""

    pod: str
    created_at: float
    reports: bool
    """Whether it reports its slots of this kind."""
    latencies: StartLatencies | None
    """`None` where its reports have none that can be read."""

    def plausible(self, now: float) -> Self:
        """Without a histogram of more tasks than the pod can have started since it was created."""
        most = MOST_STARTS_PER_SECOND * max(1.0, now - self.created_at)
        return self._replace(latencies=None) if self.latencies and self.latencies.total > most else self


@dataclass(frozen=True, slots=True)
class Counted:
    """The last histogram of one pod."""

    at: float
    latencies: StartLatencies


@dataclass(frozen=True, slots=True)
class StartedTasks:
    """The tasks of one (task queue, task type) that started, by the histograms of the pods."""

    since: float = -inf
    """When the operator began to watch, or last judged by the backlog: tasks that started before do not count."""
    reported_at: float | None = None
    """When a pod last reported a task that started; `None` if none ever did."""
    counted: Mapping[str, Counted] = field(default_factory=dict)
    """By the name of the pod; pods that are gone are not in it."""
    overdue: float = 0.0
    """Tasks that were judged late while they waited, and have not been reported as started."""
    judges: bool = False
    """Whether the histograms are the source: else the backlog is."""
    bucket: Bucket | None = None
    """The widest bucket that the objective falls into, by the last histograms."""

    def observe(self, pods: Iterable[PodReading], now: float, objective_seconds: float) -> tuple[Self, Started]:
        """After one more reading of the pods.

        Args:
            pods: Each pod that reported slots of this kind, or is there without a report.
            now: Seconds since the Unix epoch.
            objective_seconds: Within how many seconds tasks should start.

        Returns:
            What is known now, and the tasks that started since the last reading.
        """
        there = [each.plausible(now) for each in pods]
        counted = {each.pod: Counted(now, each.latencies) for each in there if each.latencies is not None}
        unread = {each.pod for each in there} & self.counted.keys() - counted.keys()
        rises = (self._rise(each, now, objective_seconds) for each in there)
        started = reduce(Started.plus, rises, Started())
        buckets = [
            each.latencies.bucket_of(objective_seconds) for each in there if each.latencies and each.latencies.total
        ]
        says_nothing = not counted and any(each.reports for each in there)
        after = replace(
            self,
            counted=counted | {pod: self.counted[pod] for pod in unread},
            reported_at=now if buckets else None if says_nothing else self.reported_at,
            bucket=max(buckets, key=lambda each: each.upper - each.lower, default=self.bucket),
        )
        return after, started

    def judge(
        self, started: Started, by_backlog: tuple[Judged, Judged], still_overdue: tuple[float, float], now: float
    ) -> tuple[Self, Judged]:
        """Chooses the source, so that no task is judged twice.

        Args:
            started: What the histograms say of the tasks that started.
            by_backlog: What the backlog says of those that started, and of those that became late while they wait.
            still_overdue: Tasks that waited and were judged late already at the last reading, and now.
            now: Seconds since the Unix epoch.
        """
        dispatched, late = by_backlog
        judges = self._may_judge(dispatched, now)
        if not judges:
            since = now if dispatched.tasks else self.since
            return replace(self, judges=False, overdue=still_overdue[1], since=since), dispatched.plus(late)
        pending = self.overdue + late.tasks
        in_time = started.in_time(_share(dispatched, max(0.0, still_overdue[0] + late.tasks - still_overdue[1])))
        again = min(pending, started.tasks - in_time)
        judged = Judged(started.tasks - again, in_time).plus(late)
        # A task whose start no pod reports, such as one that was taken elsewhere, must not hide later ones for long.
        overdue = min(pending - again, sum(still_overdue))
        return replace(self, judges=True, overdue=overdue), judged

    def _may_judge(self, dispatched: Judged, now: float) -> bool:
        if self.reported_at is None:
            return False
        return now - self.reported_at <= 0 or (
            self.judges and (not dispatched.tasks or now - self.reported_at <= UNREPORTED_SECONDS)
        )

    def _rise(self, reading: PodReading, now: float, objective_seconds: float) -> Started:
        """The tasks that a pod started since its last reading; none where only this reading begins to count."""
        before = self._before(reading)
        if reading.latencies is None or before is None:
            return Started()
        since = reading.latencies.since(before.latencies)
        if since.total > MOST_STARTS_PER_SECOND * max(1.0, now - before.at):
            return Started()
        return since.started(objective_seconds)

    def _before(self, reading: PodReading) -> Counted | None:
        """From where on the counters of a pod count; `None`: from this reading on."""
        known = self.counted.get(reading.pod)
        if known is not None and known.at >= self.since:
            return known
        return Counted(reading.created_at, NONE_STARTED) if reading.created_at >= self.since else None


def _share(dispatched: Judged, dispatched_late: float) -> float | None:
    """Share of the dispatched tasks that were so in time, by the backlog; `None` if there was none.

    Args:
        dispatched: Those that were not judged before.
        dispatched_late: Those that were judged late while they waited.
    """
    tasks = dispatched.tasks + dispatched_late
    return dispatched.in_time / tasks if tasks else None
