"""The share by the workers' own histograms against the truth, which only a simulator knows."""

from bisect import bisect_right, insort
from collections import defaultdict
from dataclasses import replace

import pytest
from typing_extensions import override

from controller.api.status import ObjectiveSource
from controller.scaling.objective.attainment import Attainment
from controller.scaling.objective.started_tasks import NONE_STARTED, Judged, StartLatencies
from controller.scaling.observation import PodObservation
from controller.simulator.pod import Attempt, Pod, Slots
from controller.simulator.policy import Policy, PolicyDecision, SimulatedObservation, TemporalWorkerPools
from controller.simulator.pool import pool_spec
from controller.simulator.scenario import Scenario
from controller.simulator.scenarios import SCENARIOS
from controller.simulator.simulation import Simulation, draw_tasks
from tests.simulator.test_attainment import policies

SDK_BOUNDS = (0.1, 0.5, 1.0, 5.0, 10.0, 100.0, 1000.0)
"""Of the SDKs built on Core."""

NAMES = ("mixture", "real-ramp", "burst", "real-bursts", "real-on-off", "real-burst-hb60")
PHANTOM = "phantom-at-once"
"""A scenario in which the server counts tasks that are gone."""


class _Measured(Simulation):
    """A simulation whose workers serve how long each of their tasks waited, as pods with `podMetrics` do."""

    def __init__(self, scenario: Scenario, policy: Policy, bounds: tuple[float, ...]) -> None:
        super().__init__(scenario, policy, 0)
        self.bounds = bounds
        self.waits: dict[Slots, list[float]] = defaultdict(list)
        """Of the tasks that each has started, from the shortest on."""

    @override
    def _pod_observation(self, pod: Pod) -> PodObservation:
        if pod.began_at is None:
            return super()._pod_observation(pod)
        reports = (replace(pod._report_of(slots), start_latencies=self._latencies(slots)) for slots in pod.slots)
        return replace(super()._pod_observation(pod), slots=tuple(reports))

    def _latencies(self, slots: Slots) -> StartLatencies:
        waits = self.waits[slots]
        counts = tuple(float(bisect_right(waits, bound)) for bound in self.bounds)
        return StartLatencies(self.bounds, counts, float(len(waits))) if waits else NONE_STARTED


class _Judge:
    """Judges what a policy sees, as the operator does."""

    def __init__(self, policy: Policy, scenario: Scenario) -> None:
        self.poll_seconds = policy.poll_seconds
        self.judged, self.attainment = Judged(), Attainment()
        self._policy, self._scenario = policy, scenario
        self._counts = TemporalWorkerPools(pool_spec(scenario), policy.poll_seconds)

    def recommend(self, observation: SimulatedObservation, now: float) -> PolicyDecision:
        """Whatever the policy says."""
        queues = self._counts.decide(observation, now).memory.queues
        self.attainment, judged = self.attainment.observe(observation, queues, self._scenario.objective_seconds)
        self.judged = self.judged.plus(judged)
        return self._policy.recommend(observation, now)


def _error(name: str, policy: Policy, bounds: tuple[float, ...], monkeypatch: pytest.MonkeyPatch) -> float:
    """By how much the estimated share is off, as a share of the tasks."""
    scenario = SCENARIOS[name]
    judge = _Judge(policy, scenario)
    simulation = _Measured(scenario, judge, bounds)
    start = Slots.start

    def measure(slots: Slots, attempt: Attempt) -> None:
        insort(simulation.waits[slots], simulation._clock.now - attempt.scheduled_at)
        start(slots, attempt)

    monkeypatch.setattr(Slots, "start", measure)
    outcome = simulation.run("measured", draw_tasks(scenario, 0))
    monkeypatch.undo()
    assert judge.attainment.source == ObjectiveSource.SDK_LATENCY
    assert judge.judged.tasks == pytest.approx(len(outcome.waits), rel=0.06)
    return abs(judge.judged.in_time / judge.judged.tasks - outcome.share_within_objective)


@pytest.mark.parametrize(("name", "points"), [*((name, 0.02) for name in NAMES), (PHANTOM, 0.05)])
def test_the_share_is_exact_where_the_objective_is_a_bound(
    name: str, points: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within 2 points, of bursts too; tasks that the server only believes to wait still count as late."""
    bounds = (1.0, SCENARIOS[name].objective_seconds, 200.0)
    assert all(_error(name, policy, bounds, monkeypatch) <= points for policy in policies(name))


@pytest.mark.parametrize("name", [*NAMES, PHANTOM])
def test_the_share_is_known_well_by_the_buckets_that_the_sdks_have(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within 7 points, although waits of 10 to 100 s are in one bucket."""
    assert all(_error(name, policy, SDK_BOUNDS, monkeypatch) <= 0.07 for policy in policies(name))
