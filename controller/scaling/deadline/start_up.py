"""What a start costs: the time from a pod's assignment to a node until it is ready, learned from the pods."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Self

from controller.scaling.observation import Observation, PodObservation
from controller.scaling.server_times import FASTEST_POLL_SECONDS, READY_RESOLUTION_SECONDS

MARGIN = 1.2
"""A start-up is planned to take longer than the mean by this factor."""

ASSUMED_SECONDS = 10.0
"""What a start is assumed to take until one was measured."""

REMEMBERED = 20
"""Starts after which a new one weighs no less than 1 / 20."""

CREATED_WITHIN_SECONDS = 30.0
"""A pod that is created so soon after a scale-up is one of it; later ones replace others."""

LONGEST_START_SECONDS = 900.0
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
    seen: frozenset[str] | None = None
    """Names of the pods that are there and teach no more of a start: they were ready before, or could not start at some
    time. `None` before the first poll, at which all count as seen: a readiness that comes back is no start."""

    def observe(self, observation: Observation, scale_ups: Iterable[float], cannot_start: Collection[str] = ()) -> Self:
        """Learns from the pods that a scale-up created and that became ready for the first time.

        Args:
            observation: What was seen.
            scale_ups: When replicas were added.
            cannot_start: Names of the pods that something keeps from becoming ready.
        """
        there = {pod.name for pod in observation.pods}
        ready = {pod.name for pod in observation.pods if pod.ready_since is not None}
        known = there if self.seen is None else self.seen.union(cannot_start)
        ups = tuple(scale_ups)
        learned = self
        for pod in observation.pods:
            if pod.is_ready and pod.name not in known and _is_of_scale_up(pod, ups):
                learned = learned._learn(pod)
        return replace(learned, seen=frozenset((known | ready) & there))

    def _learn(self, pod: PodObservation) -> Self:
        if pod.ready_since is None or pod.scheduled_at is None:
            return self
        start, node = pod.ready_since - pod.scheduled_at, max(0.0, pod.scheduled_at - pod.created_at)
        if not 0 <= start <= LONGEST_START_SECONDS or node > LONGEST_START_SECONDS:
            return self
        count = min(self.count + 1, REMEMBERED)
        return replace(
            self,
            count=count,
            mean_seconds=self.mean_seconds + (start - self.mean_seconds) / count,
            node_seconds=self.node_seconds + (node - self.node_seconds) / count,
        )

    @property
    def cost_seconds(self) -> float:
        """What a start takes, L: the wait for a node, and the start-up with its margin."""
        if not self.count:
            return ASSUMED_SECONDS
        return self.node_seconds + MARGIN * max(self.mean_seconds, READY_RESOLUTION_SECONDS)


def _is_of_scale_up(pod: PodObservation, scale_ups: Iterable[float]) -> bool:
    """Whether a pod was created by a scale-up; Kubernetes gives its creation in whole seconds, rounded down."""
    since_any = (pod.created_at + READY_RESOLUTION_SECONDS - at for at in scale_ups)
    return any(0 <= seconds <= CREATED_WITHIN_SECONDS + READY_RESOLUTION_SECONDS for seconds in since_any)


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
    """What is left of an expected time. What is late by some seconds is expected in as many again."""
    return abs(expected_seconds - passed_seconds)


DEADLINE_SHARE = 0.9
"""Share of the objective that is planned with: the rest is for what was not foreseen."""

POLLS_IN_TIME = 3.0
"""A pool is polled so often that a third of the time in which a new replica can help has passed when tasks are seen."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What spec and pods say about times, in seconds."""

    objective_seconds: float
    """D"""
    start_up_seconds: float
    """L: what a start takes."""
    prior_seconds: float
    """Service time that is assumed before one was measured."""
    hinted: bool = False
    """Whether `taskDurationSeconds.typical` gives it."""
    next_poll_seconds: float = FASTEST_POLL_SECONDS
    """When is polled again while tasks wait."""

    @property
    def deadline_seconds(self) -> float:
        """D as it is planned with."""
        return DEADLINE_SHARE * self.objective_seconds

    @property
    def reaction_seconds(self) -> float:
        """h: until what happens now is read, requested and ready."""
        return self.start_up_seconds + self.next_poll_seconds

    @property
    def starts_are_late(self) -> bool:
        """Whether replicas that are requested when tasks arrive are ready too late for them: D < h."""
        return self.objective_seconds < self.reaction_seconds

    @property
    def idle_poll_seconds(self) -> float:
        """How often is polled while nothing is to be done: so that what arrives then can be served in time."""
        return max(FASTEST_POLL_SECONDS, (self.deadline_seconds - self.start_up_seconds) / POLLS_IN_TIME)
