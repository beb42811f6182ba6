"""What pods and their reports say about one (task queue, task type), and what lies between two reports of a worker."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from controller.scaling.observation import Observation, PodObservation, SlotReport, SlotType, TaskQueueObservation
from controller.scaling.server_times import READY_RESOLUTION_SECONDS, REMEMBERED_SECONDS


class PodReport(NamedTuple):
    """What one pod that takes tasks reported last."""

    slots_used: int
    reported_at: float
    ready_since: float


@dataclass(frozen=True, slots=True)
class WorkerReport:
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
    """For each pod that starts, when it is expected to become ready; blocked pods don't count."""
    reports: tuple[PodReport, ...]
    """The pods that take tasks and reported, one entry each."""
    slots_used_draining: int
    """Slots in use on pods that were asked to stop."""
    worker_reports: tuple[WorkerReport, ...] = ()
    """The last report of each worker, those of pods that were asked to stop too."""

    @property
    def ready(self) -> int:
        """Pods that take tasks."""
        return len(self.ready_since)

    @property
    def starting(self) -> int:
        """Pods that start."""
        return len(self.ready_in_seconds)

    @property
    def last_ready_at(self) -> float | None:
        """When the youngest ready pod became ready."""
        return max(self.ready_since, default=None)

    @property
    def slots_used(self) -> int:
        """Reported slots in use on pods that take tasks."""
        return sum(report.slots_used for report in self.reports)

    @property
    def count_ended_tasks(self) -> bool:
        """Whether workers report how many tasks ended."""
        return any(report.tasks_ended is not None for report in self.worker_reports)

    @property
    def pollers_autoscale(self) -> bool:
        """Whether every worker says that its SDK adds pollers by itself, so that those do not limit it for long."""
        return bool(self.worker_reports) and all(report.pollers_autoscale for report in self.worker_reports)

    def reported_since(self, time: float) -> tuple[PodReport, ...]:
        """Reports that are newer than a time and than when their pod began to take tasks."""
        return tuple([each for each in self.reports if each.ready_since < each.reported_at > time])


def workers_of(
    observation: Observation, queue: TaskQueueObservation, ready_in_seconds: tuple[float, ...] = ()
) -> Workers:
    """Counts the pods and the slots that they report for a queue and task type.

    Args:
        observation: What was seen.
        queue: The queue and task type.
        ready_in_seconds: For each pod that starts, when it is expected to become ready.
    """
    slot_type = SlotType(queue.task_type)
    of_pods, ready_since, draining = [], [], 0
    of_workers: list[WorkerReport] = []
    for pod in observation.pods:
        reports = [r for r in pod.slots if r.task_queue == queue.task_queue and r.slot_type == slot_type]
        of_workers += _worker_reports(pod, reports)
        used = sum(report.slots_used for report in reports)
        if pod.terminating:
            draining += used
        elif pod.takes_tasks(observation.observed_at):
            started = (report.worker_started_at for report in reports)
            since = min((at for at in started if at is not None), default=pod.tasks_since)
            ready_since.append(since)
            if reports:
                of_pods.append(PodReport(used, min(report.reported_at for report in reports), since))
    return Workers(tuple(ready_since), ready_in_seconds, tuple(of_pods), draining, tuple(of_workers))


def _worker_reports(pod: PodObservation, reports: list[SlotReport]) -> Iterator[WorkerReport]:
    """The reports of each worker; several workers of one pod without keys are known by their position."""
    for i, report in enumerate(reports):
        yield WorkerReport(
            worker=report.worker or f"{pod.name}/{i}",
            at=report.reported_at,
            slots_used=report.slots_used,
            slots=report.slots_used + (report.slots_available or 0),
            tasks_ended=report.tasks_ended,
            ended_task_seconds=report.ended_task_seconds,
            started_at=report.worker_started_at,
            pollers_autoscale=report.pollers_autoscale,
        )


@dataclass(frozen=True, slots=True)
class Span:
    """A time of which something is known: that all slots were full, or that nothing was dispatched."""

    since: float
    until: float


class Running(NamedTuple):
    """Slots that were in use without a task ending in them, and for how long at least."""

    seconds: float
    slots: int


class Times(NamedTuple):
    """What is known of the times between reports."""

    full: tuple[Span, ...]
    calm: tuple[Span, ...]


class Interval(NamedTuple):
    """What lies between two reports of one worker."""

    seconds: float
    slots: int
    slot_seconds: float
    excess: float
    """Slot-seconds that there were at most beyond."""
    ended: int


@dataclass(frozen=True, slots=True)
class LastReport:
    """The last report of one worker, and since when none of its tasks ended."""

    report: WorkerReport
    unchanged_since: float

    @property
    def running(self) -> Running:
        """What its tasks have taken at least."""
        return Running(self.report.at - self.unchanged_since, self.report.slots_used)


def interval_between(before: WorkerReport, report: WorkerReport, times: Times) -> Interval | None:
    """What two reports of a worker say together; `None` where they say nothing."""
    seconds = report.at - before.at
    if report.tasks_ended is None or before.tasks_ended is None or not 0 < seconds <= REMEMBERED_SECONDS:
        return None
    ended = report.tasks_ended - before.tasks_ended
    if ended < 0:
        return None
    if report.ended_task_seconds is not None and before.ended_task_seconds is not None:
        slot_seconds, excess = max(0.0, report.ended_task_seconds - before.ended_task_seconds), 0.0
    else:
        slot_seconds, excess = _slot_seconds(before, report, ended, times)
    return Interval(seconds, max(1, report.slots), slot_seconds, excess, ended) if slot_seconds or ended else None


def start_of(report: WorkerReport) -> LastReport | None:
    """A worker that was not known, as it was when it started: nothing ran, nothing had ended."""
    if (
        report.started_at is None
        or report.tasks_ended is None
        or not 0 < report.at - report.started_at <= REMEMBERED_SECONDS
    ):
        return None
    seconds = None if report.ended_task_seconds is None else 0.0
    start = replace(report, at=report.started_at, slots_used=0, tasks_ended=0, ended_task_seconds=seconds)
    return LastReport(start, report.started_at)


def follow(before: LastReport | None, report: WorkerReport) -> LastReport:
    """What to remember after a report; a report that is not newer changes nothing."""
    if before is None:
        return LastReport(report, report.at)
    if report.at <= before.report.at:
        return before
    went_on = before.report.slots_used and report.slots_used and report.tasks_ended == before.report.tasks_ended
    if not went_on or report.tasks_ended is None:
        return LastReport(report, report.at)
    return LastReport(report, before.unchanged_since)


def _slot_seconds(before: WorkerReport, report: WorkerReport, ended: int, times: Times) -> tuple[float, float]:
    """Likely slot-seconds between two reports of a worker, and what there were at most beyond.

    The first report of a worker says 0 because it has only just started: it is no sample of what its slots do.
    """
    full = overlap(times.full, before.at, report.at)
    calm = min(overlap(times.calm, before.at, report.at), report.at - before.at - full)
    rest = max(0.0, report.at - before.at - full - calm)
    started = max(0, ended + report.slots_used - before.slots_used)
    peak = min(report.slots, before.slots_used + started)
    sampled = (before.slots_used + report.slots_used) / 2
    is_first = before.started_at is not None and before.at <= before.started_at + READY_RESOLUTION_SECONDS
    typical = max(sampled, peak / 2) if is_first else sampled
    likely = peak * full + typical * rest + sampled * calm
    excess = (peak - typical) * rest + (peak - sampled) * (calm if report.slots_used else 0.0)
    return likely, max(0.0, excess)


def overlap(spans: Iterable[Span], start: float, end: float) -> float:
    """Seconds of a time that lie in some disjoint spans."""
    return sum(max(0.0, min(span.until, end) - max(span.since, start)) for span in spans)
