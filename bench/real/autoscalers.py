"""The published algorithms of KEDA and of the HorizontalPodAutoscaler, as functions of what they read.

They stand in for the programs, which don't run here: KEDA 2.21 (its Temporal scaler, the loop between 0 and 1 with
`pollingInterval` and `cooldownPeriod`) and the controller of autoscaling/v2 (`AverageValue`, tolerance, behaviour), as
their sources have them.
"""

import math
from collections import deque
from dataclasses import dataclass, field

HPA_SYNC_SECONDS = 15.0
HPA_TOLERANCE = 0.1
HPA_PERIOD_SECONDS = 15.0
"""Of the policies of its default behaviour: at most 100 % or 4 pods more, whichever is more; all at once less."""
HPA_PODS_PER_PERIOD = 4


@dataclass(slots=True)
class HorizontalPodAutoscaler:
    """The controller for one external metric with a target of type AverageValue, and its default scale-up behaviour."""

    target: float
    """Of the metric, for each replica."""
    min_replicas: int
    max_replicas: int
    scale_down_window_seconds: float = 300
    _recommendations: deque[tuple[float, int]] = field(default_factory=deque)
    _increases: deque[tuple[float, int]] = field(default_factory=deque)

    def desired(self, metric: float, current: int, existing: int, now: float) -> int:
        """The replicas that are set by a sync.

        Args:
            metric: The value for all replicas together.
            current: `spec.replicas`.
            existing: `status.replicas`.
            now: Monotonic time in seconds.
        """
        if current == 0 and self.min_replicas > 0:
            return 0
        recommended = min(max(self._by_metric(metric, existing), self.min_replicas), self.max_replicas)
        recommended = self._stabilized(recommended, current, now)
        if recommended > current:
            recommended = min(recommended, self._scale_up_limit(current, now))
            self._increases.append((now, recommended - current))
        return recommended

    def _by_metric(self, metric: float, existing: int) -> int:
        if existing and abs(metric / (self.target * existing) - 1) <= HPA_TOLERANCE:
            return existing
        return math.ceil(metric / self.target)

    def _stabilized(self, recommended: int, current: int, now: float) -> int:
        """Down only to the highest of the window; there is none for the way up."""
        while self._recommendations and self._recommendations[0][0] <= now - self.scale_down_window_seconds:
            self._recommendations.popleft()
        self._recommendations.append((now, recommended))
        highest = max(replicas for _, replicas in self._recommendations)
        return min(current, highest) if recommended < current else recommended

    def _scale_up_limit(self, current: int, now: float) -> int:
        while self._increases and self._increases[0][0] <= now - HPA_PERIOD_SECONDS:
            self._increases.popleft()
        start_of_period = current - sum(added for _, added in self._increases)
        return max(2 * start_of_period, start_of_period + HPA_PODS_PER_PERIOD)


@dataclass(frozen=True, slots=True)
class KedaSettings:
    """The settings of a ScaledObject with the Temporal trigger, and those of its HPA; the defaults are KEDA's."""

    target_queue_size: int = 5
    polling_interval_seconds: float = 30
    cooldown_seconds: float = 300
    scale_down_window_seconds: float = 300


@dataclass(slots=True)
class KedaLoop:
    """The operator's own loop, which scales between 0 and 1; above that it leaves the replicas to the HPA."""

    settings: KedaSettings
    _active_at: float | None = None

    def desired(self, backlog: int, current: int, now: float) -> int:
        """The replicas that are set by a poll.

        Args:
            backlog: Tasks that wait, all task types together.
            current: `spec.replicas`.
            now: Monotonic time in seconds.
        """
        if backlog > 0:
            self._active_at = now
            return max(current, 1)
        # An object that was never active has no time from which to cool down.
        if self._active_at is None or now - self._active_at > self.settings.cooldown_seconds:
            return 0
        return current
