"""What may be chance: even of a steady stream, no two windows count the same."""

from math import sqrt

from controller.scaling.deadline.task_count import WINDOW_SECONDS

SIGMAS = 2.0
"""Standard deviations of two Poisson counts that a difference must exceed."""


def differs(rate: float, other: float) -> bool:
    """Whether two rates differ by more than `SIGMAS` standard deviations of their counts in a window."""
    counts = rate * WINDOW_SECONDS, other * WINDOW_SECONDS
    return abs(counts[0] - counts[1]) >= SIGMAS * sqrt(counts[0] + counts[1])
