"""Since when nothing was handed to a worker, as far as the server's rates tell.

A rate of zero that is read at R proves that nothing was dispatched from R - 30 s to R - 5 s: it is a mean of 30 s, and
the answer may come out of the server's cache. What was dispatched in the 5 s before R nobody can tell yet; the next
poll does. So the first zero says at once that it has been quiet for 30 s.
"""

from dataclasses import dataclass
from typing import Self

from controller.scaling.observation import Observation, TaskQueueObservation, Unknown
from controller.scaling.server_times import CACHE_SECONDS, RATE_SECONDS


@dataclass(frozen=True, slots=True)
class Quiet:
    """A time in which nothing was handed to a worker."""

    since: float
    """From then on until `until` it is certain."""
    until: float
    dispatched_at: float
    """The latest time at which a task may have been dispatched by what polls told; before `since` where polls were so
    far apart that their rates leave gaps, in which nobody saw one."""

    @classmethod
    def after(cls, before: Self | None, observation: Observation, now: float) -> Self:
        """The quiet time with one more poll."""
        reads = [queue.statistics for queue in observation.task_queues if not isinstance(queue.statistics, Unknown)]
        if len(reads) < len(observation.task_queues) or any(map(_may_have_come, observation.task_queues)):
            return cls(now, now, now)
        read_at = min([now, *(read.read_at for read in reads)])
        start, end = read_at - RATE_SECONDS, read_at - CACHE_SECONDS
        if before is None:
            return cls(start, end, start)
        is_unbroken = before.since <= start <= before.until
        return cls(before.since if is_unbroken else start, end, min(before.dispatched_at, start))

    def not_after(self, now: float) -> Self:
        """The same with times that lie after `now` moved to it."""
        return type(self)(min(self.since, now), min(self.until, now), min(self.dispatched_at, now))


def _may_have_come(queue: TaskQueueObservation) -> bool:
    """Whether tasks may have come within the time of a rate; what waits may be dispatched at any moment."""
    read = queue.statistics
    if isinstance(read, Unknown) or read.rates_young:
        return True
    rates = read.dispatch_rate_per_second, read.add_rate_per_second
    return any(rate > 0 for rate in rates) or (read.backlog > 0 and read.backlog_age_seconds > 0)
