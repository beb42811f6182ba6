"""The recorded hours once more in the simulator: with the replicas that were there, and with those of the pool."""

from bisect import bisect_right
from dataclasses import replace

from controller.api.spec import Task, TaskQueue
from controller.cli.migrate.hours import Hours
from controller.simulator.outcome import Outcome
from controller.simulator.policy import PolicyDecision, SimulatedObservation, TemporalWorkerPools
from controller.simulator.scenario import MEASURED, Scenario
from controller.simulator.simulation import simulate

STEP_SECONDS = 1.0
"""How exactly the replicas that were there are set again."""


class AsItWas:
    """The replicas that whatever scaled the Deployment set."""

    poll_seconds = STEP_SECONDS

    def __init__(self, hours: Hours) -> None:
        self._times = [poll.at - hours.since for poll in hours.polls]
        self._replicas = [poll.replicas for poll in hours.polls]

    def recommend(self, _observation: SimulatedObservation, now: float) -> PolicyDecision:
        """Those of the last poll before."""
        return PolicyDecision(self._replicas[max(0, bisect_right(self._times, now) - 1)])


def as_it_was(hours: Hours) -> Outcome:
    """The hours with the replicas that were there: what the simulator's error can be seen by."""
    return simulate(_scenario(hours), AsItWas(hours), "there")


def as_recommended(hours: Hours) -> Outcome:
    """The hours with the pool in charge: its decisions see what became of the ones before."""
    spec = hours.spec.model_copy(update={"schedules": (), "task_queues": _queues(hours)})
    return simulate(_scenario(hours), TemporalWorkerPools(spec, spec.polling_interval_seconds), "pool")


def _scenario(hours: Hours) -> Scenario:
    first, *beside = hours.kinds.values()
    tasks = hours.tasks()
    return Scenario(
        name=hours.pool,
        summary="recorded hours",
        tasks=lambda _: tasks,
        task_queue=first.task_queue,
        task_type=first.task_type,
        slots=first.slots,
        beside=tuple(beside),
        objective_seconds=hours.objective_seconds,
        start_up_seconds=max(hours.start_up_seconds, STEP_SECONDS),
        servers=replace(MEASURED, poll_jitter_seconds=0, hand_over_seconds=0, ready_lag_seconds=(0, 0)),
        grace_seconds=hours.grace_seconds,
        poll_seconds=hours.spec.polling_interval_seconds,
        first_poll_seconds=0.0,
        tail_seconds=hours.seconds - (tasks[-1].arrives_at if tasks else 0.0),
        max_replicas=hours.spec.max_replicas,
        min_replicas=hours.spec.min_replicas,
        initial_replicas=hours.polls[0].replicas,
        over_count=0.0,
    )


def _queues(hours: Hours) -> tuple[TaskQueue, ...]:
    """The task queues of the pool with the slots that were reported; nothing is tuned."""
    tasks: dict[str, list[Task]] = {}
    for kind in hours.kinds.values():
        tasks.setdefault(kind.task_queue, []).append(Task(type=kind.task_type, slots=kind.slots))
    return tuple(TaskQueue(name=name, tasks=tuple(each)) for name, each in tasks.items())
