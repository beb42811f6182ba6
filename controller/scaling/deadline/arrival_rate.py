"""Step 4: how many tasks arrive, without the burst that already stands in the backlog."""

from itertools import pairwise
from math import inf, sqrt
from statistics import median

from controller.scaling.deadline.estimate import Estimate
from controller.scaling.deadline.task_count import WINDOW_SECONDS, TaskCount
from controller.scaling.reasons import Reason

WEIGHTS = (0.5, 0.3, 0.2)
"""Weights of the last three disjoint windows, the youngest first."""

LOOKS_OF_A_STEP = 3
"""Intervals between looks that must all have seen a rate before it counts as a step up."""

LOOKS_OF_A_FALL, SECONDS_OF_A_FALL = 2, 15.0
"""Intervals between looks that must all have seen no more than a rate before it counts, and how far they reach back:
where polls are close, chance makes two intervals low too often."""


def arrival_rate(arrivals: TaskCount, dispatch_limit: float | None, *, hurried: bool) -> Estimate:
    """The arrival rate in tasks per second.

    Each window counts at most the median of the windows + 3 sqrt(median) + 1 tasks, three standard deviations of a
    Poisson count: a burst stands in the backlog and must not also become a rate, and a lasting step passes after 30
    to 60 s. The windows are of 30 s, and before 90 s were seen a third of what was. In the first 30 s no rate is known.
    A fall counts as soon as none of the last looks saw more.

    Args:
        arrivals: The tasks that were added.
        hurried: Whether no order can help within the objective, so that a step must count sooner: it does when all of
            the last looks saw it, while a burst is seen by one.
        dispatch_limit: The dispatch rate while something else than the replicas is the bottleneck, else `None`.
    """
    seconds, counts = windows(arrivals)
    if not counts:
        return Estimate(0.0, Reason.ARRIVALS, "No arrival rate is reckoned with in the first 30 s.")
    typical = median(counts)
    limit = typical + 3 * sqrt(typical) + 1
    weighed = weighed_rate(seconds, counts, limit)
    rate = min(weighed, max(arrivals.last_rates(LOOKS_OF_A_FALL, SECONDS_OF_A_FALL), default=weighed))
    if hurried:
        rate = max(rate, min(arrivals.last_rates(LOOKS_OF_A_STEP), default=0.0))
    seen = f"{', '.join(f'{count:.0f}' for count in counts)} in windows of {seconds:.0f} s"
    if dispatch_limit is not None and rate > dispatch_limit:
        message = f"{dispatch_limit:.2f} tasks/s are reckoned with, as many as get through: {rate:.2f} tasks/s arrive."
        return Estimate(dispatch_limit, Reason.ARRIVALS_LIMITED, message)
    if rate != weighed:
        message = f"{rate:.2f} tasks/s arrive by the last readings: {seen}."
        return Estimate(rate, Reason.ARRIVALS, message)
    if any(count > limit for count in counts):
        message = f"{rate:.2f} tasks/s arrive: {seen}, of which at most {limit:.0f} count."
        return Estimate(rate, Reason.ARRIVALS_CLIPPED, message)
    return Estimate(rate, Reason.ARRIVALS, f"{rate:.2f} tasks/s arrive: {seen}.")


def windows(arrivals: TaskCount) -> tuple[float, list[float]]:
    """Length of the disjoint windows in seconds, and the tasks in each, the youngest first."""
    if arrivals.seconds < WINDOW_SECONDS:
        return WINDOW_SECONDS, []
    seconds = min(WINDOW_SECONDS, arrivals.seconds / len(WEIGHTS))
    totals = [arrivals.total_at(arrivals.times[-1] - i * seconds) for i in range(len(WEIGHTS) + 1)]
    return seconds, [newer - older for newer, older in pairwise(totals)]


def weighed_rate(seconds: float, counts: list[float], limit: float = inf) -> float:
    """Tasks per second by the counts of the windows, of each of which at most a limit counts."""
    return sum(weight * min(count, limit) for weight, count in zip(WEIGHTS, counts, strict=True)) / seconds
