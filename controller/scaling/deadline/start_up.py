"""What a start costs: the time from a pod's assignment to a node until it is ready, learned from the pods."""

from dataclasses import dataclass, replace
from math import inf
from typing import Self

from controller.scaling.capacity import EVERYTHING_COMES, Capacity
from controller.scaling.observation import Observation, PodObservation

MARGIN = 1.2
"""The law reckons with a start-up that is longer than the mean by this factor."""

UNMEASURED_SECONDS = 30.0
"""What a start costs until one was measured."""

ACTION_SECONDS = 5.0
"""What passes between a reading and the order, on top of the polling interval: the age of the server's own cache."""

REMEMBERED = 20
"""Starts after which a new one weighs no less than 1 / 20."""

PRIOR_STARTS = 3.0
"""Starts that the unmeasured time weighs at first."""

SLOWEST_OF_AN_ORDER = 2.0
"""The slowest pod of an order takes about twice as long as the fastest (start-up times that vary by 30 %): what is
assumed beside a first start is no more than that."""

LONGEST_SECONDS = 900.0
"""A later readiness is a pod that recovered, not one that started."""


@dataclass(frozen=True, slots=True)
class StartUp:
    """The learned start-up time, and the time that pods wait for a node before it."""

    mean_seconds: float = 0.0
    """From assignment to a node to readiness."""
    node_seconds: float = 0.0
    """From creation to assignment: next to nothing, unless a cluster autoscaler has to bring a node."""
    count: int = 0
    """Starts seen, up to `REMEMBERED`; 0: none yet."""
    until: float | None = None
    """Readiness of the youngest pod that was measured."""
    hindered: frozenset[str] = frozenset()
    """Names of pods that are there and at some time were not coming: how long they took says nothing of a start."""

    def observe(self, observation: Observation, capacity: Capacity = EVERYTHING_COMES) -> Self:
        """Learns from the pods that became ready since the last pass."""
        until = -inf if self.until is None else self.until
        not_coming = {hindered.pod.name for hindered in capacity.not_coming}
        hindered = frozenset(pod.name for pod in observation.pods if pod.name in self.hindered | not_coming)
        fresh = [pod for pod in observation.pods if pod.is_ready and pod.ready_since and pod.ready_since > until]
        learned = self
        for pod in sorted(fresh, key=lambda pod: pod.ready_since or 0.0):
            learned = replace(learned, until=pod.ready_since) if pod.name in hindered else learned._learn(pod)
        return replace(learned, hindered=hindered)

    def _learn(self, pod: PodObservation) -> Self:
        learned = replace(self, count=min(self.count + 1, REMEMBERED), until=pod.ready_since)
        if pod.ready_since is None or pod.scheduled_at is None:
            return learned
        start, node = pod.ready_since - pod.scheduled_at, max(0.0, pod.scheduled_at - pod.created_at)
        if not 0 <= start <= LONGEST_SECONDS or node > LONGEST_SECONDS:
            return replace(self, until=pod.ready_since)
        return replace(
            learned,
            mean_seconds=self.mean_seconds + (start - self.mean_seconds) / learned.count,
            node_seconds=self.node_seconds + (node - self.node_seconds) / learned.count,
        )

    def cost_seconds(self, measured_seconds: float | None) -> float:
        """What a start costs, L: the wait for a node, and the start-up with its margin.

        The first pods that become ready are the fastest of their order: their mean is believed bit by bit.

        Args:
            measured_seconds: The mean start-up that the observer measured; `None`: what was learned here counts.
        """
        mean = self.mean_seconds if measured_seconds is None else max(0.0, measured_seconds)
        starts = self.count if self.mean_seconds or measured_seconds is not None else 0
        if not starts:
            return self.node_seconds + (UNMEASURED_SECONDS if measured_seconds is None else MARGIN * mean)
        doubt = PRIOR_STARTS * (1 - starts / REMEMBERED)
        assumed = min(UNMEASURED_SECONDS / MARGIN, SLOWEST_OF_AN_ORDER * mean)
        mean = (starts * mean + doubt * assumed) / (starts + doubt)
        return self.node_seconds + MARGIN * mean


def reaction_seconds(start_up_seconds: float, polling_interval_seconds: float) -> float:
    """The reaction time h: until what happens now is seen, ordered and ready."""
    return start_up_seconds + polling_interval_seconds + ACTION_SECONDS


def seconds_until_ready(pod: PodObservation, start_up_seconds: float, node_seconds: float, now: float) -> float:
    """How long a pod is expected to take from now on.

    Args:
        pod: It is on its way.
        start_up_seconds: What a start costs, L, with the wait for a node.
        node_seconds: The part of it that pods wait for a node.
        now: Seconds since the Unix epoch.
    """
    start_seconds = start_up_seconds - node_seconds
    if pod.scheduled_at is None:
        return _left(node_seconds, now - pod.created_at) + start_seconds
    return _left(start_seconds, now - pod.scheduled_at)


def _left(expected_seconds: float, passed_seconds: float) -> float:
    """What is left of an expected time. What is late by some time is expected in as much time again."""
    return abs(expected_seconds - passed_seconds)
