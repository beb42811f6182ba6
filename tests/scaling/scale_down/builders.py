"""Pods of one slot each, and one poll of them."""

from dataclasses import replace
from typing import Any

from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.decide import decide
from controller.scaling.decision import Decision
from controller.scaling.memory import Memory, Recommendation
from controller.scaling.observation import PodObservation
from tests.scaling.builders import NOW, free_behavior, observation, pod, queue, report, spec, statistics

ONE_EACH = spec(
    taskQueues=[{"name": "orders", "tasks": [{"type": "Activity", "slots": 1}]}],
    behavior=free_behavior(),
    disruption="IdleOnly",
)
"""A pool with a slot per pod that goes to the number wanted at once."""

GRACEFUL = ONE_EACH.model_copy(
    update={
        "disruption": spec().disruption,
        "task_duration_seconds": spec(taskDurationSeconds={"typical": 10, "max": 20}).task_duration_seconds,
    }
)
"""The same, whose tasks fit into the grace period."""

LONG = ONE_EACH.model_copy(
    update={"task_duration_seconds": spec(taskDurationSeconds={"typical": 60}).task_duration_seconds}
)
"""Tasks take so long that a report holds for 15 s while tasks are dispatched."""

DISPATCHING = (queue(statistics(0, dispatch_rate=0.005), slots=2),)
"""So few tasks that hardly one has come since a report."""

SOME_TIME_AGO = Memory(busy_at=NOW, recommendations=(Recommendation(NOW - 60, 1),))


def worker(name: str, used: int = 0, *, cost: int = 0, age: float = 1, ready: bool = True) -> PodObservation:
    """A pod with one slot that reported lately."""
    seen = pod(report(used, slots=1, reported_at=NOW - age), name=name, ready_since=NOW - 3600 if ready else None)
    return replace(seen, deletion_cost=cost)


def polled(
    *pods: PodObservation, pool: TemporalWorkerPoolSpec = ONE_EACH, memory: Memory = SOME_TIME_AGO, **seen: Any
) -> Decision:
    """One pass over these pods, with nothing in the queue."""
    looked_at = replace(
        observation(queue(slots=1), replicas=len(pods), pods=pods), **{"can_set_deletion_costs": True} | seen
    )
    return decide(pool, looked_at, memory, NOW)
