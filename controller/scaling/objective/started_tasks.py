"""Which tasks of a queue started within the objective, as the workers of its pods measure it.

A worker counts how long each of its tasks waited, sticky tasks and those that never were in the backlog too. Between
two readings of one process its counters grow by the tasks that started. The first reading of a pod counts from zero
only if the pod was created after all that is judged already.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from math import inf
from typing import Final, NamedTuple, Self

from controller.scaling.observation import Observation, SlotType, TaskQueueObservation
from controller.scaling.start_latency import NONE_STARTED, Bucket, Started, StartLatencies, together
from controller.scaling.waiting_tasks import Judged

SILENCE_SECONDS: Final = 300.0
"""After so long without a histogram of any pod, tasks that start are judged by the backlog again."""

MOST_STARTS_PER_SECOND: Final = 10_000.0
"""No pod starts more tasks of one type; a larger number is no count."""


class PodReading(NamedTuple):
    """The histograms of one pod, all of its workers together."""

    pod: str
    created_at: float
    reports: bool
    """Whether it reports its slots of this kind."""
    latencies: StartLatencies | None
    """`None` where its reports have none that can be read."""

    def plausible(self, now: float) -> Self:
        """Without a histogram of more tasks than the pod can have started since it was created."""
        most = MOST_STARTS_PER_SECOND * max(1.0, now - self.created_at)
        return self._replace(latencies=None) if self.latencies and self.latencies.total > most else self


@dataclass(frozen=True, slots=True)
class Counted:
    """The last histogram of one pod."""

    at: float
    latencies: StartLatencies


@dataclass(frozen=True, slots=True)
class StartedTasks:
    """The tasks of one (task queue, task type) that started, by the histograms of the pods."""

    since: float = -inf
    """When the operator began to watch, or last judged by the backlog: tasks that started before do not count."""
    reported_at: float | None = None
    """When a pod last reported a task that started; `None` if none ever did."""
    counted: Mapping[str, Counted] = field(default_factory=dict)
    """By the name of the pod; pods that are gone are not in it."""
    overdue: float = 0.0
    """Tasks that were judged late while they waited, and have not been reported as started."""
    judges: bool = False
    """Whether the histograms are the source: else the backlog is."""
    bucket: Bucket | None = None
    """The widest bucket that the objective falls into, by the last histograms."""

    def observe(self, pods: Iterable[PodReading], now: float, objective_seconds: float) -> tuple[Self, Started]:
        """After one more reading of the pods.

        Args:
            pods: Each pod that reported slots of this kind, or is there without a report.
            now: Seconds since the Unix epoch.
            objective_seconds: Within how many seconds tasks should start.

        Returns:
            What is known now, and the tasks that started since the last reading.
        """
        there = [each.plausible(now) for each in pods]
        counted = {each.pod: Counted(now, each.latencies) for each in there if each.latencies is not None}
        unread = {each.pod for each in there} & self.counted.keys() - counted.keys()
        rises = (self._rise(each, now, objective_seconds) for each in there)
        started = reduce(Started.plus, rises, Started())
        buckets = [
            each.latencies.bucket_of(objective_seconds) for each in there if each.latencies and each.latencies.total
        ]
        says_nothing = not counted and any(each.reports for each in there)
        after = replace(
            self,
            counted=counted | {pod: self.counted[pod] for pod in unread},
            reported_at=now if buckets else None if says_nothing else self.reported_at,
            bucket=max(buckets, key=lambda each: each.upper - each.lower, default=self.bucket),
        )
        return after, started

    def judge(
        self, started: Started, by_backlog: tuple[Judged, Judged], still_overdue: tuple[float, float], now: float
    ) -> tuple[Self, Judged]:
        """Chooses the source, so that no task is judged twice.

        Args:
            started: What the histograms say of the tasks that started.
            by_backlog: What the backlog says of those that started, and of those that became late while they wait.
            still_overdue: Tasks that waited and were judged late already at the last reading, and now.
            now: Seconds since the Unix epoch.
        """
        dispatched, late = by_backlog
        judges = self._may_judge(dispatched, now)
        if not judges:
            since = now if dispatched.tasks else self.since
            return replace(self, judges=False, overdue=still_overdue[1], since=since), dispatched.plus(late)
        pending = self.overdue + late.tasks
        in_time = started.in_time(_share(dispatched, max(0.0, still_overdue[0] + late.tasks - still_overdue[1])))
        again = min(pending, started.tasks - in_time)
        judged = Judged(started.tasks - again, in_time).plus(late)
        # A task whose start no pod reports, such as one that was taken elsewhere, must not hide later ones for long.
        overdue = min(pending - again, sum(still_overdue))
        return replace(self, judges=True, overdue=overdue), judged

    def _may_judge(self, dispatched: Judged, now: float) -> bool:
        if self.reported_at is None:
            return False
        return now - self.reported_at <= 0 or (
            self.judges and (not dispatched.tasks or now - self.reported_at <= SILENCE_SECONDS)
        )

    def _rise(self, reading: PodReading, now: float, objective_seconds: float) -> Started:
        """The tasks that a pod started since its last reading; none where only this reading begins to count."""
        before = self._before(reading)
        if reading.latencies is None or before is None:
            return Started()
        since = reading.latencies.since(before.latencies)
        if since.total > MOST_STARTS_PER_SECOND * max(1.0, now - before.at):
            return Started()
        return since.started(objective_seconds)

    def _before(self, reading: PodReading) -> Counted | None:
        """From where on the counters of a pod count; `None`: from this reading on."""
        known = self.counted.get(reading.pod)
        if known is not None and known.at >= self.since:
            return known
        return Counted(reading.created_at, NONE_STARTED) if reading.created_at >= self.since else None


def _share(dispatched: Judged, dispatched_late: float) -> float | None:
    """Share of the dispatched tasks that were so in time, by the backlog; `None` if there was none.

    Args:
        dispatched: Those that were not judged before.
        dispatched_late: Those that were judged late while they waited.
    """
    tasks = dispatched.tasks + dispatched_late
    return dispatched.in_time / tasks if tasks else None


def readings(observation: Observation, queue: TaskQueueObservation) -> Iterator[PodReading]:
    """The histograms of each pod for one (task queue, task type)."""
    key = queue.task_queue, SlotType(queue.task_type)
    for pod in observation.pods:
        mine = [report for report in pod.slots if (report.task_queue, report.slot_type) == key]
        known = [report.start_latencies for report in mine if report.start_latencies is not None]
        latencies = together(known) if known and len(known) == len(mine) else None
        yield PodReading(pod.name, pod.created_at, bool(mine), latencies)
