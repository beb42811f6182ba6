"""The numbers of a run."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from bench.real.hindsight import TARGET_SHARE, Constant, best_constant, lower_bound
from bench.real.plan import MAX_REPLICAS, SLOTS
from bench.real.recording import Pod, Recording, ReplicaChange, Task


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to; times in seconds."""

    tasks: int
    unfinished: int
    """Tasks that were not done when the run ended."""
    p50: float
    p95: float
    p99: float
    """Waits from arrival to the first start; a task that never started waits for ever."""
    share_within: float
    """Share of the tasks that started within the objective."""
    pod_seconds: float
    best_constant: Constant
    lower_bound: float
    """Pod-seconds of pods that always have a task in every slot."""
    cut_short: int
    """Attempts that did not end by themselves."""
    reaction: float | None
    """From the first arrival to the first scale-up; `None` without one."""
    to_zero: float | None
    """From the last dispatch to the scale-down to zero; `None` without one."""
    reversals: int
    """Changes of the replicas against the direction of the change before, within the time that a pod takes to start."""

    @property
    def lost(self) -> bool:
        """Whether the objective was missed, so that its cost does not count."""
        return self.share_within < TARGET_SHARE

    def as_json(self) -> dict[str, Any]:
        """For the run's folder."""
        return {**asdict(self), "lost": self.lost}


def result(recording: Recording, objective_seconds: float, start_seconds: float) -> Result:
    """The numbers of a recording.

    Args:
        recording: Of a load with at least one task.
        objective_seconds: D.
        start_seconds: How long a pod takes to start.
    """
    tasks, waits = recording.tasks, waits_of(recording.tasks)
    work = [task for task in tasks if task.type == "Activity"]
    return Result(
        tasks=len(tasks),
        unfinished=sum(not any(attempt.completed for attempt in task.attempts) for task in tasks),
        p50=percentile(waits, 0.5),
        p95=percentile(waits, 0.95),
        p99=percentile(waits, 0.99),
        share_within=sum(wait <= objective_seconds for wait in waits) / len(waits),
        pod_seconds=pod_seconds(recording.pods, end_of(recording)),
        best_constant=best_constant(work, SLOTS, MAX_REPLICAS, objective_seconds),
        lower_bound=lower_bound(work, SLOTS),
        cut_short=sum(max(len(task.attempts) - 1, 0) for task in work),
        reaction=reaction(tasks, recording.replica_changes),
        to_zero=to_zero(tasks, recording.replica_changes),
        reversals=reversals(recording.replica_changes, start_seconds),
    )


def waits_of(tasks: Sequence[Task]) -> list[float]:
    """Each task's wait; infinite where it never started."""
    return [math.inf if task.wait is None else task.wait for task in tasks]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all values does not exceed (nearest rank)."""
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1]


def end_of(recording: Recording) -> float:
    """When the last recorded thing happened."""
    ends = [attempt.end or attempt.start for task in recording.tasks for attempt in task.attempts]
    changed = (change.at for change in recording.replica_changes)
    return max([0.0, *ends, *(pod.gone or 0 for pod in recording.pods), *changed])


def pod_seconds(pods: Sequence[Pod], end: float) -> float:
    """From each pod's creation, but not before the load's beginning, until it is gone, or until `end`."""
    return sum(max((end if pod.gone is None else pod.gone) - max(pod.created, 0), 0) for pod in pods)


def reaction(tasks: Sequence[Task], changes: Sequence[ReplicaChange]) -> float | None:
    """From the first arrival to the first replica that is requested."""
    first = min(task.arrived for task in tasks)
    return next((max(change.at - first, 0) for change in changes if change.replicas), None)


def to_zero(tasks: Sequence[Task], changes: Sequence[ReplicaChange]) -> float | None:
    """From the last dispatch to the scale-down to zero that lasted."""
    starts = [attempt.start for task in tasks for attempt in task.attempts]
    return changes[-1].at - max(starts) if starts and changes and not changes[-1].replicas else None


def reversals(replica_changes: Sequence[ReplicaChange], within_seconds: float) -> int:
    """Changes against the direction of the change before, closer to it than a pod takes to start."""
    changes = [(after.at, after.replicas - before.replicas) for before, after in pairwise(replica_changes)]
    return sum(
        earlier * later < 0 and at - before_at <= within_seconds
        for (before_at, earlier), (at, later) in pairwise(changes)
    )
