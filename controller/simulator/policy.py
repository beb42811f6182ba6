"""Who decides in a scenario: what the simulator asks of a policy, and the policy of this project behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol, Self

from typing_extensions import override

from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.deadline.start_up import StartUp
from controller.scaling.decide import decide
from controller.scaling.decision import Decision, Situation
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.observation import Observation
from controller.scaling.scale_down.grace import why_idle_only
from controller.simulator.pool import pool_spec
from controller.simulator.scenario import Scenario


@dataclass(frozen=True, slots=True)
class SimulatedObservation(Observation):
    """What a policy sees at one poll."""

    mean_start_up_seconds: float | None = None
    """Mean time from a pod's node to its readiness, where the simulator gives it; `None`: learned from the pods."""


class Victims(StrEnum):
    """Which pods may be asked to stop when replicas are lowered and no deletion costs name them."""

    IDLE = "idle"
    """Starting pods first, then the least used, then the youngest."""
    IDLE_ONLY = "idle_only"
    """Only pods that report no slot in use: a task would not end within the grace period."""


@dataclass(frozen=True, slots=True)
class PolicyDecision:
    """What a policy asks for at one poll."""

    replicas: int | None
    """How many replicas; `None` leaves them as they are."""
    victims: Victims | None = None
    """Which pods go first if that is fewer than there are; `None`: those that became ready last."""
    reason: str = ""
    deletion_costs: Mapping[str, int] = field(default_factory=dict)
    """By pod; the next change of the replicas finds them written."""
    next_poll_seconds: float | None = None
    """When to poll again; `None`: after the policy's `poll_seconds`."""


class Policy(Protocol):
    """Decides from what a scaler can see. A policy may remember; each run gets one of its own."""

    @property
    def poll_seconds(self) -> float:
        """Seconds between two polls."""
        ...

    def recommend(self, observation: SimulatedObservation, now: float) -> PolicyDecision:
        """How many replicas there should be, `now` seconds after the start of the scenario."""
        ...


class TemporalWorkerPools:
    """The policy of this project: the very `decide` that the operator calls."""

    def __init__(self, spec: TemporalWorkerPoolSpec, poll_seconds: float, *, chooses_polls: bool = True) -> None:
        """Decides for a pool.

        Args:
            spec: The pool.
            poll_seconds: Seconds between two polls where the decision does not set the next one.
            chooses_polls: Whether the decision may set the time of the next poll.
        """
        self.poll_seconds = poll_seconds
        self._chooses_polls = chooses_polls
        self._spec = spec
        self._memory = Memory()

    @classmethod
    def of(cls, scenario: Scenario, poll_seconds: float | None = None) -> Self:
        """The policy with the objective of a scenario; with `poll_seconds` it polls at these even intervals."""
        if poll_seconds is None:
            return cls(pool_spec(scenario), scenario.poll_seconds)
        return cls(pool_spec(scenario), poll_seconds, chooses_polls=False)

    def recommend(self, observation: SimulatedObservation, now: float) -> PolicyDecision:
        """Decides, and remembers what the operator would."""
        decision = self.decide(observation, now)
        return PolicyDecision(
            replicas=decision.desired_replicas,
            victims=victims(self._spec, observation, decision, now),
            reason=decision.deciding_step.message,
            deletion_costs=decision.deletion_costs,
            next_poll_seconds=decision.next_poll_seconds if self._chooses_polls else None,
        )

    def decide(self, observation: SimulatedObservation, now: float) -> Decision:
        """The whole decision, whose replicas count as set."""
        decision = self.preview(observation, now)
        self._memory = decision.memory
        if decision.scales:
            step = decision.deciding_step
            action = ScaleAction(now, decision.current_replicas, decision.desired_replicas, step.reason, step.message)
            self._memory = self._memory.record(action)
        return decision

    def preview(self, observation: SimulatedObservation, now: float) -> Decision:
        """The same decision, of which nothing is remembered."""
        start_up = GivenStartUp.of(self._memory.start_up, observation.mean_start_up_seconds)
        return decide(self._spec, observation, replace(self._memory, start_up=start_up), now)


def victims(spec: TemporalWorkerPoolSpec, observation: Observation, decision: Decision, now: float) -> Victims:
    """Which pods may go, where the simulator removes them without deletion costs."""
    situation = Situation(spec, observation, decision.memory, now)
    return Victims.IDLE_ONLY if why_idle_only(situation, decision) else Victims.IDLE


@dataclass(frozen=True, slots=True)
class GivenStartUp(StartUp):
    """A start-up time that counts instead of the learned one where the simulator gives it."""

    given_seconds: float | None = None

    @classmethod
    def of(cls, learned: StartUp, given_seconds: float | None) -> Self:
        """What was learned, and the mean that is given now."""
        return cls(learned.mean_seconds, learned.node_seconds, learned.count, learned.seen, given_seconds)

    @property
    @override
    def cost_seconds(self) -> float:
        if self.given_seconds is None:
            return StartUp(self.mean_seconds, self.node_seconds, self.count).cost_seconds
        return StartUp(self.given_seconds, self.node_seconds, count=1).cost_seconds
