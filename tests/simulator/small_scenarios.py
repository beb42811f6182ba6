"""Small scenarios of which one can say by hand what has to happen."""

from collections.abc import Sequence
from typing import Any

from controller.simulator.outcome import Outcome
from controller.simulator.policy import PolicyDecision, SimulatedObservation
from controller.simulator.scenario import Scenario
from controller.simulator.simulation import simulate
from controller.simulator.tasks import Task


def scenario(tasks: Sequence[Task], **changes: Any) -> Scenario:
    """A scenario of these tasks: one slot for each replica, which is ready at once unless `changes` says otherwise."""
    settings: dict[str, Any] = {"slots": 1, "objective_seconds": 10, "start_up_seconds": 1e-6, "tail_seconds": 100}
    return Scenario("small", "a small scenario", lambda _: list(tasks), **(settings | changes))


class Script:
    """A policy whose recommendations come one after the other, the last one for ever; keeps what it observed."""

    def __init__(self, *replicas: PolicyDecision | int | None, poll_seconds: float = 10) -> None:
        self.poll_seconds = poll_seconds
        self.seen: list[SimulatedObservation] = []
        self._recommendations = [
            each if isinstance(each, PolicyDecision) else PolicyDecision(each) for each in replicas
        ]

    def recommend(self, observation: SimulatedObservation, _now: float) -> PolicyDecision:
        """The next one of the script."""
        self.seen.append(observation)
        return self._recommendations[min(len(self.seen), len(self._recommendations)) - 1]


def play(played: Scenario, policy: Script) -> Outcome:
    """One run."""
    return simulate(played, policy, "script")
