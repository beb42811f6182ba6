"""Step 3: how long a task runs, as a range: what is likely, and what must be planned with.

Three sources, each a sum of slot-seconds and of the tasks that ended in them:

* **Workers' own counts.** A report says exactly how many tasks have ended. Between two reports of a worker its slots
  were full for as long as a backlog surely stood; for the rest they were in use as the two reports say, and at most all
  of those that had a task. Where the source gives the seconds of the ended tasks (the SDK's metrics), no doubt is left.
* **The server alone.** While a backlog stands, the slots of all workers are full, and each dispatch follows a task that
  ended. This gives T within seconds where workers report only once a minute.
* **What runs now.** A task that has run for some time takes at least that long, however many short ones ended before.

Slots in use divided by the dispatch rate would be wrong for long, censored and bursty work: of tasks that run for an
hour nothing was dispatched lately. Slot-seconds count what unfinished tasks have already taken.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import exp, sqrt
from typing import Self

from controller.scaling.deadline.workers import (
    Interval,
    LastReport,
    Span,
    Times,
    Workers,
    follow,
    interval_between,
    overlap,
    start_of,
)
from controller.scaling.reasons import StepReason
from controller.scaling.server_times import CACHE_SECONDS, READY_RESOLUTION_SECONDS
from controller.scaling.text import counted

MEMORY_SECONDS: float = 600.0
"""Time constant of forgetting, in seconds in which tasks ran: idle time teaches nothing, so it forgets nothing."""

MEMORY_SERVICE_TIMES = 5.0
"""The time constant is at least this many service times."""

REMEMBERED_INTERVALS = 5.0
"""Polls over which the distance of the reports is averaged."""

SHARP_SECONDS = 20.0
"""Reports that come more often than this say more than the server alone."""

DRAINED_SHARE = 0.75
"""Share of the time between two polls for which slots were likely full where the backlog went in it: half to all."""

SHORTEST_SECONDS, LONGEST_SECONDS = 0.001, 31_536_000.0
"""Bounds of a service time: a millisecond and a year."""

MEASURED_SHARE = 0.2
"""Tasks that must have ended for each that runs before their mean counts as measured."""

HINT_RANGE = 2.0
"""Where `taskDurationSeconds.typical` is set, up to so many times that is planned with before any has ended."""

SIGMAS = 1.3
"""Standard deviations of a count of ended tasks by which the range is wider than their mean: one in ten is longer."""

SQRT_3 = sqrt(3.0)
"""Half the width of a uniform distribution in its standard deviations."""


@dataclass(frozen=True, slots=True)
class TaskDuration:
    """What is known of how long a task takes, in seconds."""

    likely: float
    longest: float
    """The upper end of the range: replicas for a deadline are planned with it."""
    assumed: bool
    """Whether fewer tasks have ended than run, so that it is mostly an assumption."""
    reason: StepReason
    message: str

    @property
    def value(self) -> float:
        """The likely duration."""
        return self.likely


@dataclass(frozen=True, slots=True)
class Tally:
    """Slot-seconds and the tasks that ended in them, forgotten alike."""

    slot_seconds: float = 0.0
    """Likely slot-seconds."""
    doubt: float = 0.0
    """Variance of the slot-seconds that there may have been beyond, in (slot-seconds)²."""
    completions: float = 0.0

    def add(self, slot_seconds: float, excess: float, completions: float, kept_share: float = 1.0) -> Self:
        """The tally after more slots were seen; `excess` is what there were at most beyond `slot_seconds`."""
        return replace(
            self,
            slot_seconds=self.slot_seconds * kept_share + slot_seconds,
            doubt=self.doubt * kept_share**2 + excess**2 / 3,
            completions=max(0.0, self.completions * kept_share + completions),
        )

    def likely_seconds(self, prior_seconds: float, unfinished_tasks: float) -> float:
        """Slot-seconds for each task, with a prior that weighs as much as the unfinished work (at least one task)."""
        weight = max(1.0, unfinished_tasks)
        return _bounded((self.slot_seconds + weight * prior_seconds) / (self.completions + weight))

    def longest_seconds(self, prior_seconds: float) -> float:
        """The upper end: all the doubtful slot-seconds were there, and chance has ended too many."""
        ended = max(self.completions - SIGMAS * sqrt(self.completions), 0.25)
        return _bounded((self.slot_seconds + SQRT_3 * sqrt(self.doubt) + prior_seconds) / ended)


@dataclass(frozen=True, slots=True)
class ServiceTime:
    """What is remembered to know the service time of one (task queue, task type)."""

    by_reports: Tally = field(default_factory=Tally)
    """From what workers report."""
    by_server: Tally = field(default_factory=Tally)
    """From full slots and dispatches while a backlog stood."""
    workers: Mapping[str, LastReport] = field(default_factory=dict)
    """By worker, its last report."""
    interval_seconds: float = 0.0
    """How far the reports of a worker are apart."""
    stalled_seconds: float = 0.0
    """For how long all slots were full and no task was dispatched."""
    at: float | None = None
    """Time of the last poll; `None` before the first one and after a restart."""
    dispatched: float = 0.0
    """Tasks dispatched up to then."""
    slots_used: float = 0.0
    """Slots in use then, where workers do not count their tasks."""
    pods_since: tuple[float, ...] = ()
    """For each pod that took tasks then, since when it did."""

    def add_reports(self, workers: Workers, full: Iterable[Span], calm: Iterable[Span] = ()) -> Self:
        """Adds what each worker reported since its last report.

        Args:
            workers: Those that reported.
            full: When a backlog stood, so that no slot was free.
            calm: When nothing waited and nothing was dispatched, so that no slot was newly filled.
        """
        spans = tuple(Span(span.since, span.until - CACHE_SECONDS / 2) for span in full)
        times = Times(spans, tuple(calm))
        intervals, known = [], {}
        for report in workers.worker_reports:
            before = self.workers.get(report.worker) or start_of(report)
            known[report.worker] = follow(before, report)
            if before is not None and (interval := interval_between(before.report, report, times)):
                intervals.append(interval)
        return replace(self._add(intervals), workers=known)

    def _add(self, intervals: list[Interval]) -> Self:
        """Adds what was reported at one poll; the doubts about several workers are taken to err the same way."""
        if not intervals:
            return self
        slot_seconds = sum(interval.slot_seconds for interval in intervals)
        kept = exp(-slot_seconds / (sum(interval.slots for interval in intervals) * self._memory_seconds))
        spacing = sum(interval.seconds for interval in intervals) / len(intervals)
        if self.interval_seconds:
            spacing = self.interval_seconds + (spacing - self.interval_seconds) / REMEMBERED_INTERVALS
        excess, ended = sum(interval.excess for interval in intervals), sum(interval.ended for interval in intervals)
        return replace(
            self, by_reports=self.by_reports.add(slot_seconds, excess, ended, kept), interval_seconds=spacing
        )

    def poll(self, workers: Workers, slots: float, now: float, dispatched: float, full: tuple[Span, ...]) -> Self:
        """Adds what the server alone says of the time since the last poll.

        Args:
            workers: Those that take tasks.
            slots: Slots of one replica.
            now: When the statistics were read.
            dispatched: Tasks dispatched up to then.
            full: When all slots were full.
        """
        seen = replace(self, at=now, dispatched=dispatched, pods_since=workers.ready_since)
        if self.at is None or now <= self.at:
            return replace(seen, slots_used=_slots_used(workers, slots, full=False))
        started, stood = dispatched - self.dispatched, overlap(full, self.at, now) / (now - self.at)
        if workers.worker_reports and not workers.count_ended_tasks:
            seen = seen.poll_without_counts(workers, slots, now - self.at, started, full=stood == 1)
        if not any(span.since <= self.at <= span.until for span in full):
            return replace(seen, stalled_seconds=0.0)
        return seen.add_full(self, slots, started, workers.starting, stayed_full=stood == 1)

    def add_full(self, before: Self, slots: float, started: float, starting: int, *, stayed_full: bool) -> Self:
        """Adds the time since a poll at which all slots were full: each dispatch since then followed a task that ended.

        Where the backlog was gone before the next poll, the slots were full for a part of the time only.
        """
        start, now = before.at or 0.0, self.at or 0.0
        added = max(0, len(self.pods_since) + starting - len(before.pods_since))
        young = sum(since > start for since in self.pods_since)
        ended = max(0.0, started - added * slots)
        most = slots * pod_seconds(self.pods_since, start, now)
        likely = most if stayed_full else DRAINED_SHARE * most
        kept = exp(-(now - start) / before._memory_seconds)
        excess = most - likely + young * slots * READY_RESOLUTION_SECONDS
        is_stalled = stayed_full and started < 1 and not young and bool(self.pods_since)
        return replace(
            self,
            by_server=self.by_server.add(likely, excess, ended, kept) if stayed_full or ended else self.by_server,
            stalled_seconds=before.stalled_seconds + now - start if is_stalled else 0.0,
        )

    def poll_without_counts(
        self, workers: Workers, slots: float, seconds: float, started: float, *, full: bool
    ) -> Self:
        """Where workers do not count: what was dispatched less the rise of the slots in use has ended."""
        used = _slots_used(workers, slots, full=full)
        used = min(used, self.slots_used + started) if full else used
        slot_seconds = (used + self.slots_used) / 2 * seconds
        if not slot_seconds and not started:
            return replace(self, slots_used=used)
        excess = 0.0 if full else abs(used - self.slots_used) * seconds / 2
        kept = exp(-seconds / self._memory_seconds)
        ended = started - (used - self.slots_used)
        return replace(self, by_reports=self.by_reports.add(slot_seconds, excess, ended, kept), slots_used=used)

    @property
    def unfinished(self) -> float:
        """Tasks that run, by the last reports."""
        reported = sum(known.report.slots_used for known in self.workers.values())
        return float(reported) if self.workers else self.slots_used

    @property
    def proven_seconds(self) -> float:
        """What the tasks that run now have taken at least, their median."""
        running = sorted(known.running for known in self.workers.values() if known.report.slots_used)
        half, passed = sum(slots for _, slots in running) / 2, 0.0
        for seconds, slots in running:
            passed += slots
            if passed >= half:
                return max(seconds, self.stalled_seconds)
        return self.stalled_seconds

    @property
    def _memory_seconds(self) -> float:
        return max(MEMORY_SECONDS, MEMORY_SERVICE_TIMES * self._best.likely_seconds(0.0, 1.0))

    @property
    def _best(self) -> Tally:
        """The source that knows most: workers that report often, else the server, else the one that there is."""
        if self.by_reports.completions < 1:
            return self.by_server if self.by_server.completions >= 1 else self.by_reports
        sharp = self.interval_seconds <= SHARP_SECONDS
        long = self.by_reports.likely_seconds(0.0, 1.0) >= self.interval_seconds
        return self.by_reports if sharp or long or self.by_server.completions < 1 else self.by_server

    def duration(self, prior_seconds: float, running: float = 0.0, *, hinted: bool, by_reports: bool) -> TaskDuration:
        """How long a task takes, as far as is known.

        Args:
            running: Tasks that may run now.
            prior_seconds: What to plan with before anything is known.
            hinted: Whether `taskDurationSeconds.typical` gives it.
            by_reports: Whether only workers' reports count, because not the slots are the bottleneck.
        """
        tally = self.by_reports if by_reports else self._best
        unfinished, proven = max(self.unfinished, running), self.proven_seconds
        likely = max(tally.likely_seconds(prior_seconds, unfinished), proven)
        ended = counted(round(tally.completions), "task")
        if tally.completions < max(1.0, MEASURED_SHARE * unfinished):
            longest = max(HINT_RANGE * prior_seconds, proven) if hinted else LONGEST_SECONDS
            so_far = f" (for at least {proven:.0f} s so far)" if proven >= 1 else ""
            message = f"A task is assumed to take {likely:.3g} s: {ended} ended, {unfinished:.0f} run{so_far}."
            return TaskDuration(
                likely, max(likely, longest), assumed=True, reason=StepReason.SERVICE_TIME_ASSUMED, message=message
            )
        longest = max(likely, 2 * proven, tally.longest_seconds(prior_seconds))
        counts = f"{ended} ended in {tally.slot_seconds:.0f} slot-seconds"
        message = f"A task takes {likely:.3g} s (up to {longest:.3g} s): {counts}."
        return TaskDuration(likely, longest, assumed=False, reason=StepReason.SERVICE_TIME_MEASURED, message=message)

    @property
    def measured_seconds(self) -> float | None:
        """The mean that was measured; `None` while fewer tasks have ended than run, as a wave begins to."""
        best = self._best
        if best.completions < max(1.0, self.unfinished):
            return None
        return max(best.slot_seconds / best.completions, self.proven_seconds)

    def without_server(self) -> Self:
        """Forgets what the server alone said: reports show idle slots where a backlog was taken to fill them all."""
        return replace(self, by_server=Tally(), stalled_seconds=0.0)

    def pause(self) -> Self:
        """Starts anew with the next poll: what was busy since the last one is not known."""
        return replace(self, at=None)


def _slots_used(workers: Workers, slots: float, *, full: bool) -> float:
    """Slots in use: per pod by those that reported since they take tasks, else all of them; and those that drain."""
    reports = workers.reported_since(0.0)
    per_pod = sum(report.slots_used for report in reports) / len(reports) if reports and not full else slots
    return per_pod * workers.ready + workers.slots_used_draining


def pod_seconds(ready_since: tuple[float, ...], start: float, now: float) -> float:
    """For how long pods were ready between two times, all together."""
    young = [since for since in ready_since if since > start]
    return (len(ready_since) - len(young)) * (now - start) + sum(max(0.0, now - since) for since in young)


def _bounded(seconds: float) -> float:
    return min(max(seconds, SHORTEST_SECONDS), LONGEST_SECONDS)
