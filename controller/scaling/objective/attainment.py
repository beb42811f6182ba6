"""Whether the objective is attained: the share of the tasks that started within it, now and over the last hour."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Final, Self

from controller.api.status import ObjectiveSource
from controller.scaling.deadline.queue_need import QueueMemory
from controller.scaling.memory_codec import measured
from controller.scaling.objective.started_tasks import Bucket, Judged, PodReading, StartedTasks, together
from controller.scaling.objective.waiting_tasks import Flow, ReadyPods, WaitingTasks
from controller.scaling.observation import Observation, SlotType, TaskQueueObservation, Unknown

GOAL: Final = 0.95
"""Share of the tasks that should start within the objective."""

WINDOW_SECONDS: Final = 3600.0
"""The time over which the share is reported."""

SPAN_SECONDS: Final = 300.0
"""Tasks of so long are counted together, and leave the window together."""

MAX_SPANS: Final = 16
"""Spans kept; an hour has 12, and up to 2 that reach into it."""


@dataclass(frozen=True, slots=True)
class JudgedSpan:
    """What was judged from a time on."""

    at: float
    tasks: float
    in_time: float
    by_sdk: float = 0.0
    """How many of the tasks are judged by the latencies that workers measure; the others by the backlog."""


@dataclass(frozen=True, slots=True)
class Attainment:
    """What is remembered of one pool."""

    objective_seconds: float | None = None
    """The objective by which it was judged; `None` before the first time."""
    since: float | None = None
    """Since when tasks are judged."""
    spans: tuple[JudgedSpan, ...] = ()
    """What was judged within the window, oldest first."""
    waiting: Mapping[str, WaitingTasks] = field(default_factory=dict)
    """By the name of the (task queue, task type)."""
    started: Mapping[str, StartedTasks] = field(default_factory=dict)
    """Likewise."""

    @property
    def judged(self) -> Judged:
        """All tasks that were judged within the window."""
        return Judged(sum(span.tasks for span in self.spans), sum(span.in_time for span in self.spans))

    @property
    def share(self) -> float | None:
        """Share of them that started in time; `None` if there was none."""
        return self.judged.in_time / self.judged.tasks if self.judged.tasks else None

    @property
    def share_by_sdk(self) -> float:
        """Share of the judged tasks that is judged by the latencies that workers measure."""
        if not self.judged.tasks:
            return sum(started.judges for started in self.started.values()) / max(1, len(self.started))
        return sum(span.by_sdk for span in self.spans) / self.judged.tasks

    @property
    def source(self) -> ObjectiveSource:
        """By what the tasks of the window were judged; without one, by what the next ones will be."""
        ends = {0.0: ObjectiveSource.BACKLOG, 1.0: ObjectiveSource.SDK_LATENCY}
        return ends.get(self.share_by_sdk, ObjectiveSource.MIXED)

    @property
    def bucket(self) -> Bucket | None:
        """The widest bucket of the histograms that the objective falls into; `None` if it is a bound of all of them."""
        buckets = (started.bucket for started in self.started.values() if started.judges)
        inexact = [bucket for bucket in buckets if bucket and bucket.upper != self.objective_seconds]
        return max(inexact, key=lambda bucket: bucket.upper - bucket.lower, default=None)

    @property
    def oldest_seconds(self) -> float:
        """How long the oldest waiting task had waited when it was last read; 0 if none waits."""
        reads = (waiting.statistics for waiting in self.waiting.values())
        return max((read.backlog_age_seconds for read in reads if read and read.backlog), default=0.0)

    @property
    def is_late(self) -> bool:
        """Whether a task waits for longer than the objective now."""
        return self.objective_seconds is not None and self.oldest_seconds > self.objective_seconds

    @property
    def is_attained(self) -> bool:
        """Whether enough started in time within the window, and none is late now."""
        return not self.is_late and (self.share is None or self.share >= GOAL)

    def window_seconds(self, now: float) -> float:
        """How far the share goes back, in whole spans: what changes all the time causes no write."""
        spans = ceil(max(0.0, now - (now if self.since is None else self.since)) / SPAN_SECONDS)
        return min(WINDOW_SECONDS, max(1, spans) * SPAN_SECONDS)

    def observe(
        self, observation: Observation, queues: Mapping[str, QueueMemory], objective_seconds: float
    ) -> tuple[Self, Judged]:
        """What is known after one more pass, and the tasks that were judged by it.

        Args:
            observation: What was seen.
            queues: What the decision remembers of the queues: it counts tasks.
            objective_seconds: Within how many seconds tasks should start; with another one it begins anew.
        """
        if self.objective_seconds not in {None, objective_seconds}:
            return type(self)(objective_seconds, observation.observed_at).observe(
                observation, queues, objective_seconds
            )
        now, judges = observation.observed_at, _Judges(self, objective_seconds)
        for queue in observation.task_queues:
            judges.judge(queue, observation, queues.get(queue.name))
        since = now if self.since is None else min(self.since, now)
        spans = _with(self.spans, judges.judged, judges.by_sdk, now)
        return type(self)(objective_seconds, since, spans, judges.waiting, judges.started), judges.judged

    def to_status(self) -> dict[str, Any]:
        """What a restarted operator goes on with, as JSON values."""
        spans = [[round(span.at), *map(_rounded, (span.tasks, span.in_time, span.by_sdk))] for span in self.spans]
        return {"objectiveSeconds": self.objective_seconds, "since": round(self.since or 0.0), "spans": spans}

    @classmethod
    def from_status(cls, value: Any) -> Self:  # noqa: ANN401 - whatever is in the status is judged here
        """What `to_status` wrote; nothing if it can't be read."""
        try:
            spans = tuple(_span(*span) for span in value["spans"][-MAX_SPANS:])
            return cls(measured(value["objectiveSeconds"]), measured(value["since"]), spans)
        except (KeyError, TypeError, ValueError, IndexError):
            return cls()


class _Judges:
    """Judges the queues of one observation, one after the other."""

    def __init__(self, known: Attainment, objective_seconds: float) -> None:
        self.waiting: dict[str, WaitingTasks] = {}
        self.started: dict[str, StartedTasks] = {}
        self.judged, self.by_sdk = Judged(), 0.0
        self._known, self._objective_seconds = known, objective_seconds

    def judge(self, queue: TaskQueueObservation, observation: Observation, memory: QueueMemory | None) -> None:
        """Judges the tasks of one queue; without `memory` nothing is known of those that wait."""
        name, now = queue.name, observation.observed_at
        waited, known = self._known.waiting.get(name), self._known.started.get(name, StartedTasks(since=now))
        waiting, by_backlog = waited, (Judged(), Judged())
        if not isinstance(queue.statistics, Unknown) and memory is not None:
            supply, flow = _supply(observation, queue), _flow(memory)
            waiting, by_backlog = (waited or WaitingTasks()).observe(
                queue.statistics, flow, supply, self._objective_seconds
            )
        known, by_pods = known.observe(readings(observation, queue), now, self._objective_seconds)
        late = waited.late if waited else 0.0, waiting.late if waiting else 0.0
        self.started[name], judged = known.judge(by_pods, by_backlog, late, now)
        if waiting:
            self.waiting[name] = waiting
        self.judged = self.judged.plus(judged)
        self.by_sdk += judged.tasks if self.started[name].judges else 0.0


def readings(observation: Observation, queue: TaskQueueObservation) -> Iterator[PodReading]:
    """The histograms of each pod for one (task queue, task type)."""
    key = queue.task_queue, SlotType(queue.task_type)
    for pod in observation.pods:
        mine = [report for report in pod.slots if (report.task_queue, report.slot_type) == key]
        known = [report.start_latencies for report in mine if report.start_latencies is not None]
        latencies = together(known) if known and len(known) == len(mine) else None
        yield PodReading(pod.name, pod.created_at, bool(mine), latencies)


def _supply(observation: Observation, queue: TaskQueueObservation) -> ReadyPods:
    ready = (pod.ready_since for pod in observation.pods)
    slots = 1 if isinstance(queue.slots_per_replica, Unknown) else queue.slots_per_replica
    return ReadyPods(tuple(at for at in ready if at is not None), slots)


def _flow(memory: QueueMemory) -> Flow:
    return Flow(*(max(count.totals, default=0.0) for count in (memory.arrivals, memory.dispatched)))


def _with(spans: Iterable[JudgedSpan], judged: Judged, by_sdk: float, now: float) -> tuple[JudgedSpan, ...]:
    """The spans with what was judged now, without those that have left the window."""
    kept = [span for span in spans if now - WINDOW_SECONDS <= span.at <= now]
    if judged.tasks:
        if not kept or now - kept[-1].at >= SPAN_SECONDS:
            kept.append(JudgedSpan(now, 0.0, 0.0))
        last = kept[-1]
        kept[-1] = JudgedSpan(last.at, last.tasks + judged.tasks, last.in_time + judged.in_time, last.by_sdk + by_sdk)
    return tuple(kept[-MAX_SPANS:])


def _span(at: object, tasks: object, in_time: object, by_sdk: object = 0.0) -> JudgedSpan:
    judged = measured(tasks)
    return JudgedSpan(measured(at), judged, min(judged, measured(in_time)), min(judged, measured(by_sdk)))


def _rounded(number: float) -> float:
    return float(f"{number:.4g}")
