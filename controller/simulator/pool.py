"""A pool of the user in a world: his slots, bounds and objective; the world's tasks and troubles."""

from dataclasses import replace

from controller.api.spec import Task, TaskQueue, TemporalWorkerPoolSpec
from controller.simulator.world import World


class PoolError(Exception):
    """A pool that cannot be simulated; the message says why, and what to do."""


def of_one_queue(spec: TemporalWorkerPoolSpec, name: str | None = None) -> TemporalWorkerPoolSpec:
    """The pool as if its workers polled only one (task queue, task type).

    Args:
        spec: The pool.
        name: Such as `orders/Activity`; `None` takes the first activities, else what comes first.

    Raises:
        PoolError: There is no such queue, or the pool does not say its slots.
    """
    choices = {f"{queue.name}/{task.type}": (queue, task) for queue in spec.task_queues for task in queue.tasks}
    if name is None:
        name = next((choice for choice in choices if choice.endswith("/Activity")), next(iter(choices)))
    if name not in choices:
        raise PoolError(f"the pool has no {name}: choose from {', '.join(choices)}")
    queue, task = choices[name]
    if task.slots is None:
        raise PoolError(f"the pool does not say the slots of {name}: set slots beside slotsEnvVar to simulate it")
    alone = TaskQueue(name=queue.name, tasks=(Task(type=task.type, slots=task.slots),))
    return spec.model_copy(update={"task_queues": (alone,)})


def in_world(spec: TemporalWorkerPoolSpec, world: World) -> World:
    """The world as it is for the workers of this pool, which polls one queue and says its slots.

    Of several kinds of tasks it gets the first.
    """
    queue = spec.task_queues[0]
    objective = spec.objective.schedule_to_start_seconds
    return replace(
        world,
        task_queue=queue.name,
        task_type=queue.tasks[0].type,
        slots=queue.tasks[0].slots or world.slots,
        objective_seconds=world.objective_seconds if objective is None else objective,
        poll_seconds=spec.polling_interval_seconds,
        min_replicas=spec.min_replicas,
        max_replicas=spec.max_replicas,
        initial_replicas=spec.min_replicas,
        tasks=lambda random: [task for task in world.tasks(random) if not task.kind],
        beside=(),
    )
