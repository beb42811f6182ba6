"""Whether a pod runs tasks, by reports that are new enough: what is not known counts as busy.

A report that is older than a task takes says nothing of now: the tasks that it counted have ended, and others may have
begun. It still holds while it is known that nothing was dispatched to a worker since.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from math import ceil, floor
from statistics import median_low
from typing import Final, Self

from controller.api.model import TaskType
from controller.scaling.idle_times import NoDispatchWindow
from controller.scaling.observation import Observation, PodObservation, SlotReport, Unknown, used
from controller.scaling.server_times import CLOCK_SECONDS

BEARABLE_TASKS: Final = 0.1
"""Tasks that stops may be expected to cut short at once."""

BEARABLE_SHARE: Final = 0.001
"""Share of the tasks that are dispatched which stops may be expected to cut short in the long run."""

STOPPING_SECONDS: Final = 0.7
"""From a reading until a pod that is asked to stop takes no more tasks."""


@dataclass(frozen=True, slots=True)
class Dispatches:
    """What is dispatched to the workers of a pool now: what a stop may cut short.

    A report is some seconds old when a pod is asked to stop, and where a task does not fit into the grace period each
    one that came since is cut short. Tasks go in turn to the pods that have room: each gets its share of what is
    dispatched. Without dispatches nothing is at risk; with them a little is accepted, or a pool under steady load could
    never shrink.
    """

    per_second: float
    """Tasks of all kinds."""
    waiting: int
    """Tasks that wait, and may be dispatched at any moment."""
    pods: int
    """Pods with room for one, at least 1."""

    @classmethod
    def of(cls, observation: Observation) -> Self:
        """What one poll shows; a queue that could not be read says nothing."""
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
        """How many more are acceptable."""
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


FRESH_SECONDS = 15.0
"""A report that is older says nothing of now, however long the tasks are."""

LIGHT_SHARE = 0.5
"""Share of its slots up to which a pod is lightly used."""


class Load(IntEnum):
    """How much a pod runs, coarsely; the number is the deletion cost that says so."""

    IDLE = -2
    """It runs nothing."""
    LIGHT = -1
    """It runs something, in no more than `LIGHT_SHARE` of its slots."""
    BUSY = 0
    """It runs more, or it is not known what it runs. No annotation says this, so a pod that is new counts as busy."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What reports are judged by."""

    now: float
    fresh_seconds: float
    """Age up to which a report counts."""
    no_dispatch: NoDispatchWindow | None
    dispatches: Dispatches
    """What is dispatched to the pods meanwhile."""
    has_workflows: bool
    """Whether the pool has workflow tasks: those of cached workflows come by queues of their own, whose rates are not
    read, and may start local activities."""

    @classmethod
    def of(
        cls, observation: Observation, no_dispatch: NoDispatchWindow | None, task_seconds: float | None, now: float
    ) -> Self:
        """The evidence of one pass; tasks take `task_seconds`, as far as that is known."""
        fresh = FRESH_SECONDS if task_seconds is None else min(FRESH_SECONDS, task_seconds)
        workflows = any(queue.task_type == TaskType.WORKFLOW for queue in observation.task_queues)
        return cls(now, fresh, no_dispatch, Dispatches.of(observation), workflows)

    def after(self, seconds: float) -> Self:
        """The same so many seconds later."""
        return replace(self, now=self.now + seconds)

    def load_of(self, pod: PodObservation) -> Load:
        """How much a pod runs, as far as is known."""
        if pod.runs_nothing_yet:
            return Load.IDLE
        if pod.shares_reports:
            return Load.BUSY
        reported_at = pod.reported_at
        if reported_at is None:
            return Load.IDLE if pod.never_worked and self._nothing_came_since(pod.tasks_since) else Load.BUSY
        if any(report.reported_at > self.now + CLOCK_SECONDS for report in pod.slots):
            return Load.BUSY
        holds = self._is_fresh(reported_at) and not pod.is_unreported
        if used(pod.slots) == 0:
            return Load.IDLE if holds or self._nothing_came_since(reported_at) else Load.BUSY
        return Load.LIGHT if holds and _is_light(pod) else Load.BUSY

    def expected_tasks(self, pod: PodObservation) -> float:
        """Tasks that are expected to run, if it is asked to stop now, on a pod that counts as idle."""
        reported_at = pod.reported_at
        if reported_at is None or used(pod.slots) or self._nothing_came_since(reported_at):
            return 0.0
        return self.dispatches.to_each_pod(self.now + STOPPING_SECONDS - reported_at)

    def _nothing_came_since(self, reported_at: float) -> bool:
        """Whether a pod that reported nothing in use then runs nothing now, however old its report is."""
        no_dispatch = self.no_dispatch
        nothing_came = (
            no_dispatch is not None and no_dispatch.since < no_dispatch.until and reported_at >= no_dispatch.since
        )
        return nothing_came and (not self.has_workflows or self.now - reported_at <= FRESH_SECONDS)

    def _is_fresh(self, reported_at: float) -> bool:
        return self.now - reported_at <= self.fresh_seconds


def reported_load(pod: PodObservation) -> Load:
    """How much a pod ran when it last reported; one without a report counts as busy."""
    if not pod.slots:
        return Load.BUSY
    if not pod.works:
        return Load.IDLE
    return Load.LIGHT if _is_light(pod) else Load.BUSY


def _is_light(pod: PodObservation) -> bool:
    free = [report.slots_available for report in pod.slots]
    slots_used = used(pod.slots)
    return None not in free and slots_used <= LIGHT_SHARE * (slots_used + sum(slots or 0 for slots in free))


MAX_INTERVALS: Final = 9
"""Intervals kept, of which the median counts: one that a restart cut short says nothing."""

LAG_SECONDS: Final = 0.3
"""So long after it was made a report can be read at the latest."""


@dataclass(frozen=True, slots=True)
class Heartbeats:
    """The last report of each pod, and how long the last ones were apart.

    By them the pods can be chosen whose next report comes just before the next poll.
    """

    reported_at: Mapping[str, float] = field(default_factory=dict)
    """By the name of the pod."""
    intervals: tuple[float, ...] = ()

    @property
    def seconds(self) -> float | None:
        """The time between two reports of a worker; `None` before there were two."""
        return median_low(self.intervals) if self.intervals else None

    def observe(self, pods: Iterable[PodObservation]) -> Self:
        """With the reports of one more poll; pods that are gone are forgotten."""
        reported = {pod.name: pod.reported_at for pod in pods if pod.reported_at is not None}
        steps = (at - self.reported_at[name] for name, at in reported.items() if name in self.reported_at)
        seen = [step for step in steps if step >= 1]
        return type(self)(reported, (*self.intervals, *seen)[-MAX_INTERVALS:])

    def times(self, pods: Iterable[PodObservation], earliest: float) -> list[float]:
        """For each pod, the first time not before `earliest` at which a new report of it can be read."""
        if self.seconds is None:
            return []
        seen = (pod.reported_at + LAG_SECONDS for pod in pods if pod.reported_at is not None)
        return sorted({at + self.seconds * max(0, ceil((earliest - at) / self.seconds)) for at in seen})

    def next_of(self, pod: PodObservation, now: float) -> PodObservation:
        """The pod as it will be known at a time to come, if its workers report in step and run what they run now."""
        return replace(pod, slots=tuple(self._next(report, now) for report in pod.slots))

    def _next(self, report: SlotReport, now: float) -> SlotReport:
        passed_seconds = now - LAG_SECONDS - report.reported_at
        if self.seconds is None or passed_seconds < self.seconds:
            return report
        steps = floor(passed_seconds / self.seconds)
        return replace(report, reported_at=report.reported_at + self.seconds * steps)
