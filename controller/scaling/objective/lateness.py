"""Whether a task is late now: it waits for longer than `objective.scheduleToStartSeconds`."""

from typing import NamedTuple

from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.observation import Observation, Unknown


class LateTask(NamedTuple):
    """The task that has waited longest."""

    queue: str
    """Such as `orders/Activity`."""
    seconds: float


def latest_task(spec: TemporalWorkerPoolSpec, observation: Observation) -> LateTask | None:
    """The task that is late the most; `None` where none is known to be, or the objective has no time."""
    objective = spec.objective.schedule_to_start_seconds
    waits = [
        LateTask(queue.name, queue.statistics.backlog_age_seconds)
        for queue in observation.task_queues
        if not isinstance(queue.statistics, Unknown) and queue.statistics.backlog
    ]
    longest = max(waits, key=lambda task: task.seconds, default=None)
    return longest if longest and objective is not None and longest.seconds > objective else None
