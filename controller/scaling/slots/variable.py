"""One slot variable whose value the operator may choose: what the pool asks, and what is there."""

from collections.abc import Iterator
from dataclasses import dataclass

from controller.api.spec import TemporalWorkerPoolSpec, Tuning
from controller.scaling.observation import Observation, TaskQueueObservation, Unknown


@dataclass(frozen=True, slots=True)
class Variable:
    """A slot variable that is tuned."""

    name: str
    range: Tuning
    start: int | None
    """`slots` of the pool: what to begin with."""
    value: int | None
    """As the pod template has it; `None` where it has no number."""
    queues: tuple[TaskQueueObservation, ...]
    """The kinds of tasks whose slots it gives."""

    @property
    def in_force(self) -> int | None:
        """What the pods run with: the variable, else what workers report, else what the pool says."""
        if self.value is not None:
            return self.value
        return next((queue.slots_reported for queue in self.queues if queue.slots_reported), self.start)

    @property
    def ignored_by(self) -> TaskQueueObservation | None:
        """A kind of tasks whose workers report another number; `None` if there is none."""
        if self.value is None:
            return None
        reported = (queue for queue in self.queues if not isinstance(queue.slots_per_replica, Unknown))
        return next((queue for queue in reported if queue.slots_per_replica != self.value), None)

    def within_range(self, slots: int) -> int:
        """The nearest number that the pool allows."""
        return min(max(slots, self.range.min_slots), self.range.max_slots)


def tuned_variables(spec: TemporalWorkerPoolSpec, observation: Observation) -> Iterator[Variable]:
    """The slot variables that the pool lets the operator choose, each once."""
    tasks = [(queue.name, task) for queue in spec.task_queues for task in queue.tasks]
    named = {task.slots_env_var: (task.tuning, task.slots) for _, task in tasks if task.slots_env_var and task.tuning}
    seen = {(queue.task_queue, queue.task_type): queue for queue in observation.task_queues}
    for name, (allowed, start) in named.items():
        keys = [(queue, task.type) for queue, task in tasks if task.slots_env_var == name]
        queues = tuple(seen[key] for key in keys if key in seen)
        yield Variable(name, allowed, start, observation.slot_variables.values.get(name), queues)


def fixed_slots(spec: TemporalWorkerPoolSpec) -> dict[str, int]:
    """The slot variables whose value the pool gives."""
    tasks = [task for queue in spec.task_queues for task in queue.tasks if not task.tuning]
    return {task.slots_env_var: task.slots for task in tasks if task.slots_env_var and task.slots}
