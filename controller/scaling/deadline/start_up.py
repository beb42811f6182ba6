"""What a start costs: the time from a pod's assignment to a node until it is ready, learned from the pods."""

from dataclasses import dataclass, replace
from typing import Self

from controller.scaling.observation import Observation

MARGIN = 1.2
"""The law reckons with a start-up that is longer than the mean by this factor."""

UNMEASURED_SECONDS = 30.0
"""What a start costs until one was measured."""

ACTION_SECONDS = 5.0
"""What passes between a reading and the order, on top of the polling interval: the age of the server's own cache."""

REMEMBERED = 20
"""Starts after which a new one weighs no less than 1 / 20."""

LONGEST_SECONDS = 900.0
"""A later readiness is a pod that recovered, not one that started."""


@dataclass(frozen=True, slots=True)
class StartUp:
    """The learned start-up time."""

    mean_seconds: float = 0.0
    count: int = 0
    """Starts measured, up to `REMEMBERED`; 0: none yet."""
    until: float | None = None
    """Readiness of the youngest pod that was measured."""

    def observe(self, observation: Observation) -> Self:
        """Learns from the pods that became ready since the last pass."""
        learned = self
        for pod in sorted(observation.ready_pods, key=lambda pod: pod.ready_since or 0.0):
            if pod.ready_since is None or pod.scheduled_at is None:
                continue
            if learned.until is None or pod.ready_since > learned.until:
                learned = learned._learn(pod.ready_since - pod.scheduled_at, pod.ready_since)
        return learned

    def _learn(self, seconds: float, ready_since: float) -> Self:
        if not 0 <= seconds <= LONGEST_SECONDS:
            return self
        count = min(self.count + 1, REMEMBERED)
        mean = self.mean_seconds + (seconds - self.mean_seconds) / count
        return replace(self, mean_seconds=mean, count=count, until=ready_since)

    def cost_seconds(self, measured_seconds: float | None) -> float:
        """What a start costs, L.

        Args:
            measured_seconds: The mean that the observer measured itself; `None`: what was learned here counts.
        """
        if measured_seconds is not None:
            return MARGIN * max(0.0, measured_seconds)
        return MARGIN * self.mean_seconds if self.count else UNMEASURED_SECONDS


def reaction_seconds(start_up_seconds: float, polling_interval_seconds: float) -> float:
    """The reaction time h: until what happens now is seen, ordered and ready."""
    return start_up_seconds + polling_interval_seconds + ACTION_SECONDS
