"""Who decides: what the simulator asks of a law, and the law of this project behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.decide import decide
from controller.scaling.decision import Decision, Situation
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.observation import Observation
from controller.scaling.scale_down.grace import why_idle_only
from controller.simulator.world import World


class Victims(StrEnum):
    """Which pods may be asked to stop when replicas are lowered."""

    IDLE = "idle"
    """Starting pods first, then the least used, then the youngest."""
    IDLE_ONLY = "idle_only"
    """Only pods that report no slot in use: a task would not end within the grace period."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a law wants at one poll."""

    replicas: int | None
    """How many replicas; `None` leaves them as they are."""
    victims: Victims | None = None
    """Who goes first if that is fewer than there are; `None`: nobody tells the ReplicaSet which pods are busy."""
    reason: str = ""
    deletion_costs: Mapping[str, int] = field(default_factory=dict)
    """By pod, marks to be written; the order after this one finds them."""
    next_poll_seconds: float | None = None
    """When to poll again; `None`: after the law's `poll_seconds`."""


class Law(Protocol):
    """Decides from what can be seen. A law may remember; each run gets one of its own."""

    @property
    def poll_seconds(self) -> float:
        """How often it looks."""
        ...

    def order(self, observation: Observation, now: float) -> Order:
        """Says how many replicas there should be, at `now` seconds since the start of the world."""
        ...


class TemporalWorkerPools:
    """The law of this project: the very `decide` that the operator calls."""

    def __init__(self, spec: TemporalWorkerPoolSpec, poll_seconds: float, *, sets_pace: bool = True) -> None:
        """Decides for a pool.

        Args:
            spec: The pool.
            poll_seconds: Seconds between two polls where the decision does not say when the next one should be.
            sets_pace: Whether the decision may say so.
        """
        self.poll_seconds = poll_seconds
        self._sets_pace = sets_pace
        self._spec = spec
        self._memory = Memory()

    def order(self, observation: Observation, now: float) -> Order:
        """Decides, and remembers what the operator would."""
        decision = self.decide(observation, now)
        return Order(
            replicas=decision.desired_replicas,
            victims=self.victims(decision, observation, now),
            reason=decision.deciding_step.message,
            deletion_costs=decision.deletion_costs,
            next_poll_seconds=decision.next_poll_seconds if self._sets_pace else None,
        )

    def victims(self, decision: Decision, observation: Observation, now: float) -> Victims:
        """Which pods may go by a decision, where whatever removes them does not read deletion costs."""
        situation = Situation(self._spec, observation, decision.memory, now)
        return Victims.IDLE_ONLY if why_idle_only(situation, decision) else Victims.IDLE

    def decide(self, observation: Observation, now: float) -> Decision:
        """The whole decision, whose order counts as carried out."""
        decision = decide(self._spec, observation, self._memory, now)
        self._memory = decision.memory
        if decision.scales:
            step = decision.deciding_step
            action = ScaleAction(now, decision.current_replicas, decision.desired_replicas, step.reason, step.message)
            self._memory = self._memory.record(action)
        return decision


def pool_spec(world: World) -> TemporalWorkerPoolSpec:
    """The pool that asks for what the world is judged by."""
    return TemporalWorkerPoolSpec.from_manifest(
        {
            "scaleTargetRef": {"name": "worker"},
            "connection": {"address": "temporal-frontend:7233"},
            "taskQueues": _task_queues(world),
            "minReplicas": world.min_replicas,
            "maxReplicas": world.max_replicas,
            "objective": {"scheduleToStartSeconds": world.objective_seconds},
            "pollingIntervalSeconds": max(5, round(world.poll_seconds)),
            **({} if world.min_replicas else {"scaleToZero": {"idleSeconds": world.idle_seconds}}),
        }
    )


def _task_queues(world: World) -> list[dict[str, Any]]:
    """The kinds of tasks as a pool has them: each task queue once."""
    queues: dict[str, list[dict[str, Any]]] = {}
    for kind in world.kinds:
        queues.setdefault(kind.task_queue, []).append({"type": kind.task_type, "slots": kind.slots})
    return [{"name": name, "tasks": tasks} for name, tasks in queues.items()]
