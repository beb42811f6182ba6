"""Times without work: the no-dispatch window, and the idle gap after which the load came back."""

from dataclasses import dataclass, replace
from typing import Self

from controller.scaling.observation import Observation, TaskQueueObservation, Unknown
from controller.scaling.server_times import CACHE_SECONDS, RATE_SECONDS


@dataclass(frozen=True, slots=True)
class NoDispatchWindow:
    """A time in which nothing was dispatched to a worker, by the server's rates.

    A rate of zero that is read at R proves that nothing was dispatched from R - 30 s to R - 5 s: it is a mean of 30 s,
    and the answer may come out of the server's cache. What was dispatched in the 5 s before R is known at the next
    poll. So the first zero says at once that nothing was dispatched for 30 s.
    """

    since: float
    """From then on until `until` it is certain."""
    until: float
    dispatched_at: float
    """The latest time at which a task may have been dispatched by what polls read; before `since` where polls were so
    far apart that their rates leave gaps, in which none was read."""

    @classmethod
    def after(cls, before: Self | None, observation: Observation, now: float) -> Self:
        """The window with one more poll."""
        reads = [queue.statistics for queue in observation.task_queues if not isinstance(queue.statistics, Unknown)]
        if len(reads) < len(observation.task_queues) or any(map(_may_have_come, observation.task_queues)):
            return cls(now, now, now)
        read_at = min([now, *(read.read_at for read in reads)])
        start, end = read_at - RATE_SECONDS, read_at - CACHE_SECONDS
        if before is None:
            return cls(start, end, start)
        is_unbroken = before.since <= start <= before.until
        return cls(before.since if is_unbroken else start, end, min(before.dispatched_at, start))


def _may_have_come(queue: TaskQueueObservation) -> bool:
    """Whether tasks may have come within the time of a rate; what waits may be dispatched at any moment."""
    read = queue.statistics
    if isinstance(read, Unknown) or read.rates_young:
        return True
    rates = read.dispatch_rate_per_second, read.add_rate_per_second
    return any(rate > 0 for rate in rates) or (read.backlog > 0 and read.backlog_age_seconds > 0)


LONGEST_GAP_SECONDS = 660.0
"""A gap that lasts longer is an end: to keep replicas for it would cost more than the tasks that they serve."""

GAP_MARGIN = 1.1
"""The next gap is expected to take up to so many times the last one."""

GONE_SHARE = 0.5
"""Share of the replicas below which the load has gone, and from which on it is back."""


@dataclass(frozen=True, slots=True)
class IdleGap:
    """What is remembered of the idle gaps of a pool.

    A load that stops for some minutes and returns finds no replica, and where a start takes longer than the objective,
    tasks miss it at each return. A gap that the load came back from is expected again: the replicas that steady load
    needed before it stay for as long, once, and no longer if the load does not come back.
    """

    since: float | None = None
    """When the load went; `None` while it is there."""
    replicas: int = 0
    """What steady load needed before it went."""
    seconds: float = 0.0
    """How long the last gap took that the load came back from; 0: there was none."""

    def observe(self, steady_replicas: int, typical_replicas: int, now: float) -> Self:
        """Notes that the load went, or that it came back.

        Args:
            steady_replicas: What the load alone needs now.
            typical_replicas: What it typically needed lately.
            now: Seconds since the Unix epoch.
        """
        if self.since is None:
            if steady_replicas < GONE_SHARE * typical_replicas:
                return replace(self, since=now, replicas=typical_replicas)
            return self
        if self.back(steady_replicas):
            return type(self)(seconds=max(0.0, now - self.since))
        return type(self)() if now - self.since > LONGEST_GAP_SECONDS else self

    def back(self, steady_replicas: int) -> int:
        """What the load needed before it went, at the moment when it is back; 0 at any other."""
        is_back = self.since is not None and steady_replicas >= GONE_SHARE * self.replicas
        return self.replicas if is_back else 0

    def kept_replicas(self, now: float) -> int:
        """The replicas that are kept for the load's return."""
        if self.since is None or now - self.since > GAP_MARGIN * self.seconds:
            return 0
        return self.replicas
