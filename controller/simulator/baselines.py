"""The laws that there are already, as their sources have them, and two plain ones."""

from collections import deque
from math import ceil, sqrt

from controller.scaling.observation import Observation, QueueStatistics
from controller.simulator.laws import Order, Victims
from controller.simulator.world import World

HPA_SYNC_SECONDS = 15
HPA_TOLERANCE = 0.1
HPA_WINDOW_SECONDS = 300

LATE_SECONDS = 0.5
"""What is due within this is done now: polls have some jitter."""


class HorizontalPodAutoscaler:
    """The controller of autoscaling/v2 with its default behaviour, for one metric; there is always one replica."""

    def __init__(self, world: World, window_seconds: float = HPA_WINDOW_SECONDS) -> None:
        """Scales down to the highest recommendation of a window."""
        self._window_seconds = window_seconds
        self._min_replicas = max(1, world.min_replicas)
        self._max_replicas = world.max_replicas
        self._recommendations: deque[tuple[float, int]] = deque()
        self._changes: deque[tuple[float, int]] = deque()

    def replicas(self, current: int, usage_ratio: float, wanted: int, now: float) -> int:
        """The replicas of the next 15 s.

        Args:
            current: Replicas that there are.
            usage_ratio: Metric divided by its target; near 1 nothing changes.
            wanted: What the metric asks for.
            now: Seconds since the start of the world.
        """
        if abs(usage_ratio - 1) <= HPA_TOLERANCE:
            wanted = current
        wanted = min(max(wanted, self._min_replicas), self._max_replicas)
        self._recommendations.append((now, wanted))
        while self._recommendations[0][0] <= now - self._window_seconds:
            self._recommendations.popleft()
        highest = max(replicas for _, replicas in self._recommendations)
        if wanted < current:
            wanted = min(highest, current)
        while self._changes and self._changes[0][0] <= now - HPA_SYNC_SECONDS:
            self._changes.popleft()
        start = current - sum(change for _, change in self._changes)
        wanted = min(wanted, max(2 * start, start + 4))
        self._changes.append((now, wanted - current))
        return wanted


class HpaOnCpu:
    """An HPA on 80 % CPU, where a slot in use takes its share of the CPU of its pod; at least one replica."""

    poll_seconds = HPA_SYNC_SECONDS
    target = 0.8

    def __init__(self, world: World) -> None:
        self._hpa = HorizontalPodAutoscaler(world)
        self._slots = world.slots

    def order(self, observation: Observation, now: float) -> Order:
        """Holds where it has no metric, as the HPA does."""
        ready = [pod for pod in observation.ready_pods if pod.slots]
        if not observation.replicas:
            return Order(1)
        if not ready:
            return Order(None)
        utilisation = sum(report.slots_used for pod in ready for report in pod.slots) / (self._slots * len(ready))
        ratio = utilisation / self.target
        wanted = ceil(ratio * len(ready))
        return Order(self._hpa.replicas(observation.replicas, ratio, wanted, now))


class Keda:
    """KEDA's Temporal scaler with its defaults: 5 tasks of backlog for each pod, through an HPA.

    From zero and to zero it decides by itself: up when a poll each 30 s sees backlog, down 300 s after the last one.
    """

    poll_seconds: float = HPA_SYNC_SECONDS
    target_queue_size: float = 5
    polling_interval_seconds: float = 30
    cooldown_seconds: float = 300
    window_seconds: float = HPA_WINDOW_SECONDS

    def __init__(self, world: World) -> None:
        self._hpa = HorizontalPodAutoscaler(world, self.window_seconds)
        self._min_replicas = world.min_replicas
        self._polled_at = float("-inf")
        self._synced_at = float("-inf")
        self._active_at = float("-inf")

    def order(self, observation: Observation, now: float) -> Order:
        """Holds while the scaler fails, as without `fallback`."""
        statistics, current = known_statistics(observation), observation.replicas
        if statistics is None:
            return Order(None)
        if now - self._polled_at >= self.polling_interval_seconds - LATE_SECONDS:
            self._polled_at = now
            if statistics.backlog:
                self._active_at = now
            if not current:
                return Order(1 if statistics.backlog else 0)
            if now - self._active_at > self.cooldown_seconds:
                return Order(self._min_replicas)
        if not current or now - self._synced_at < HPA_SYNC_SECONDS - LATE_SECONDS:
            return Order(None)
        self._synced_at = now
        ratio = statistics.backlog / (self.target_queue_size * current)
        wanted = ceil(statistics.backlog / self.target_queue_size)
        return Order(self._hpa.replicas(current, ratio, wanted, now))


class KedaTuned(Keda):
    """The same, tuned by hand for pods that start in seconds: a target of the slots, and everything sooner."""

    poll_seconds = 5
    polling_interval_seconds = 5
    cooldown_seconds = 30
    window_seconds = 30

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.target_queue_size = world.slots


class Wci:
    """The rate-based law of temporal-auto-scaled-workers with its defaults (docs/simulators/workerset-ewma/SPEC.md).

    Each minute the smoothed arrival rate, and 2/s more while there is a backlog, divided by the learned capacity of a
    worker, with the larger of two margins: 80 % utilisation, or half a square root. Up by 4 at most, down by 1 a minute
    at most. Between those looks, one more worker, at most each 2 s, when a task that is added finds no poller; that
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
    no_sync_quiet_seconds = 90

    def __init__(self, world: World) -> None:
        self._max_replicas = world.max_replicas
        self._min_replicas = world.min_replicas
        self._arrivals = 0.0
        self._capacity = self.initial_capacity_per_second
        self._looked_at = float("-inf")
        self._no_sync_at = float("-inf")
        self._backlog = 0

    def order(self, observation: Observation, now: float) -> Order:
        """Drops samples that it did not get."""
        statistics, current = known_statistics(observation), observation.replicas
        if statistics is None:
            return Order(None)
        grew, self._backlog = statistics.backlog > self._backlog, statistics.backlog
        if now - self._looked_at >= self.cadence_seconds:
            self._looked_at = now
            return Order(self._stepped(current, self._desired(statistics, current), now))
        if grew:
            self._no_sync_at = now
            self._learn_capacity(statistics, current)
            return Order(min(current + 1, self._max_replicas))
        return Order(None)

    def _stepped(self, current: int, desired: int, now: float) -> int:
        if desired > current:
            return min(desired, current + self.most_up)
        if desired < current and now - self._no_sync_at >= self.no_sync_quiet_seconds:
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
            seen = statistics.dispatch_rate_per_second / current
            self._capacity += self.smoothing * (seen - self._capacity)


class WorkInSystem:
    """Backlog and slots in use divided by the slots of a replica, the highest of the last 60 s."""

    window_seconds = 60

    def __init__(self, world: World) -> None:
        self.poll_seconds = world.poll_seconds
        self._slots = world.slots
        self._min_replicas = world.min_replicas
        self._max_replicas = world.max_replicas
        self._recent: deque[tuple[float, int]] = deque()

    def order(self, observation: Observation, now: float) -> Order:
        """Holds what it cannot see."""
        statistics = known_statistics(observation)
        if statistics is None:
            return Order(None)
        used = sum(report.slots_used for pod in observation.pods for report in pod.slots)
        needed = ceil((statistics.backlog + used) / self._slots)
        wanted = min(max(needed, self._min_replicas), self._max_replicas)
        self._recent.append((now, wanted))
        while self._recent[0][0] <= now - self.window_seconds:
            self._recent.popleft()
        return Order(max(replicas for _, replicas in self._recent), Victims.IDLE)


class Constant:
    """A number of replicas that somebody wrote down."""

    def __init__(self, replicas: int, poll_seconds: float = 10) -> None:
        self.poll_seconds = poll_seconds
        self._replicas = replicas

    def order(self, _observation: Observation, _now: float) -> Order:
        """Always the same."""
        return Order(self._replicas)


def known_statistics(observation: Observation) -> QueueStatistics | None:
    """The statistics of the one task queue of a world; `None` when the poll got no answer."""
    statistics = observation.task_queues[0].statistics
    return statistics if isinstance(statistics, QueueStatistics) else None
