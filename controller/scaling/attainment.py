"""Whether the objective is attained: the share of the tasks that started within it, now and over the last hour."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any, Final, Self

from controller.scaling.deadline.queue_need import QueueMemory
from controller.scaling.observation import Observation, TaskQueueObservation, Unknown
from controller.scaling.waiting_tasks import Flow, Judged, Supply, WaitingTasks

GOAL: Final = 0.95
"""Share of the tasks that should start within the objective."""

WINDOW_SECONDS: Final = 3600.0
"""The time over which the share is told."""

SPAN_SECONDS: Final = 300.0
"""Tasks of so long are counted together, and leave the window together."""

HIGHEST: Final = 1e15
"""More tasks or seconds than any pool will see; JSON has integers that are no float at all."""

MAX_SPANS: Final = 16
"""Spans kept; an hour has 12, and up to 2 that reach into it."""


@dataclass(frozen=True, slots=True)
class Span:
    """What was judged from a time on."""

    at: float
    tasks: float
    in_time: float


@dataclass(frozen=True, slots=True)
class Attainment:
    """What is remembered of one pool."""

    objective_seconds: float | None = None
    """The objective by which it was judged; `None` before the first time."""
    since: float | None = None
    """Since when tasks are judged."""
    spans: tuple[Span, ...] = ()
    """What was judged within the window, oldest first."""
    waiting: Mapping[str, WaitingTasks] = field(default_factory=dict)
    """By the name of the (task queue, task type)."""

    @property
    def judged(self) -> Judged:
        """All tasks that were judged within the window."""
        return Judged(sum(span.tasks for span in self.spans), sum(span.in_time for span in self.spans))

    @property
    def share(self) -> float | None:
        """Share of them that started in time; `None` if there was none."""
        return self.judged.in_time / self.judged.tasks if self.judged.tasks else None

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
        """How far the share goes back, in whole spans: what changes all the time is not worth a write."""
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
        waiting, judged = dict(self.waiting), Judged()
        for queue in observation.task_queues:
            if not isinstance(queue.statistics, Unknown) and queue.name in queues:
                known, supply = waiting.get(queue.name, WaitingTasks()), _supply(observation, queue)
                flow = _flow(queues[queue.name])
                waiting[queue.name], more = known.observe(queue.statistics, flow, supply, objective_seconds)
                judged = judged.plus(more)
        kept = {queue.name: waiting[queue.name] for queue in observation.task_queues if queue.name in waiting}
        now = observation.observed_at
        since = now if self.since is None else min(self.since, now)
        return type(self)(objective_seconds, since, _with(self.spans, judged, now), kept), judged

    def to_status(self) -> dict[str, Any]:
        """What a restarted operator goes on with, as JSON values."""
        spans = [[round(span.at), _rounded(span.tasks), _rounded(span.in_time)] for span in self.spans]
        return {"objectiveSeconds": self.objective_seconds, "since": round(self.since or 0.0), "spans": spans}

    @classmethod
    def from_status(cls, value: Any) -> Self:  # noqa: ANN401 - whatever is in the status is judged here
        """What `to_status` wrote; nothing if it can't be read."""
        try:
            spans = tuple(_span(*span) for span in value["spans"][-MAX_SPANS:])
            return cls(_number(value["objectiveSeconds"]), _number(value["since"]), spans)
        except (KeyError, TypeError, ValueError, IndexError):
            return cls()


def _supply(observation: Observation, queue: TaskQueueObservation) -> Supply:
    ready = (pod.ready_since for pod in observation.pods)
    slots = 1 if isinstance(queue.slots_per_replica, Unknown) else queue.slots_per_replica
    return Supply(tuple(at for at in ready if at is not None), slots)


def _flow(memory: QueueMemory) -> Flow:
    return Flow(*(max(count.totals, default=0.0) for count in (memory.arrivals, memory.dispatched)))


def _with(spans: Iterable[Span], judged: Judged, now: float) -> tuple[Span, ...]:
    """The spans with what was judged now, without those that have left the window."""
    kept = [span for span in spans if now - WINDOW_SECONDS <= span.at <= now]
    if judged.tasks:
        if not kept or now - kept[-1].at >= SPAN_SECONDS:
            kept.append(Span(now, 0.0, 0.0))
        last = kept[-1]
        kept[-1] = replace(last, tasks=last.tasks + judged.tasks, in_time=last.in_time + judged.in_time)
    return tuple(kept[-MAX_SPANS:])


def _span(at: object, tasks: object, in_time: object) -> Span:
    judged = _number(tasks)
    return Span(_number(at), judged, min(judged, _number(in_time)))


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= HIGHEST:
        message = f"{value!r:.40} is no number of seconds or tasks"
        raise ValueError(message)
    return float(value)


def _rounded(number: float) -> float:
    return float(f"{number:.4g}")
