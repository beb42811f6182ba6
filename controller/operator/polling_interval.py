"""How long a pool waits after a failure, and for a moment that is to come; else the decision says how long."""

from collections.abc import Iterable
from math import inf
from typing import Final

from controller.operator.scheduler import JITTER

FIRST_RETRY_SECONDS: Final = 5.0
"""The pause after a first failure: the server's statistics are renewed no faster."""

LONGEST_RETRY_SECONDS: Final = 60.0
"""The longest pause after failures of a pool that is polled less often than that when all is well."""

NEARLY_SECONDS: Final = 1.0
"""A moment that is nearer than this is met within it."""


def retry_seconds(consecutive_failures: int, interval_seconds: float) -> float:
    """Seconds to the next try after so many failures before this one: an exponential back-off.

    It ends with the pool's own interval, so that a fix, such as a rotated Secret, is noticed as soon as any change.
    """
    return min(FIRST_RETRY_SECONDS * 2.0 ** min(consecutive_failures, 10), LONGEST_RETRY_SECONDS, interval_seconds)


def seconds_until(moments: Iterable[float], now: float) -> float:
    """Seconds to the first of these moments that is to come; infinite without one.

    The scheduler lengthens a pause by up to its jitter: this one is so much shorter that it is not late for it.
    """
    soonest = min((moment for moment in moments if moment > now), default=inf)
    return max(NEARLY_SECONDS, (soonest - now) / (1 + JITTER))
