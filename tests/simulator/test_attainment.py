"""The estimate against the truth, which only a simulator knows: how long each task really waited."""

from statistics import fmean

import pytest

from controller.scaling.objective.attainment import Attainment
from controller.scaling.objective.started_tasks import Judged
from controller.simulator.policy import Policy, PolicyDecision, SimulatedObservation, TemporalWorkerPools
from controller.simulator.pool import pool_spec
from controller.simulator.scenario import Scenario
from controller.simulator.scenarios import SCENARIOS
from controller.simulator.simulation import simulate

SMOOTH = ("ramp", "rate-limited-told", "mixture", "overload", "real-ramp")
BURSTS = ("burst", "real-burst", "real-bursts", "real-on-off", "real-burst-hb60", "phantom-at-once")


class _Few:
    """A policy that always has 3 replicas: most tasks are late."""

    poll_seconds = 15.0

    def recommend(self, _observation: SimulatedObservation, _now: float) -> PolicyDecision:
        """Three."""
        return PolicyDecision(3)


class _Judge:
    """Judges what a policy sees, as the operator does."""

    def __init__(self, policy: Policy, scenario: Scenario) -> None:
        self.poll_seconds = policy.poll_seconds
        self.judged = Judged()
        self._policy, self._scenario = policy, scenario
        self._counts = TemporalWorkerPools(pool_spec(scenario), policy.poll_seconds)
        self._attainment = Attainment()

    def recommend(self, observation: SimulatedObservation, now: float) -> PolicyDecision:
        """Whatever the policy says."""
        queues = self._counts.decide(observation, now).memory.queues
        self._attainment, judged = self._attainment.observe(observation, queues, self._scenario.objective_seconds)
        self.judged = self.judged.plus(judged)
        return self._policy.recommend(observation, now)


def _error(name: str, policy: Policy) -> float:
    """By how much the estimated share is off, as a share of the tasks."""
    scenario = SCENARIOS[name]
    judge = _Judge(policy, scenario)
    outcome = simulate(scenario, judge, "judged")
    assert judge.judged.tasks == pytest.approx(len(outcome.waits), rel=0.15)
    return abs(judge.judged.in_time / judge.judged.tasks - outcome.share_within_objective)


def policies(name: str) -> list[Policy]:
    """The operator's own policy, and one with which most tasks are late."""
    scenario = SCENARIOS[name]
    return [TemporalWorkerPools(pool_spec(scenario), scenario.poll_seconds), _Few()]


@pytest.mark.parametrize("name", SMOOTH)
def test_the_share_of_a_steady_load_is_known_well(name: str) -> None:
    """Within 4 points, whether the objective is kept or most tasks are late."""
    assert all(_error(name, policy) <= 0.04 for policy in policies(name))


@pytest.mark.parametrize("name", BURSTS)
def test_the_share_of_bursts_is_known_roughly(name: str) -> None:
    """Within 20 points: all of a burst starts between two polls, and no poll shows when."""
    assert all(_error(name, policy) <= 0.2 for policy in policies(name))


def test_the_share_of_bursts_is_known_on_average() -> None:
    """Within 6 points."""
    assert fmean(_error(name, policy) for name in BURSTS for policy in policies(name)) <= 0.06
