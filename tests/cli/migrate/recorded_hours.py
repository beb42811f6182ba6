"""Recordings of simulated hours, of which the truth is known: a baseline scales, and the pool beside it recommends."""

from dataclasses import fields

from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.decide import decide
from controller.scaling.decision import Situation
from controller.scaling.memory import Memory
from controller.scaling.observation import Observation
from controller.scaling.recording import poll_line, start_line
from controller.simulator.outcome import Outcome
from controller.simulator.policy import Policy, PolicyDecision, SimulatedObservation
from controller.simulator.pool import pool_spec
from controller.simulator.scenario import Scenario
from controller.simulator.simulation import simulate

NOON = 1_796_040_000.0


class Beside:
    """Lets a policy scale, and records what a pool recommends at each of its polls."""

    def __init__(self, policy: Policy, spec: TemporalWorkerPoolSpec) -> None:
        self.poll_seconds = policy.poll_seconds
        self.lines = [start_line("prod/orders", spec, Memory())]
        self._policy, self._spec, self._memory = policy, spec, Memory()

    def recommend(self, observation: SimulatedObservation, now: float) -> PolicyDecision:
        """What the policy recommends; the pool changes nothing."""
        plain = Observation(**{field.name: getattr(observation, field.name) for field in fields(Observation)})
        decision = decide(self._spec, plain, self._memory, now)
        self.lines.append(poll_line(Situation(self._spec, plain, self._memory, now), decision, None))
        self._memory = decision.memory
        return self._policy.recommend(observation, now)


def hours_beside(scenario: Scenario, policy: Policy, **spec: object) -> tuple[Outcome, list[str]]:
    """The truth of a scenario under a policy, and the recording of the pool beside it."""
    manifest = pool_spec(scenario).to_manifest() | {"mode": "Recommend"} | spec
    beside = Beside(policy, TemporalWorkerPoolSpec.from_manifest(manifest))
    return simulate(scenario, beside, "there"), beside.lines
