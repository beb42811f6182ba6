"""Step 4: how many tasks arrive, without the burst that already stands in the backlog."""

from math import sqrt
from statistics import median_low

from controller.scaling.deadline.believable_backlog import Backlog
from controller.scaling.deadline.estimate import Estimate
from controller.scaling.deadline.task_count import WINDOW_SECONDS, TaskCount
from controller.scaling.reasons import Reason

WEIGHTS = (0.5, 0.3, 0.2)
"""Weights of the last three disjoint windows, the youngest first."""


def arrival_rate(arrivals: TaskCount, backlog: Backlog, dispatch_limit: float | None) -> Estimate:
    """The arrival rate in tasks per second.

    Each window counts at most the median of the windows + 3 sqrt(median) + 1 tasks, three standard deviations of a
    Poisson count: a burst stands in the backlog and must not also become a rate, and a lasting step passes after 30
    to 60 s. The windows are of 30 s, and a third of what was seen before that was 90 s. With one look alone, what
    waits is taken off for the same reason.

    Args:
        arrivals: The tasks that were added.
        backlog: The believable backlog.
        dispatch_limit: The dispatch rate while something else than the replicas is the bottleneck, else `None`.
    """
    seconds, counts = windows(arrivals)
    if not counts:
        return Estimate(0.0, Reason.ARRIVALS, "No task is known to arrive: it is the first look.")
    if len(counts) == 1:
        counts = [max(0.0, counts[0] - backlog.tasks)]
    typical = median_low(counts)
    limit = typical + 3 * sqrt(typical) + 1
    weights = WEIGHTS[: len(counts)]
    weighed = sum(weight * min(count, limit) for weight, count in zip(weights, counts, strict=True))
    rate = weighed / sum(weights) / seconds
    seen = ", ".join(f"{count:.0f}" for count in counts)
    if dispatch_limit is not None and rate > dispatch_limit:
        message = f"{dispatch_limit:.2f} tasks/s are reckoned with, as many as get through: {rate:.2f} tasks/s arrive."
        return Estimate(dispatch_limit, Reason.ARRIVALS_LIMITED, message)
    if any(count > limit for count in counts):
        message = (
            f"{rate:.2f} tasks/s arrive: {seen} in windows of {seconds:.0f} s, of which at most {limit:.0f} count."
        )
        return Estimate(rate, Reason.ARRIVALS_CLIPPED, message)
    return Estimate(rate, Reason.ARRIVALS, f"{rate:.2f} tasks/s arrive: {seen} in windows of {seconds:.0f} s.")


def windows(arrivals: TaskCount) -> tuple[float, list[float]]:
    """Length of the disjoint windows in seconds, and the tasks in each, the youngest first."""
    number = min(len(WEIGHTS), len(arrivals.times) - 1)
    if number < 1:
        return WINDOW_SECONDS, []
    seconds = min(WINDOW_SECONDS, arrivals.seconds / number)
    end = arrivals.times[-1]
    totals = [arrivals.total_at(end - i * seconds) for i in range(number + 1)]
    return seconds, [totals[i] - totals[i + 1] for i in range(number)]
