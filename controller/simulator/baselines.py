"""What the policy is compared to: other autoscalers as their sources have them, and two plain policies."""

from collections import deque
from collections.abc import Callable
from math import ceil, sqrt

from controller.scaling.observation import Observation, QueueStatistics
from controller.simulator.policy import Policy, PolicyDecision, Victims
from controller.simulator.scenario import Scenario

HPA_SYNC_SECONDS = 15
HPA_TOLERANCE = 0.1
HPA_WINDOW_SECONDS = 300

JITTER_SECONDS = 0.5
"""What is due within this is done now: polls have some jitter."""


class HorizontalPodAutoscaler:
    """The controller of autoscaling/v2 with its default behaviour, for one metric; there is always one replica."""

    def __init__(self, scenario: Scenario, window_seconds: float = HPA_WINDOW_SECONDS) -> None:
        """Scales down to the highest recommendation of a window."""
        self._window_seconds = window_seconds
        self._min_replicas = max(1, scenario.min_replicas)
        self._max_replicas = scenario.max_replicas
        self._recommendations: deque[tuple[float, int]] = deque()
        self._changes: deque[tuple[float, int]] = deque()

    def replicas(self, current: int, usage_ratio: float, recommended: int, now: float) -> int:
        """The replicas of the next 15 s.

        Args:
            current: `spec.replicas`.
            usage_ratio: Metric divided by its target; near 1 nothing changes.
            recommended: What the metric asks for.
            now: Seconds since the start of the scenario.
        """
        if abs(usage_ratio - 1) <= HPA_TOLERANCE:
            recommended = current
        recommended = min(max(recommended, self._min_replicas), self._max_replicas)
        self._recommendations.append((now, recommended))
        while self._recommendations[0][0] <= now - self._window_seconds:
            self._recommendations.popleft()
        highest = max(replicas for _, replicas in self._recommendations)
        if recommended < current:
            recommended = min(highest, current)
        while self._changes and self._changes[0][0] <= now - HPA_SYNC_SECONDS:
            self._changes.popleft()
        start = current - sum(change for _, change in self._changes)
        recommended = min(recommended, max(2 * start, start + 4))
        self._changes.append((now, recommended - current))
        return recommended


class HpaOnCpu:
    """An HPA on 80 % CPU, where a slot in use takes its share of the CPU of its pod; at least one replica."""

    poll_seconds = HPA_SYNC_SECONDS
    target = 0.8

    def __init__(self, scenario: Scenario) -> None:
        self._hpa = HorizontalPodAutoscaler(scenario)
        self._slots = scenario.slots

    def recommend(self, observation: Observation, now: float) -> PolicyDecision:
        """Keeps the replicas where it has no metric, as the HPA does."""
        ready = [pod for pod in observation.ready_pods if pod.slots]
        if not observation.replicas:
            return PolicyDecision(1)
        if not ready:
            return PolicyDecision(None)
        utilisation = sum(report.slots_used for pod in ready for report in pod.slots) / (self._slots * len(ready))
        ratio = utilisation / self.target
        recommended = ceil(ratio * len(ready))
        return PolicyDecision(self._hpa.replicas(observation.replicas, ratio, recommended, now))


class Keda:
    """KEDA's Temporal scaler with its defaults: 5 tasks of backlog for each pod, through an HPA.

    From zero and to zero it decides by itself: up when a poll each 30 s sees backlog, down 300 s after the last one.
    """

    poll_seconds: float = HPA_SYNC_SECONDS
    target_queue_size: float = 5
    polling_interval_seconds: float = 30
    cooldown_seconds: float = 300
    window_seconds: float = HPA_WINDOW_SECONDS

    def __init__(self, scenario: Scenario) -> None:
        self._hpa = HorizontalPodAutoscaler(scenario, self.window_seconds)
        self._min_replicas = scenario.min_replicas
        self._polled_at = float("-inf")
        self._synced_at = float("-inf")
        self._active_at = float("-inf")

    def recommend(self, observation: Observation, now: float) -> PolicyDecision:
        """Keeps the replicas while the scaler fails, as without `fallback`."""
        statistics, current = known_statistics(observation), observation.replicas
        if statistics is None:
            return PolicyDecision(None)
        if now - self._polled_at >= self.polling_interval_seconds - JITTER_SECONDS:
            self._polled_at = now
            if statistics.backlog:
                self._active_at = now
            if not current:
                return PolicyDecision(1 if statistics.backlog else 0)
            if now - self._active_at > self.cooldown_seconds:
                return PolicyDecision(self._min_replicas)
        if not current or now - self._synced_at < HPA_SYNC_SECONDS - JITTER_SECONDS:
            return PolicyDecision(None)
        self._synced_at = now
        ratio = statistics.backlog / (self.target_queue_size * current)
        recommended = ceil(statistics.backlog / self.target_queue_size)
        return PolicyDecision(self._hpa.replicas(current, ratio, recommended, now))


class KedaTuned(Keda):
    """The same, tuned by hand for pods that start in seconds: a target of the slots, and everything sooner."""

    poll_seconds = 5
    polling_interval_seconds = 5
    cooldown_seconds = 30
    window_seconds = 30

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario)
        self.target_queue_size = scenario.slots


class Wci:
    """The rate-based policy of temporal-auto-scaled-workers with its defaults (docs/simulators/workerset-ewma/SPEC.md).

    Each minute the smoothed arrival rate, and 2/s more while there is a backlog, divided by the learned capacity of a
    worker, with the larger of two margins: 80 % utilisation, or half a square root. Up by 4 at most, down by 1 a minute
    at most. In between, one more worker, at most each 2 s, when a task that is added finds no poller; that
    event is not in the statistics, so a backlog that grew stands for it here.
    """

    poll_seconds = 2
    cadence_seconds = 60
    smoothing = 0.45
    initial_capacity_per_second = 2.0
    drain_rate_per_second = 2.0
    material_backlog = 50
    utilisation = 0.8
    halfin_whitt = 0.5
    most_up = 4
    no_sync_pause_seconds = 90

    def __init__(self, scenario: Scenario) -> None:
        self._max_replicas = scenario.max_replicas
        self._min_replicas = scenario.min_replicas
        self._arrivals = 0.0
        self._capacity = self.initial_capacity_per_second
        self._stepped_at = float("-inf")
        self._no_sync_at = float("-inf")
        self._backlog = 0

    def recommend(self, observation: Observation, now: float) -> PolicyDecision:
        """Skips samples that it did not get."""
        statistics, current = known_statistics(observation), observation.replicas
        if statistics is None:
            return PolicyDecision(None)
        grew, self._backlog = statistics.backlog > self._backlog, statistics.backlog
        if now - self._stepped_at >= self.cadence_seconds:
            self._stepped_at = now
            return PolicyDecision(self._stepped(current, self._desired(statistics, current), now))
        if grew:
            self._no_sync_at = now
            self._learn_capacity(statistics, current)
            return PolicyDecision(min(current + 1, self._max_replicas))
        return PolicyDecision(None)

    def _stepped(self, current: int, desired: int, now: float) -> int:
        if desired > current:
            return min(desired, current + self.most_up)
        if desired < current and now - self._no_sync_at >= self.no_sync_pause_seconds:
            return current - 1
        return current

    def _desired(self, statistics: QueueStatistics, current: int) -> int:
        self._arrivals += self.smoothing * (statistics.add_rate_per_second - self._arrivals)
        if not statistics.backlog and not statistics.add_rate_per_second and not statistics.dispatch_rate_per_second:
            self._arrivals = 0.0
        if statistics.backlog >= self.material_backlog:
            self._learn_capacity(statistics, current)
        required = self._arrivals + (self.drain_rate_per_second if statistics.backlog else 0)
        load = required / self._capacity
        desired = max(ceil(load / self.utilisation), ceil(load + self.halfin_whitt * sqrt(load)))
        return min(max(desired, self._min_replicas), self._max_replicas)

    def _learn_capacity(self, statistics: QueueStatistics, current: int) -> None:
        if current and statistics.dispatch_rate_per_second:
            sample = statistics.dispatch_rate_per_second / current
            self._capacity += self.smoothing * (sample - self._capacity)


class WorkInSystem:
    """Backlog and slots in use divided by the slots of a replica, the highest of the last 60 s."""

    window_seconds = 60

    def __init__(self, scenario: Scenario) -> None:
        self.poll_seconds = scenario.poll_seconds
        self._slots = scenario.slots
        self._min_replicas = scenario.min_replicas
        self._max_replicas = scenario.max_replicas
        self._recent: deque[tuple[float, int]] = deque()

    def recommend(self, observation: Observation, now: float) -> PolicyDecision:
        """Keeps the replicas where the backlog is unknown."""
        statistics = known_statistics(observation)
        if statistics is None:
            return PolicyDecision(None)
        used = sum(report.slots_used for pod in observation.pods for report in pod.slots)
        needed = ceil((statistics.backlog + used) / self._slots)
        recommended = min(max(needed, self._min_replicas), self._max_replicas)
        self._recent.append((now, recommended))
        while self._recent[0][0] <= now - self.window_seconds:
            self._recent.popleft()
        return PolicyDecision(max(replicas for _, replicas in self._recent), Victims.IDLE)


class Constant:
    """A constant number of replicas."""

    def __init__(self, replicas: int, poll_seconds: float = 10) -> None:
        self.poll_seconds = poll_seconds
        self._replicas = replicas

    def recommend(self, _observation: Observation, _now: float) -> PolicyDecision:
        """Always the same."""
        return PolicyDecision(self._replicas)


def known_statistics(observation: Observation) -> QueueStatistics | None:
    """The statistics of the one task queue of a scenario; `None` when the poll got no answer."""
    statistics = observation.task_queues[0].statistics
    return statistics if isinstance(statistics, QueueStatistics) else None


BASELINES: dict[str, Callable[[Scenario], Policy]] = {
    "hpa": HpaOnCpu,
    "keda": Keda,
    "keda-tuned": KedaTuned,
    "wci": Wci,
    "work-in-system": WorkInSystem,
}
"""Every baseline by its name, with the settings that it has by default."""
