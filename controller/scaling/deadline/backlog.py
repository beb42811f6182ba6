"""Steps 1 and 6: what waits, and the slots with which it starts by its deadlines.

What waits has waited: a task is due D after it arrived, not after it was seen. The age of the oldest and the counts of
the last polls say when the waiting tasks arrived.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from controller.scaling.deadline.arrivals import Estimate, TaskCount
from controller.scaling.deadline.service_time import TaskDuration
from controller.scaling.deadline.start_up import Terms
from controller.scaling.observation import QueueStatistics
from controller.scaling.reasons import StepReason
from controller.scaling.text import counted, does, number

STANDING_SECONDS = 1.0
"""A backlog whose oldest task is younger is the queue at work: 1,000 tasks/s always show some milliseconds of it."""

STANDING_SHARE = 0.1
"""Share of the objective that the oldest task must have waited before a backlog counts as standing."""

LATE_START_SHARE = 0.25
"""What can't be in time any more is given so much of a start-up from when a new replica is ready: to start it faster
costs replicas that live no longer than a start takes. Of bursts that are a little too late at the measured mean with
its margin, 98 % start in time so; with half of a start-up 80 % do, for three quarters of the price."""

UNFINISHED_SHARE = 0.5
"""Tasks that a slot is likely still at when the time is over: tasks that began together also end together."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Waiting tasks that are plausible."""

    tasks: int
    age_seconds: float
    stands: bool
    """Whether the oldest task has waited so long that the workers do not keep up, or something holds them back."""
    reason: StepReason
    message: str


def plausible_backlog(statistics: QueueStatistics, objective_seconds: float) -> Backlog:
    """Judges the server's count by the age of the oldest task.

    The count lags while a queue drains (25 instead of 20 for minutes was measured); the age does not: without an
    oldest task nothing waits.
    """
    count, age = statistics.backlog, statistics.backlog_age_seconds
    if count > 0 and age <= 0:
        message = f"No task waits (the server still counts {count}, but none has an age)."
        return Backlog(0, 0, stands=False, reason=StepReason.BACKLOG_GONE, message=message)
    if count == 0:
        return Backlog(0, 0, stands=False, reason=StepReason.NO_BACKLOG, message="No task waits.")
    limit = max(STANDING_SECONDS, STANDING_SHARE * objective_seconds)
    figures = f"{does(count, 'task', 'wait')}, the oldest for {number(age)} s"
    if age <= limit:
        message = f"{figures} (normal up to {number(limit)} s)."
        return Backlog(count, age, stands=False, reason=StepReason.BACKLOG_PASSING, message=message)
    message = f"{figures}: a standing backlog (older than {number(limit)} s)."
    return Backlog(count, age, stands=True, reason=StepReason.BACKLOG_STANDS, message=message)


class Due(NamedTuple):
    """Waiting tasks that must have started by some time."""

    in_seconds: float
    """From now on; negative where it is too late."""
    tasks: float
    """All that are due by then."""


def due(backlog: Backlog, arrivals: TaskCount, deadline_seconds: float, now: float) -> tuple[Due, ...]:
    """When the waiting tasks must start, the oldest first.

    The youngest arrivals are those that wait. Within the time between two polls tasks are taken to have come evenly,
    half of them counted at its beginning and half at its middle; what the counts do not explain is as old as the
    oldest.
    """
    oldest, left, later = now - backlog.age_seconds, float(backlog.tasks), []
    totals = list(zip(arrivals.times, arrivals.totals, strict=True))
    for (start, before), (end, total) in reversed(list(pairwise(totals))):
        came = min(total - before, left)
        if end <= oldest or left <= 0:
            break
        since = max(start, oldest)
        later += [((since + end) / 2, came / 2), (since, came / 2)]
        left -= came
    passed, dues = 0.0, []
    for arrived_at, tasks in [(oldest, left), *reversed(later)]:
        passed += tasks
        if tasks > 0:
            dues.append(Due(arrived_at + deadline_seconds - now, passed))
    return tuple(dues)


@dataclass(frozen=True, slots=True)
class Supply:
    """The slots that are there or starting."""

    slots: float
    """Of pods that take tasks."""
    slots_per_replica: float = 1.0
    ready_in_seconds: tuple[float, ...] = ()
    """For each pod that starts, when it is expected to become ready."""
    slots_free: float = 0.0
    """Of `slots`, those that are known to be free."""

    @property
    def slots_requested(self) -> float:
        """All slots, those of pods that start too."""
        return self.slots + self.slots_per_replica * len(self.ready_in_seconds)

    def starts(self, seconds: float, task_seconds: float) -> float:
        """Tasks that these slots start within a time: each when it is free or ready, and after each task that ends."""
        coming = (started(seconds - ready_in, task_seconds) for ready_in in self.ready_in_seconds)
        freed = self.slots * max(0.0, seconds / task_seconds - UNFINISHED_SHARE)
        return self.slots_free + freed + self.slots_per_replica * sum(coming)


def started(seconds: float, task_seconds: float) -> float:
    """Tasks that a free slot starts within a time: one at once, and another after each that ends."""
    return 1 + max(0.0, seconds / task_seconds - UNFINISHED_SHARE) if seconds > 0 else 0.0


def slots_by_deadline(
    dues: Iterable[Due], supply: Supply, duration: TaskDuration, rate_per_second: float, terms: Terms
) -> Estimate:
    """All slots, those of starting pods too, with which the waiting tasks start by their deadlines.

    Where what is there or starts is more than enough, the share of it that they need until they have begun.
    For each deadline x the slots that are there start some of the tasks that are due by then; the rest is divided by
    what a slot that is requested now starts between L, when it is ready, and x. Where x is later than D, what arrives
    until D before it is due as well.

    Args:
        dues: When the waiting tasks are due.
        supply: What is there already.
        duration: How long a task takes. Its longest counts, except where nothing is measured and a later request is
            still in time: then it will be known better.
        rate_per_second: How many tasks arrive.
        terms: D, L, and when is polled again.
    """
    dues = tuple(dues)
    if not dues:
        return Estimate(0.0, StepReason.NO_BACKLOG, "No slots are needed for a backlog: no task waits.")
    tasks, late = dues[-1].tasks, dues[0].in_seconds < terms.start_up_seconds
    can_wait = dues[0].in_seconds - terms.start_up_seconds >= terms.next_poll_seconds
    seconds = duration.likely if duration.assumed and can_wait else duration.longest
    slots = supply.slots_requested
    missing, share = _missing(dues, supply, seconds, rate_per_second, terms)
    slots = slots + missing if missing > 0 else share * slots
    reason = StepReason.BACKLOG_LATE if late else StepReason.BACKLOG_SLOTS
    if duration.assumed and not can_wait:
        why = "how long one takes is not known, and to wait for that would be too late"
        message = f"A slot for each of {counted(round(tasks), 'waiting task')}: {why}."
        return Estimate(slots, StepReason.SLOT_PER_TASK, message)
    waiting = f"{counted(round(tasks), 'waiting task')} of {seconds:.3g} s"
    due_in = f"the oldest is due in {max(dues[0].in_seconds, 0.0):.0f} s"
    message = (
        f"{slots:.0f} slots start the {waiting}; {due_in}. {supply.slots_requested:.0f} slots are there or starting, "
        f"and a new replica takes {terms.start_up_seconds:.0f} s."
    )
    return Estimate(slots, reason, message)


def _missing(
    dues: Iterable[Due], supply: Supply, task_seconds: float, rate_per_second: float, terms: Terms
) -> tuple[float, float]:
    """The slots to request for the hardest of the deadlines, and the share of the supply that each needs."""
    missing, share = 0.0, 0.0
    for in_seconds, tasks in dues:
        until = max(in_seconds, (1 + LATE_START_SHARE) * terms.start_up_seconds)
        due_tasks = tasks + rate_per_second * max(0.0, until - terms.deadline_seconds)
        starts = supply.starts(until, task_seconds)
        share = max(share, due_tasks / starts if starts > due_tasks else 1.0)
        missing = max(missing, max(0.0, due_tasks - starts) / started(until - terms.start_up_seconds, task_seconds))
    return missing, share
