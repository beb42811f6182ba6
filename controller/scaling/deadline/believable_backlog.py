"""Step 1: the part of the reported backlog that can be believed, and whether it stands."""

from dataclasses import dataclass

from controller.scaling.observation import QueueStatistics
from controller.scaling.reasons import Reason
from controller.scaling.words import counted, does

STANDING_SECONDS = 1.0
"""A backlog whose oldest task is younger is the queue at work: 1,000 tasks/s always show some milliseconds of it."""

STANDING_SHARE = 0.1
"""Share of the objective that the oldest task must have waited before a backlog counts as standing."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Waiting tasks that can be believed."""

    tasks: int
    age_seconds: float
    stands: bool
    """Whether the oldest task has waited so long that the workers do not keep up, or something holds them back."""
    reason: Reason
    message: str


def believable_backlog(statistics: QueueStatistics, objective_seconds: float) -> Backlog:
    """Judges the server's count by the age of the oldest task.

    The count lags while a queue drains (25 instead of 20 for minutes was measured); the age does not: without an
    oldest task nothing waits.
    """
    count, age = statistics.backlog, statistics.backlog_age_seconds
    if count > 0 and age <= 0:
        message = f"The server still counts {counted(count, 'waiting task')}, but without an age: none waits."
        return Backlog(0, 0, stands=False, reason=Reason.BACKLOG_GONE, message=message)
    if count == 0:
        return Backlog(0, 0, stands=False, reason=Reason.NO_BACKLOG, message="No task waits.")
    limit = max(STANDING_SECONDS, STANDING_SHARE * objective_seconds)
    figures = f"{does(count, 'task', 'wait')}, the oldest for {age:.1f} s"
    if age <= limit:
        message = f"{figures}; up to {limit:.1f} s is the queue at work."
        return Backlog(count, age, stands=False, reason=Reason.BACKLOG_PASSING, message=message)
    message = f"{figures}, more than {limit:.1f} s: the backlog stands."
    return Backlog(count, age, stands=True, reason=Reason.BACKLOG_STANDS, message=message)
