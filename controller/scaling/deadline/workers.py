"""What the pods and their reports say about one (task queue, task type)."""

from dataclasses import dataclass
from typing import NamedTuple

from controller.scaling.observation import Observation, PodObservation, SlotType, TaskQueueObservation


class Heard(NamedTuple):
    """What one pod that takes tasks reported last."""

    slots_used: int
    reported_at: float
    ready_since: float


@dataclass(frozen=True, slots=True)
class Workers:
    """The workers of one (task queue, task type), counted in pods and slots."""

    ready_since: tuple[float, ...]
    """For each pod that takes tasks, since when it does."""
    ready_in_seconds: tuple[float, ...]
    """For each pod that is on its way, when it is expected to become ready; those that are not coming don't count."""
    heard: tuple[Heard, ...]
    """The pods that take tasks and reported, one entry each."""
    slots_used_draining: int
    """Slots in use on pods that were asked to stop."""

    @property
    def ready(self) -> int:
        """Pods that take tasks."""
        return len(self.ready_since)

    @property
    def starting(self) -> int:
        """Pods on their way to become ready."""
        return len(self.ready_in_seconds)

    @property
    def last_ready_at(self) -> float | None:
        """When the youngest ready pod became ready."""
        return max(self.ready_since, default=None)

    @property
    def slots_used(self) -> int:
        """Reported slots in use on pods that take tasks."""
        return sum(heard.slots_used for heard in self.heard)

    def heard_since(self, time: float) -> tuple[Heard, ...]:
        """Reports that are newer than a time and than the readiness of their pod."""
        return tuple([heard for heard in self.heard if heard.ready_since < heard.reported_at > time])


def workers_of(
    observation: Observation, queue: TaskQueueObservation, ready_in_seconds: tuple[float, ...] = ()
) -> Workers:
    """Counts the pods and the slots that they report for a queue and task type.

    Args:
        observation: What was seen.
        queue: The queue and task type.
        ready_in_seconds: For each pod that is on its way, when it is expected to become ready.
    """
    slot_type = SlotType(queue.task_type)
    heard, ready_since, draining = [], [], 0
    for pod in observation.pods:
        used, reported_at = _reported(pod, queue.task_queue, slot_type)
        if pod.terminating:
            draining += used
        elif pod.takes_tasks(observation.observed_at):
            ready_since.append(pod.tasks_since)
            if reported_at is not None:
                heard.append(Heard(used, reported_at, pod.tasks_since))
    return Workers(tuple(ready_since), ready_in_seconds, tuple(heard), draining)


def _reported(pod: PodObservation, task_queue: str, slot_type: SlotType) -> tuple[int, float | None]:
    """Slots in use on a pod, and the time of its oldest report; several workers in one pod are summed."""
    used, reported_at = 0, None
    for report in pod.slots:
        if report.task_queue == task_queue and report.slot_type == slot_type:
            used += report.slots_used
            reported_at = report.reported_at if reported_at is None else min(reported_at, report.reported_at)
    return used, reported_at
