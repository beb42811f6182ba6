"""Step 3: how long a slot is busy with one task, from slot-seconds and completions.

Slots in use divided by the dispatch rate would be wrong for long, censored and bursty work: of tasks that run for an
hour nothing was dispatched lately. Slot-seconds count what unfinished tasks have already taken.
"""

from dataclasses import dataclass, field, replace
from math import exp
from typing import Self

from controller.scaling.deadline.arrivals import WINDOW_SECONDS
from controller.scaling.deadline.estimate import Estimate
from controller.scaling.deadline.workers import Workers
from controller.scaling.reasons import Reason
from controller.scaling.words import counted

LONGEST_MEMORY_SECONDS, SHORTEST_MEMORY_SECONDS = 600.0, 60.0
"""Time constant of forgetting: ten minutes, or less where `MEMORY_TASKS` ended sooner."""

MEMORY_TASKS = 5000.0
"""Completions that tell a mean to about 2 %: older ones are not needed."""

MEMORY_SERVICE_TIMES = 5.0
"""The time constant is at least this many service times."""

SHORTEST_SECONDS, LONGEST_SECONDS = 0.001, 31_536_000.0
"""Bounds of a service time: a millisecond and a year."""


@dataclass(frozen=True, slots=True)
class Busy:
    """Slots in use at one look."""

    per_pod: float
    """Mean of the ready pods."""
    pods: int
    """Ready pods."""
    draining: float
    """Slots in use on pods that were asked to stop."""
    reckoned_seconds: float | None = None
    """The service time by which it was reckoned, where nothing told it; `None` where reports or a backlog did."""

    @property
    def slots(self) -> float:
        """All slots in use."""
        return self.per_pod * self.pods + self.draining

    def at_most(self, tasks: float) -> Self:
        """The same with no more slots in use on ready pods than tasks."""
        return replace(self, per_pod=min(self.per_pod, max(0.0, tasks) / self.pods)) if self.pods else self


@dataclass(frozen=True, slots=True)
class Window:
    """What lies between two looks."""

    seconds: float
    started: float
    """Tasks dispatched."""
    pod_seconds: float
    """Seconds for which the pods that are ready now were ready in it, summed."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Slot-seconds and completions, both forgotten at the same pace."""

    slot_seconds: float = 0.0
    completions: float = 0.0

    def service_time_seconds(self, prior_seconds: float, unfinished_tasks: float) -> float:
        """Slot-seconds per completion, with a prior that weighs as much as the unfinished work (at least one task)."""
        weight = max(1.0, unfinished_tasks)
        seconds = (self.slot_seconds + weight * prior_seconds) / (max(0.0, self.completions) + weight)
        return min(max(seconds, SHORTEST_SECONDS), LONGEST_SECONDS)

    def add(self, window: Window, before: Busy, after: Busy, kept_share: float) -> Self:
        """The tally after another window: slots in use per pod, times the seconds that the pods of now were ready.

        A window of which nothing is known changes no mean: its tasks took what they were reckoned to take.
        """
        per_pod = (before.per_pod + after.per_pod) / 2 if before.pods else after.per_pod
        draining = (before.draining + after.draining) / 2
        slot_seconds = per_pod * window.pod_seconds + draining * window.seconds
        completions = window.started - (after.slots - before.slots)
        if after.reckoned_seconds is not None:
            slot_seconds = completions * after.reckoned_seconds
        return replace(
            self,
            slot_seconds=self.slot_seconds * kept_share + slot_seconds,
            completions=self.completions * kept_share + completions,
        )


IDLE = Busy(0.0, 0, 0.0)


@dataclass(frozen=True, slots=True)
class ServiceTime:
    """What is remembered to tell the service time of one (task queue, task type)."""

    believed: Tally = field(default_factory=Tally)
    """With the slots of pods that were not heard yet counted as busy while a backlog stands."""
    reported: Tally = field(default_factory=Tally)
    """From reported slots alone: right where something else than the slots is the bottleneck."""
    at: float | None = None
    """Time of the last look; `None` before the first one and after a restart."""
    dispatched: float = 0.0
    """Tasks dispatched up to then."""
    busy_believed: Busy = IDLE
    busy_reported: Busy = IDLE

    def observe(self, look: Workers, now: float, dispatched: float, believed: Busy, reported: Busy) -> Self:
        """Adds the window since the last look; completions are what was dispatched less the rise of slots in use.

        Idle time teaches nothing, so it forgets nothing: what a nightly job takes is known the next night. After a gap
        only the last 30 s count, which is all that the server's rates tell of.
        """
        seen = replace(self, at=now, dispatched=dispatched, busy_believed=believed, busy_reported=reported)
        idle = dispatched == self.dispatched and not (believed.slots or self.busy_believed.slots)
        if self.at is None or now <= self.at or idle:
            return seen
        since = max(self.at, now - WINDOW_SECONDS)
        before = self if since == self.at else seen
        window = Window(
            seconds=now - since,
            started=dispatched - self.dispatched,
            pod_seconds=pod_seconds(look.ready_since, since, now),
        )
        kept = exp(-window.seconds / self._memory_seconds(window.started / window.seconds))
        return replace(
            seen,
            believed=self.believed.add(window, before.busy_believed, believed, kept),
            reported=self.reported.add(window, before.busy_reported, reported, kept),
        )

    def as_dispatched(self, guess: Busy, before: Busy, dispatched: float) -> Busy:
        """A guess of what runs now, with no more tasks than ran at the last look and were dispatched since."""
        return guess if self.at is None else guess.at_most(before.slots + dispatched - self.dispatched)

    def _memory_seconds(self, rate_per_second: float) -> float:
        """The time constant of forgetting."""
        enough = MEMORY_TASKS / max(rate_per_second, MEMORY_TASKS / LONGEST_MEMORY_SECONDS)
        return max(SHORTEST_MEMORY_SECONDS, enough, MEMORY_SERVICE_TIMES * self.believed.service_time_seconds(0.0, 1.0))

    def pause(self) -> Self:
        """Starts anew with the next look: what was busy since the last one is not known."""
        return replace(self, at=None)


def pod_seconds(ready_since: tuple[float, ...], start: float, now: float) -> float:
    """For how long pods were ready between two times, all together."""
    young = [since for since in ready_since if since > start]
    return (len(ready_since) - len(young)) * (now - start) + sum(max(0.0, now - since) for since in young)


def service_time(memory: ServiceTime, prior_seconds: float, *, by_reports: bool) -> Estimate:
    """The service time T of one task, in seconds.

    Args:
        memory: What was seen so far.
        prior_seconds: What to reckon with before anything is known.
        by_reports: Whether only reported slots count, because not the slots are the bottleneck.
    """
    tally = memory.reported if by_reports else memory.believed
    unfinished = (memory.busy_reported if by_reports else memory.busy_believed).slots
    seconds = tally.service_time_seconds(prior_seconds, unfinished)
    completions = max(0.0, tally.completions)
    ended = counted(round(completions), "task")
    figures = f"{tally.slot_seconds:.0f} slot-seconds for {ended}, {unfinished:.0f} unfinished"
    if tally.completions < max(1.0, unfinished):
        message = f"A task takes {seconds:.2f} s: {figures}, so that most is assumed, {prior_seconds:.2f} s."
        return Estimate(seconds, Reason.SERVICE_TIME_ASSUMED, message)
    return Estimate(seconds, Reason.SERVICE_TIME_MEASURED, f"A task takes {seconds:.2f} s: {figures}.")
