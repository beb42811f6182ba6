"""Hypothesis strategies for what a pool may well be: its pods, reports and counts fit what was learned."""

from dataclasses import dataclass, replace

from hypothesis import strategies as st

from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.deadline.arrivals import TaskCount
from controller.scaling.deadline.queue_need import QueueMemory
from controller.scaling.deadline.service_time import ServiceTime, Tally
from controller.scaling.deadline.start_up import StartUp
from controller.scaling.memory import Memory, PastNeed
from controller.scaling.observation import Observation, PodObservation, QueueStatistics
from tests.scaling.builders import NOW, observation, pod, queue, report, spec

NAME = "orders/Activity"
SLOTS = 4


@dataclass(frozen=True, slots=True)
class Scene:
    """What the decision of a pool with `scheduleToStartSeconds` gets, and ways to change one thing of it."""

    objective_seconds: int
    hint_seconds: float | None
    seen: Observation
    memory: Memory

    @property
    def spec(self) -> TemporalWorkerPoolSpec:
        """The spec, with room for every number."""
        hint = {} if self.hint_seconds is None else {"typical": self.hint_seconds}
        return spec(
            objective={"scheduleToStartSeconds": self.objective_seconds},
            taskDurationSeconds=hint,
            maxReplicas=100_000,
            scaleToZero={"idleSeconds": 0},
        )

    def with_age(self, seconds: float) -> "Scene":
        """The oldest task has waited so long."""
        [only] = self.seen.task_queues
        assert isinstance(only.statistics, QueueStatistics)
        older = replace(only, statistics=replace(only.statistics, backlog_age_seconds=seconds))
        return replace(self, seen=replace(self.seen, task_queues=(older,)))

    def with_longer_tasks(self, factor: float) -> "Scene":
        """All that was measured took so many times as long."""
        queues = {name: _longer(learned, factor) for name, learned in self.memory.queues.items()}
        return replace(self, memory=replace(self.memory, queues=queues))


def _longer(learned: QueueMemory, factor: float) -> QueueMemory:
    service = learned.service_time
    tallies = [replace(t, slot_seconds=t.slot_seconds * factor) for t in (service.by_reports, service.by_server)]
    return replace(learned, service_time=replace(service, by_reports=tallies[0], by_server=tallies[1]))


def _tally(task_seconds: float, completions: float) -> Tally:
    return Tally(task_seconds * completions, (task_seconds * completions / 10) ** 2, completions)


tallies = st.builds(_tally, st.floats(0.05, 600), st.sampled_from([0.0, 1.0, 10.0, 200.0]))
witnesses = st.one_of(st.tuples(tallies, st.just(Tally())), st.tuples(st.just(Tally()), tallies))
"""Workers' reports, or the server alone: which of two that differ counts may turn with how long tasks take."""


@st.composite
def _pods(draw: st.DrawFn) -> tuple[PodObservation, ...]:
    """Pods that take tasks, and pods that start."""
    reported_at = NOW - draw(st.sampled_from([1.0, 8.0, 30.0]))
    ready = [
        pod(
            replace(report(draw(st.integers(0, SLOTS)), slots=SLOTS, reported_at=reported_at), tasks_ended=100),
            name=f"ready-{i}",
        )
        for i in range(draw(st.integers(0, 5)))
    ]
    created_at = NOW - draw(st.integers(0, 40))
    starting = [
        PodObservation(f"new-{i}", created_at, created_at, is_pending=True) for i in range(draw(st.integers(0, 4)))
    ]
    return (*ready, *starting)


@st.composite
def _counts(draw: st.DrawFn) -> TaskCount:
    """What was counted at the last polls."""
    count = TaskCount()
    for i in range(-draw(st.integers(0, 12)), 0):
        count = count.observe(NOW + 5 * i, draw(st.sampled_from([0.0, 0.1, 1.0, 10.0])))
    return count


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """A pool with one queue."""
    pods = draw(_pods())
    backlog = draw(st.sampled_from([0, 1, 2, 7, 50, 400]))
    rate = draw(st.sampled_from([0.0, 0.5, 5.0]))
    read = QueueStatistics(backlog, draw(st.floats(0.1, 120)) if backlog else 0.0, rate, rate, NOW)
    by_reports, by_server = draw(witnesses)
    learned = QueueMemory(
        service_time=ServiceTime(
            by_reports=by_reports,
            by_server=by_server,
            interval_seconds=draw(st.sampled_from([0.0, 10.0, 60.0])),
        ),
        arrivals=draw(_counts()),
        dispatched=draw(_counts()),
    )
    start_up = StartUp(draw(st.floats(0.5, 60)), draw(st.sampled_from([0.0, 30.0])), draw(st.sampled_from([0, 5])))
    memory = Memory(
        start_up=start_up,
        queues={NAME: learned},
        past_needs=(PastNeed(NOW - 5, len(pods), 0),),
        busy_at=NOW,
    )
    hint = draw(st.one_of(st.none(), st.floats(0.1, 100)))
    seen = observation(queue(read, slots=SLOTS), replicas=len(pods), pods=pods)
    return Scene(draw(st.integers(1, 120)), hint, seen, memory)
