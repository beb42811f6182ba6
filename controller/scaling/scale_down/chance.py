"""How many tasks a pod may have taken since it reported that it runs none: what its stop would cut short.

A report is some seconds old when a pod is asked to stop, and where a task does not fit into the grace period each one
that came since is cut short. Tasks go in turn to the pods that have room: each gets its share of what is dispatched.
Without dispatches nothing is at risk; with them a little is borne, or a pool under steady load could never shrink.
"""

from dataclasses import dataclass, replace
from typing import Final, Self

from controller.scaling.observation import Observation, PodObservation, Unknown

BEARABLE_TASKS: Final = 0.1
"""Tasks that stops may be expected to cut short at once."""

BEARABLE_SHARE: Final = 0.001
"""Share of the tasks that are dispatched which stops may be expected to cut short in the long run."""

STOPPING_SECONDS: Final = 0.7
"""From a reading until a pod that is asked to stop takes no more tasks."""


@dataclass(frozen=True, slots=True)
class Dispatches:
    """What is handed to the workers of a pool now."""

    per_second: float
    """Tasks of all kinds."""
    waiting: int
    """Tasks that wait, and may be handed out at any moment."""
    pods: int
    """Pods with room for one, at least 1."""

    @classmethod
    def of(cls, observation: Observation) -> Self:
        """What one poll tells; a queue that could not be read says nothing."""
        reads = [queue.statistics for queue in observation.task_queues if not isinstance(queue.statistics, Unknown)]
        return cls(
            per_second=sum(max(read.dispatch_rate_per_second, read.add_rate_per_second) for read in reads),
            waiting=sum(read.backlog for read in reads if read.backlog_age_seconds > 0),
            pods=max(1, sum(map(_has_room, observation.pods_that_take_tasks))),
        )

    def to_each_pod(self, seconds: float) -> float:
        """The tasks that a pod with room gets in so many seconds, as far as can be expected."""
        return (self.per_second * max(0.0, seconds) + self.waiting) / self.pods


@dataclass(frozen=True, slots=True)
class Risk:
    """Tasks that stops of late are expected to have cut short; with what is dispatched it is forgotten."""

    tasks: float = 0.0
    at: float = 0.0

    @property
    def bearable_tasks(self) -> float:
        """How many more are borne."""
        return max(0.0, BEARABLE_TASKS - self.tasks)

    def after(self, dispatches: Dispatches, now: float) -> Self:
        """What is left of it by now."""
        forgotten = BEARABLE_SHARE * dispatches.per_second * max(0.0, now - self.at)
        return type(self)(max(0.0, self.tasks - forgotten), now)

    def add(self, tasks: float) -> Self:
        """With a stop of pods that are expected to run so many."""
        return replace(self, tasks=self.tasks + tasks)


def _has_room(pod: PodObservation) -> bool:
    return bool(pod.slots) and all(report.slots_available is None or report.slots_available > 0 for report in pod.slots)
