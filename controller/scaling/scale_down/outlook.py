"""What is known of each pod now, and what will be at the next poll: marks are made now and used then.

Where a task would be cut short, the next poll comes when most pods can go: as soon as marks have reached the
ReplicaSet, or just after the pods have reported again, when they had the least time to get a task that nobody knows of.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from math import exp
from typing import Final, Self

from controller.scaling.deadline.terms import FASTEST_POLL_SECONDS
from controller.scaling.observation import PodObservation
from controller.scaling.scale_down.deletion_cost import Candidate
from controller.scaling.scale_down.heartbeats import Heartbeats
from controller.scaling.scale_down.idleness import Evidence

MARKING_SECONDS: Final = 2.0
"""A mark that is younger may not have reached the ReplicaSet controller, which works from a cache of its own."""

SOONEST_SECONDS: Final = MARKING_SECONDS + 0.1
"""No poll comes sooner: marks have to reach the ReplicaSet."""

LATEST_SECONDS: Final = 12.0
"""Nor is one put off for longer, so that it is still seen what arrives meanwhile."""

COMES_BETWEEN_SECONDS: Final = 2.0
"""By how much the next poll may be late."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """The pods that were not asked to stop."""

    candidates: tuple[Candidate, ...]
    next_poll_seconds: float | None = None
    """When the next poll is of most use for lowering the number; `None`: at any time."""

    @classmethod
    def of(cls, pods: Sequence[PodObservation], evidence: Evidence) -> Self:
        """Where tasks end in time whatever happens."""
        later = evidence.after(FASTEST_POLL_SECONDS + COMES_BETWEEN_SECONDS)
        return cls(tuple(Candidate(pod, evidence.load_of(pod), later.load_of(pod)) for pod in pods))

    @classmethod
    def at_stake(
        cls,
        pods: Sequence[PodObservation],
        evidence: Evidence,
        heartbeats: Heartbeats,
        surplus: int,
        bearable_tasks: float,
    ) -> Self:
        """Where a task that runs on a pod that is asked to stop is cut short.

        Args:
            pods: The pods that were not asked to stop.
            evidence: What they are judged by.
            heartbeats: When they report.
            surplus: Pods that are not wanted.
            bearable_tasks: Tasks that those which go together may be expected to run.
        """
        plain = cls.of(pods, evidence)
        if surplus <= 0 or not any(map(evidence.expected_tasks, pods)):
            return plain
        idle = [candidate.pod for candidate in plain.candidates if candidate.is_idle]
        soonest, latest = evidence.now + SOONEST_SECONDS, evidence.now + LATEST_SECONDS
        times = [soonest, *(time for time in heartbeats.times(idle, soonest) if time <= latest)]
        outlooks = [cls._then(pods, evidence, heartbeats, time) for time in times]
        best = max(outlooks, key=lambda outlook: outlook.removable(surplus, bearable_tasks))
        return best if best.removable(surplus, bearable_tasks) else replace(best, next_poll_seconds=None)

    @classmethod
    def _then(cls, pods: Sequence[PodObservation], evidence: Evidence, heartbeats: Heartbeats, time: float) -> Self:
        later = evidence.after(time - evidence.now)
        then = [heartbeats.next_of(pod, time) for pod in pods]
        candidates = (
            Candidate(
                pod,
                evidence.load_of(pod),
                later.load_of(seen),
                evidence.expected_tasks(pod),
                later.expected_tasks(seen),
                exp(-later.expected_tasks(pod)),
            )
            for pod, seen in zip(pods, then, strict=True)
        )
        return cls(tuple(candidates), time - evidence.now)

    def removable(self, surplus: int, bearable_tasks: float) -> float:
        """How many pods are expected to be removable at the next poll: idle still, and at little risk."""
        idle = sorted((c.next_expected_tasks, c.lasting) for c in self.candidates if c.is_idle)
        sums = accumulate(tasks for tasks, _ in idle)
        lasting = [share for (_, share), total in zip(idle, sums, strict=True) if total <= bearable_tasks]
        return sum(lasting[: max(0, surplus)])
