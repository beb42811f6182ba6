"""Over how many seconds the server's rates are means: 30, or fewer where a burst has just loaded the partitions.

A partition that was idle is loaded with its first tasks, and for its first 30 s the server divides by the time since
then: 360 tasks that came at once were seen as 43 tasks/s for half a minute, three times too many. What was added less
what was dispatched is what waits, so a backlog that rose from nothing tells the divisor.
"""

from dataclasses import dataclass
from typing import Self

from controller.scaling.deadline.task_count import WINDOW_SECONDS
from controller.scaling.observation import QueueStatistics

CLEAR_BACKLOG = 10
"""Waiting tasks from which on the divisor can be told: the count of fewer is too rough."""

CLEARLY_SHORTER = 0.8
"""A divisor below this share of 30 s is one of a young partition; the count of waiting tasks may be off by as much."""

SHORTEST_SECONDS = 1.0
"""The server's own floor for the divisor, about: below it nothing can be told."""


@dataclass(frozen=True, slots=True)
class RateWindow:
    """What is remembered to tell the divisor."""

    quiet_at: float | None = None
    """When the queue was last seen without tasks and without rates."""
    loaded_at: float | None = None
    """When its partitions were loaded, as far as a rising backlog told."""

    def observe(self, statistics: QueueStatistics, read_at: float) -> Self:
        """Learns from one reading."""
        rates = statistics.add_rate_per_second, statistics.dispatch_rate_per_second
        if not statistics.backlog and not any(rates):
            return type(self)(quiet_at=read_at)
        if self.loaded_at is not None or self.quiet_at is None or read_at - self.quiet_at >= WINDOW_SECONDS:
            return self
        rise = rates[0] - rates[1]
        if rise <= 0 or statistics.backlog < CLEAR_BACKLOG:
            return self
        divisor = max(statistics.backlog / rise, SHORTEST_SECONDS)
        if divisor >= CLEARLY_SHORTER * WINDOW_SECONDS:
            return self
        return type(self)(self.quiet_at, read_at - divisor)

    def seconds(self, read_at: float) -> float | None:
        """The divisor of a reading, or `None` where nothing says that it is not the usual one."""
        if self.loaded_at is None or read_at - self.loaded_at >= WINDOW_SECONDS:
            return None
        return max(read_at - self.loaded_at, SHORTEST_SECONDS)
