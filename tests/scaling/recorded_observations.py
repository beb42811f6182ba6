"""What the operator would have seen during a recorded run, and what it would decide on it now."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import floor

from controller.api.model import TaskType
from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.decide import decide
from controller.scaling.decision import Decision
from controller.scaling.memory import Memory
from controller.scaling.observation import (
    Observation,
    PodObservation,
    QueueStatistics,
    SlotReport,
    SlotType,
    TaskQueueObservation,
)
from tests.scaling.recorded import (
    HEARTBEAT_SECONDS,
    IDLE_SECONDS,
    OBJECTIVE_SECONDS,
    SLOTS,
    Attempt,
    RecordedPod,
    Recording,
)

EPOCH = 1_800_000_000.0
"""The load began then."""

FASTEST_SECONDS = 5.0
"""The time between two passes where the decision does not say when the next one should be."""

BEGIN = -30.0
"""The first pass."""

LATE_SECONDS = 0.3
"""By how much a recorded start may be before the readiness of its pod, or after the order to stop it."""


@dataclass(slots=True)
class Worker:
    """A pod and the attempts that ran in it: which pod took a task was not recorded, so free slots take turns."""

    pod: RecordedPod
    attempts: list[Attempt] = field(default_factory=list)

    def used_at(self, time: float) -> int:
        """Tasks that run at a time."""
        return sum(attempt.started_at <= time < attempt.ended_at for attempt in self.attempts)

    def ended_by(self, time: float) -> int:
        """Tasks that have ended by a time."""
        return sum(attempt.ended_at <= time for attempt in self.attempts)

    def may_take(self, attempt: Attempt) -> bool:
        """Whether an attempt may have run here."""
        pod = self.pod
        in_time = pod.ready_at - LATE_SECONDS <= attempt.started_at <= pod.deleted_at + LATE_SECONDS
        return in_time and attempt.ended_at <= pod.gone_at + LATE_SECONDS

    def reported_at(self, now: float) -> float:
        """When it sent its last heartbeat: in step with its start, and once more as it was asked to stop."""
        in_step = self.pod.ready_at + (now - self.pod.ready_at) // HEARTBEAT_SECONDS * HEARTBEAT_SECONDS
        return max(in_step, self.pod.deleted_at) if self.pod.deleted_at <= now else in_step


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over a recorded run. Times are seconds since the load began."""

    at: float
    decision: Decision
    replicas: int
    """Those of then."""
    running: int
    """Tasks that truly ran then in pods that were not asked to stop."""
    waiting_since: tuple[float, ...]
    """When the tasks came that truly waited then."""


def workers_of(recording: Recording) -> list[Worker]:
    """The pods with the attempts that may have run in them."""
    workers = [Worker(pod) for pod in recording.pods]
    for attempt in sorted(attempt for task in recording.tasks for attempt in task.attempts):
        able = [worker for worker in workers if worker.may_take(attempt)]
        least = min(able or workers, key=lambda worker: (worker.used_at(attempt.started_at), worker.pod))
        least.attempts.append(attempt)
    return workers


def observe(recording: Recording, workers: list[Worker], now: float) -> Observation:
    """What was to be seen at a time."""
    pods = [
        (number, worker) for number, worker in enumerate(workers) if worker.pod.created_at <= now < worker.pod.gone_at
    ]
    reading = recording.reading_at(now)
    statistics = QueueStatistics(
        backlog=reading.backlog,
        backlog_age_seconds=reading.backlog_age_seconds,
        add_rate_per_second=reading.add_rate_per_second,
        dispatch_rate_per_second=reading.dispatch_rate_per_second,
        read_at=EPOCH + now,
        rate_limiting_active=False,
    )
    return Observation(
        observed_at=EPOCH + now,
        replicas=recording.replicas_at(now),
        pods=tuple(_pod(f"worker-{number}", worker, now) for number, worker in pods),
        task_queues=(TaskQueueObservation("bench", TaskType.ACTIVITY, statistics, SLOTS),),
        in_flight="worker heartbeats",
        can_set_deletion_costs=True,
        grace_seconds=30,
    )


def _pod(name: str, worker: Worker, now: float) -> PodObservation:
    """A pod whose times have whole seconds, rounded down."""
    pod, works = worker.pod, worker.pod.ready_at <= now
    return PodObservation(
        name,
        created_at=EPOCH + floor(pod.created_at),
        scheduled_at=EPOCH + floor(pod.created_at),
        ready_since=EPOCH + floor(pod.ready_at) if works else None,
        terminating=pod.deleted_at <= now,
        slots=(_report(name, worker, worker.reported_at(now)),) if works else (),
        is_pending=not works,
        replica_set="worker",
    )


def _report(name: str, worker: Worker, at: float) -> SlotReport:
    used = worker.used_at(at) if at > worker.pod.ready_at else 0
    return SlotReport(
        task_queue="bench",
        slot_type=SlotType.ACTIVITY,
        slots_used=used,
        slots_available=SLOTS - used,
        reported_at=EPOCH + at,
        tasks_ended=worker.ended_by(at),
        worker=name,
        worker_started_at=EPOCH + worker.pod.ready_at,
    )


TAIL_SECONDS = 60.0
"""How long passes go on after the last reading that said something new."""


def decided(name: str, objective_seconds: float | None = None, pause_seconds: float | None = None) -> Iterator[Pass]:
    """Decides again and again during a recorded run, whose replicas stay as they were.

    Args:
        name: Of the run.
        objective_seconds: Another objective than that of the run.
        pause_seconds: Seconds between two passes; `None`: as the decision says.
    """
    recording = Recording.load(name)
    workers, memory, now = workers_of(recording), Memory(), BEGIN
    spec = pool(OBJECTIVE_SECONDS[name] if objective_seconds is None else objective_seconds)
    while now < recording.readings[-1].at + TAIL_SECONDS:
        observation = observe(recording, workers, now)
        decision = decide(spec, observation, memory, EPOCH + now)
        memory = decision.memory
        running = sum(worker.used_at(now) for worker in workers if worker.pod.deleted_at > now)
        waiting = [t.arrived_at for t in recording.tasks if t.arrived_at <= now < t.attempts[0].started_at]
        yield Pass(now, decision, observation.replicas, running, tuple(waiting))
        now += pause_seconds or decision.next_poll_seconds or FASTEST_SECONDS


def pool(objective_seconds: float) -> TemporalWorkerPoolSpec:
    """The pool of the recorded runs."""
    return TemporalWorkerPoolSpec.from_manifest(
        {
            "scaleTargetRef": {"name": "worker"},
            "connection": {"address": "temporal-frontend:7233"},
            "taskQueues": [{"name": "bench", "tasks": [{"type": "Activity", "slots": SLOTS}]}],
            "minReplicas": 0,
            "maxReplicas": 40,
            "scaleToZero": {"idleSeconds": IDLE_SECONDS},
            "objective": {"scheduleToStartSeconds": objective_seconds},
        }
    )
