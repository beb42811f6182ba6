"""How many slots a replica has: the slot variables of a pool, as it asks and as they are, and what is remembered."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

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


CEILING_SECONDS = 86_400.0
"""How long it counts that a container ran out of memory with a number of slots: a day, which a new release or new
limits seldom outlive, and within which most loads come round once."""


@dataclass(frozen=True, slots=True)
class TunedSlots:
    """One slot variable from pass to pass. Times are seconds since the Unix epoch."""

    value: int | None = None
    """What it was in the pod template when that was last seen; `None` before, and where it is not there."""
    changed_at: float | None = None
    """When that last changed, by whichever writer; `None`: not since it was first read."""
    chosen: int | None = None
    """What the operator last chose, written or not; `None`: nothing yet."""
    more_since: float | None = None
    """Since when all speaks for more slots."""
    fewer_since: float | None = None
    """Since when all speaks for fewer."""
    raised_from: int | None = None
    """The slots before the last raise; `None` where there was none, or it was taken back."""
    rate_before: float = 0.0
    """What one replica dispatched then, with all slots in use, in tasks per second."""
    ceiling: int | None = None
    """The slots with which a container ran out of memory."""
    ceiling_at: float = 0.0
    """When it did."""

    def observe(self, value: int | None, now: float) -> Self:
        """After a reading of the pod template; the first one is no change."""
        if value == self.value:
            return self
        return replace(self, value=value, changed_at=self.changed_at if self.value is None else now)

    def note(self, now: float, *, more: bool, fewer: bool) -> Self:
        """After a pass, with what speaks for more slots or for fewer."""
        return replace(
            self,
            more_since=(self.more_since if self.more_since is not None else now) if more else None,
            fewer_since=(self.fewer_since if self.fewer_since is not None else now) if fewer else None,
        )

    def out_of_memory(self, slots: int, at: float) -> Self:
        """After a container ran out of memory with so many slots."""
        return replace(self, ceiling=slots, ceiling_at=at)

    def highest(self, bound: int, now: float) -> int:
        """The most slots to choose: below those with which memory ran out lately, but at least 1."""
        if self.ceiling is None or now - self.ceiling_at >= CEILING_SECONDS:
            return bound
        return max(1, min(bound, self.ceiling - 1))

    @property
    def moments(self) -> tuple[float, ...]:
        """The times that are remembered."""
        times = (self.changed_at, self.more_since, self.fewer_since)
        return (self.ceiling_at, *(time for time in times if time is not None))
