"""How long a pool waits for its next look: its polling interval when quiet, the server's own pace when it matters."""

from collections.abc import Iterable
from math import inf
from typing import Final

from controller.operator.scheduler import JITTER
from controller.scaling.decision import Decision
from controller.scaling.observation import Observation, Unknown
from controller.scaling.reasons import Reason, Rule

FASTEST_SECONDS: Final = 5.0
"""The server renews its statistics every 5 s (1.29 and later): to look more often shows nothing new."""

FIRST_RETRY_SECONDS: Final = 5.0
"""The pause after a first troubled pass: the server's statistics are renewed no faster."""

LONGEST_RETRY_SECONDS: Final = 60.0
"""The longest pause after troubled passes of a pool that looks less often than that when all is well."""

NEARLY_SECONDS: Final = 1.0
"""A moment that is nearer than this is met within it."""


def interval_seconds(polling_interval_seconds: float, observation: Observation, decision: Decision) -> float:
    """Seconds to the next look, before the budget has its say."""
    return FASTEST_SECONDS if _matters(observation, decision) else polling_interval_seconds


def retry_seconds(troubled_passes: int, interval_seconds: float) -> float:
    """Seconds to the next try after so many troubled passes before this one: an exponential back-off.

    It ends with the pool's own interval, so that a mend, such as a rotated Secret, is noticed as soon as any change.
    """
    return min(FIRST_RETRY_SECONDS * 2.0 ** min(troubled_passes, 10), LONGEST_RETRY_SECONDS, interval_seconds)


def seconds_until(moments: Iterable[float], now: float) -> float:
    """Seconds to the first of these moments that is to come; infinite without one.

    The scheduler lengthens a pause by up to its jitter: this one is so much shorter that it is not late for it.
    """
    soonest = min((moment for moment in moments if moment > now), default=inf)
    return max(NEARLY_SECONDS, (soonest - now) / (1 + JITTER))


def _matters(observation: Observation, decision: Decision) -> bool:
    """Whether the pool wakes or grows: replicas were just ordered, are not ready yet, or fail to keep up.

    Replicas that don't come may stay away for days.
    """
    if decision.desired_replicas > decision.current_replicas or _marks(decision):
        return True
    return (
        not decision.capacity.stops_growth
        and _waits(observation)
        and len(observation.ready_pods) < observation.replicas
    )


def _marks(decision: Decision) -> bool:
    """Whether the next pass finds pods marked that can go: how idle they are is known for seconds only."""
    step = decision.step(Rule.DISRUPTION)
    return step is not None and step.reason == Reason.MARKING


def _waits(observation: Observation) -> bool:
    return any(not isinstance(q.statistics, Unknown) and q.statistics.backlog > 0 for q in observation.task_queues)
