"""A user's pool in a scenario: slots, bounds and objective of the pool; tasks and servers of the scenario."""

from dataclasses import replace
from typing import Any

from controller.api.spec import Task, TaskQueue, TemporalWorkerPoolSpec
from controller.simulator.scenario import Scenario


class PoolError(Exception):
    """A pool that cannot be simulated; the message says why, and the fix."""


def of_one_queue(spec: TemporalWorkerPoolSpec, name: str | None = None) -> TemporalWorkerPoolSpec:
    """The pool as if its workers polled only one (task queue, task type).

    Args:
        spec: The pool.
        name: Such as `orders/Activity`; `None` takes the first activities, else what comes first.

    Raises:
        PoolError: There is no such queue, or the pool does not set its slots.
    """
    choices = {f"{queue.name}/{task.type}": (queue, task) for queue in spec.task_queues for task in queue.tasks}
    if name is None:
        name = next((choice for choice in choices if choice.endswith("/Activity")), next(iter(choices)))
    if name not in choices:
        raise PoolError(f"the pool has no {name}: choose from {', '.join(choices)}")
    queue, task = choices[name]
    if task.slots is None:
        raise PoolError(f"the pool does not set the slots of {name}: set slots beside slotsEnvVar to simulate it")
    alone = TaskQueue(name=queue.name, tasks=(Task(type=task.type, slots=task.slots),))
    return spec.model_copy(update={"task_queues": (alone,)})


def in_scenario(spec: TemporalWorkerPoolSpec, scenario: Scenario) -> Scenario:
    """The scenario with the workers of this pool, which polls one queue and sets its slots.

    Of several kinds of tasks it gets the first.
    """
    queue = spec.task_queues[0]
    objective = spec.objective.schedule_to_start_seconds
    return replace(
        scenario,
        task_queue=queue.name,
        task_type=queue.tasks[0].type,
        slots=queue.tasks[0].slots or scenario.slots,
        objective_seconds=scenario.objective_seconds if objective is None else objective,
        poll_seconds=spec.polling_interval_seconds,
        min_replicas=spec.min_replicas,
        max_replicas=spec.max_replicas,
        initial_replicas=spec.min_replicas,
        tasks=lambda random: [task for task in scenario.tasks(random) if not task.kind],
        beside=(),
    )


def pool_spec(scenario: Scenario) -> TemporalWorkerPoolSpec:
    """The pool with the objective of the scenario."""
    return TemporalWorkerPoolSpec.from_manifest(
        {
            "scaleTargetRef": {"name": "worker"},
            "connection": {"address": "temporal-frontend:7233"},
            "taskQueues": _task_queues(scenario),
            "minReplicas": scenario.min_replicas,
            "maxReplicas": scenario.max_replicas,
            "objective": {"scheduleToStartSeconds": scenario.objective_seconds},
            "pollingIntervalSeconds": max(5, round(scenario.poll_seconds)),
            **({} if scenario.min_replicas else {"scaleToZero": {"idleSeconds": scenario.idle_seconds}}),
        }
    )


def _task_queues(scenario: Scenario) -> list[dict[str, Any]]:
    """The kinds of tasks as a pool has them: each task queue once."""
    queues: dict[str, list[dict[str, Any]]] = {}
    for kind in scenario.kinds:
        queues.setdefault(kind.task_queue, []).append({"type": kind.task_type, "slots": kind.slots})
    return [{"name": name, "tasks": tasks} for name, tasks in queues.items()]
