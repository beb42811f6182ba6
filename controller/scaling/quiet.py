"""Since when nothing was handed to a worker: what is known of idle pods beyond their reports."""

from dataclasses import dataclass, replace
from typing import Self

from controller.scaling.deadline.task_count import WINDOW_SECONDS
from controller.scaling.observation import Observation, TaskQueueObservation, Unknown


@dataclass(frozen=True, slots=True)
class Quiet:
    """A time in which nothing was handed to a worker, as far as the server's rates tell."""

    since: float
    until: float

    @classmethod
    def after(cls, before: Self | None, observation: Observation, now: float) -> Self:
        """The quiet time up to now; one that was not looked at for longer than a rate covers starts within that."""
        if any(_may_have_dispatched(queue) for queue in observation.task_queues):
            return cls(now, now)
        if before is None or now - before.until > WINDOW_SECONDS:
            return cls(now - WINDOW_SECONDS, now)
        return replace(before, until=now)


def _may_have_dispatched(queue: TaskQueueObservation) -> bool:
    read = queue.statistics
    if isinstance(read, Unknown) or read.rates_young:
        return True
    return read.dispatch_rate_per_second > 0 or (read.backlog > 0 and read.backlog_age_seconds > 0)
