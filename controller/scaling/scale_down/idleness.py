"""Whether a pod runs tasks, by reports that are new enough to tell: what is not known counts as busy.

A report that is older than a task takes says nothing of now: the tasks that it counted have ended, and others may have
begun. It still holds while it is known that nothing was handed to a worker since.
"""

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Self

from controller.api.model import TaskType
from controller.scaling.observation import Observation, PodObservation, used
from controller.scaling.quiet import Quiet
from controller.scaling.scale_down.chance import STOPPING_SECONDS, Dispatches
from controller.scaling.server_times import CLOCK_SECONDS

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
    """Age up to which a report is believed."""
    quiet: Quiet | None
    dispatches: Dispatches
    """What is handed to the pods meanwhile."""
    has_workflows: bool
    """Whether the pool has workflow tasks: those of cached workflows come by queues of their own, whose rates nobody
    reads, and may start local activities."""

    @classmethod
    def of(cls, observation: Observation, quiet: Quiet | None, task_seconds: float | None, now: float) -> Self:
        """The evidence of one pass; tasks take `task_seconds`, as far as that is known."""
        fresh = FRESH_SECONDS if task_seconds is None else min(FRESH_SECONDS, task_seconds)
        workflows = any(queue.task_type == TaskType.WORKFLOW for queue in observation.task_queues)
        return cls(now, fresh, quiet, Dispatches.of(observation), workflows)

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
        believed = self._is_fresh(reported_at) and not pod.is_unheard
        if used(pod.slots) == 0:
            return Load.IDLE if believed or self._nothing_came_since(reported_at) else Load.BUSY
        return Load.LIGHT if believed and _is_light(pod) else Load.BUSY

    def expected_tasks(self, pod: PodObservation) -> float:
        """Tasks that are expected to run, if it is asked to stop now, on a pod that counts as idle."""
        reported_at = pod.reported_at
        if reported_at is None or used(pod.slots) or self._nothing_came_since(reported_at):
            return 0.0
        return self.dispatches.to_each_pod(self.now + STOPPING_SECONDS - reported_at)

    def _nothing_came_since(self, reported_at: float) -> bool:
        """Whether a pod that reported nothing in use then runs nothing now, however old its report is."""
        quiet = self.quiet
        nothing_came = quiet is not None and quiet.since < quiet.until and reported_at >= quiet.since
        return nothing_came and (not self.has_workflows or self.now - reported_at <= FRESH_SECONDS)

    def _is_fresh(self, reported_at: float) -> bool:
        return self.now - reported_at <= self.fresh_seconds


def reported_load(pod: PodObservation) -> Load:
    """How much a pod ran when it last reported; one of which nothing was heard counts as busy."""
    if not pod.slots:
        return Load.BUSY
    if not pod.works:
        return Load.IDLE
    return Load.LIGHT if _is_light(pod) else Load.BUSY


def _is_light(pod: PodObservation) -> bool:
    free = [report.slots_available for report in pod.slots]
    slots_used = used(pod.slots)
    return None not in free and slots_used <= LIGHT_SHARE * (slots_used + sum(slots or 0 for slots in free))
