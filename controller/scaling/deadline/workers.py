"""What the pods and their reports say about one (task queue, task type)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from controller.scaling.observation import Observation, PodObservation, SlotReport, SlotType, TaskQueueObservation


class Heard(NamedTuple):
    """What one pod that takes tasks reported last."""

    slots_used: int
    reported_at: float
    ready_since: float


@dataclass(frozen=True, slots=True)
class Beat:
    """What one worker reported last of its slots of one type."""

    worker: str
    """Names the worker: its instance key, or where the source gives none its pod."""
    at: float
    """When it reported."""
    slots_used: int
    slots: int
    """All its slots; those in use where it cannot say."""
    tasks_ended: int | None
    """Since it started; `None` where the source does not say."""
    ended_task_seconds: float | None
    started_at: float | None
    pollers_autoscale: bool | None = None
    """Whether the SDK adds pollers by itself; `None` where the source does not say."""


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
    beats: tuple[Beat, ...] = ()
    """The last report of each worker, those of pods that were asked to stop too."""

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

    @property
    def count_ended_tasks(self) -> bool:
        """Whether workers report how many tasks ended."""
        return any(beat.tasks_ended is not None for beat in self.beats)

    @property
    def pollers_autoscale(self) -> bool:
        """Whether every worker says that its SDK adds pollers by itself, so that those do not limit it for long."""
        return bool(self.beats) and all(beat.pollers_autoscale for beat in self.beats)

    def heard_since(self, time: float) -> tuple[Heard, ...]:
        """Reports that are newer than a time and than when their pod began to take tasks."""
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
    beats: list[Beat] = []
    for pod in observation.pods:
        reports = [r for r in pod.slots if r.task_queue == queue.task_queue and r.slot_type == slot_type]
        beats += _beats(pod, reports)
        used = sum(report.slots_used for report in reports)
        if pod.terminating:
            draining += used
        elif pod.takes_tasks(observation.observed_at):
            started = (report.worker_started_at for report in reports)
            since = min((at for at in started if at is not None), default=pod.tasks_since)
            ready_since.append(since)
            if reports:
                heard.append(Heard(used, min(report.reported_at for report in reports), since))
    return Workers(tuple(ready_since), ready_in_seconds, tuple(heard), draining, tuple(beats))


def _beats(pod: PodObservation, reports: list[SlotReport]) -> Iterator[Beat]:
    """The reports as beats; of several workers of one pod without keys the position tells them apart."""
    for i, report in enumerate(reports):
        yield Beat(
            worker=report.worker or f"{pod.name}/{i}",
            at=report.reported_at,
            slots_used=report.slots_used,
            slots=report.slots_used + (report.slots_available or 0),
            tasks_ended=report.tasks_ended,
            ended_task_seconds=report.ended_task_seconds,
            started_at=report.worker_started_at,
            pollers_autoscale=report.pollers_autoscale,
        )
