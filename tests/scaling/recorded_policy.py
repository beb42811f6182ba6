"""Recordings of simulated pools, made as the operator makes them."""

from dataclasses import fields
from functools import cache

from typing_extensions import override

from controller.scaling.decide import decide
from controller.scaling.decision import Decision, Situation
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.observation import Observation
from controller.scaling.recording import poll_line, start_line
from controller.simulator.policy import TemporalWorkerPools
from controller.simulator.pool import pool_spec
from controller.simulator.scenario import Scenario
from controller.simulator.scenarios import SCENARIOS
from controller.simulator.simulation import simulate


class RecordedPolicy(TemporalWorkerPools):
    """The policy of this project, and what the operator would record of it."""

    def __init__(self, scenario: Scenario) -> None:
        """Decides for the pool of this scenario."""
        super().__init__(pool_spec(scenario), scenario.poll_seconds)
        self.lines: list[str] = []
        self._own_memory = Memory()

    @override
    def decide(self, observation: Observation, now: float) -> Decision:
        if not self.lines:
            self.lines.append(start_line("prod/orders", self._spec, self._own_memory))
        seen = Observation(**{each.name: getattr(observation, each.name) for each in fields(Observation)})
        situation = Situation(self._spec, seen, self._own_memory, now)
        decision = decide(self._spec, seen, self._own_memory, now)
        self._own_memory, action = decision.memory, None
        if decision.scales:
            step = decision.deciding_step
            action = ScaleAction(now, decision.current_replicas, decision.desired_replicas, step.reason, step.message)
            self._own_memory = self._own_memory.record(action)
        self.lines.append(poll_line(situation, decision, action))
        return decision


@cache
def recorded(name: str) -> tuple[str, ...]:
    """The lines of a scenario's recording."""
    scenario = SCENARIOS[name]
    policy = RecordedPolicy(scenario)
    simulate(scenario, policy, "recorded")
    return tuple(policy.lines)
