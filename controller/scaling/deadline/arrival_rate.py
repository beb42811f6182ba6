"""Step 4: how many tasks arrive, without the burst that already stands in the backlog."""

from dataclasses import dataclass, replace
from math import sqrt
from statistics import median_low
from typing import Self

from controller.scaling.deadline.believable_backlog import Backlog
from controller.scaling.deadline.estimate import Estimate
from controller.scaling.reasons import Reason

WINDOW_SECONDS = 30.0
"""Window of the server's rates."""

WEIGHTS = (0.5, 0.3, 0.2)
"""Weights of the last three disjoint windows, the youngest first."""

WINDOW_SLACK_SECONDS = 12.0
"""How far a reading may be from the end of the window that it stands for."""

MAX_READINGS = 24
"""Readings kept: the three windows at the fastest pace, one reading every 5 s, are 18."""


@dataclass(frozen=True, slots=True)
class RateReading:
    """Tasks added in the 30 s before a time."""

    at: float
    tasks: float


@dataclass(frozen=True, slots=True)
class ArrivalRate:
    """The readings of the last windows, oldest first."""

    readings: tuple[RateReading, ...] = ()

    def observe(self, now: float, add_rate: float) -> Self:
        """Adds a reading and forgets those that no window needs."""
        oldest = now - len(WEIGHTS) * WINDOW_SECONDS
        kept = tuple(reading for reading in self.readings if oldest <= reading.at < now)
        return replace(self, readings=(*kept, RateReading(now, add_rate * WINDOW_SECONDS))[-MAX_READINGS:])

    def windows(self, now: float) -> list[float | None]:
        """Tasks added in each of the last disjoint windows, the youngest first; `None` where nothing was read."""
        return [self._tasks_at(now - i * WINDOW_SECONDS) for i in range(len(WEIGHTS))]

    def _tasks_at(self, time: float) -> float | None:
        nearest = min(self.readings, key=lambda reading: abs(reading.at - time), default=None)
        if nearest is None or abs(nearest.at - time) > WINDOW_SLACK_SECONDS:
            return None
        return nearest.tasks


def arrival_rate(memory: ArrivalRate, now: float, backlog: Backlog, dispatch_limit: float | None) -> Estimate:
    """The arrival rate in tasks per second.

    Each window counts at most the median of the windows + 3 sqrt(median) + 1 tasks, three standard deviations of a
    Poisson count: a burst stands in the backlog and must not also become a rate, and a lasting step passes after 30
    to 60 s. Before there is a second window, what waits is taken off the first one for the same reason.

    Args:
        memory: The readings, that of now included.
        now: Seconds since the Unix epoch.
        backlog: The believable backlog.
        dispatch_limit: The dispatch rate while something else than the replicas is the bottleneck, else `None`.
    """
    windows = memory.windows(now)
    known = [tasks for tasks in windows if tasks is not None]
    if len(known) < 2:
        known = [max(0.0, tasks - backlog.tasks) for tasks in known]
    median = median_low(known) if known else 0.0
    limit = median + 3 * sqrt(median) + 1
    weighed = [
        (w, min(tasks, limit)) for w, tasks in zip(WEIGHTS, _aligned(windows, known), strict=True) if tasks is not None
    ]
    weight = sum(w for w, _ in weighed)
    rate = sum(w * tasks for w, tasks in weighed) / weight / WINDOW_SECONDS if weight else 0.0
    counts = ", ".join(f"{tasks:.0f}" for tasks in known)
    if dispatch_limit is not None and rate > dispatch_limit:
        message = f"{dispatch_limit:.2f} tasks/s are reckoned with, as many as get through: {rate:.2f} tasks/s arrive."
        return Estimate(dispatch_limit, Reason.ARRIVALS_LIMITED, message)
    if any(tasks > limit for tasks in known):
        message = f"{rate:.2f} tasks/s arrive: {counts} in windows of 30 s, of which at most {limit:.0f} count."
        return Estimate(rate, Reason.ARRIVALS_CLIPPED, message)
    return Estimate(rate, Reason.ARRIVALS, f"{rate:.2f} tasks/s arrive: {counts} in windows of 30 s.")


def _aligned(windows: list[float | None], known: list[float]) -> list[float | None]:
    """The known counts in the places of their windows."""
    counts = iter(known)
    return [None if tasks is None else next(counts) for tasks in windows]
