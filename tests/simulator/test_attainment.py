"""The estimate against the truth, which only a simulator knows: how long each task really waited."""

from statistics import fmean

import pytest

from controller.scaling.objective.attainment import Attainment
from controller.scaling.objective.started_tasks import Judged
from controller.scaling.observation import Observation
from controller.simulator.laws import Law, Order, TemporalWorkerPools, pool_spec
from controller.simulator.simulation import simulate
from controller.simulator.world import World
from controller.simulator.worlds import WORLDS

SMOOTH = ("ramp", "rate-limited-told", "mixture", "overload", "real-ramp")
BURSTS = ("burst", "real-burst", "real-bursts", "real-on-off", "real-burst-hb60", "phantom-at-once")


class _Few:
    """A policy that always has 3 replicas: most tasks are late."""

    poll_seconds = 15.0

    def order(self, _observation: Observation, _now: float) -> Order:
        """Three."""
        return Order(3)


class _Judge:
    """Judges what a policy sees, as the operator does."""

    def __init__(self, law: Law, world: World) -> None:
        self.poll_seconds = law.poll_seconds
        self.judged = Judged()
        self._law, self._world = law, world
        self._counts = TemporalWorkerPools(pool_spec(world), law.poll_seconds)
        self._attainment = Attainment()

    def order(self, observation: Observation, now: float) -> Order:
        """Whatever the policy says."""
        queues = self._counts.decide(observation, now).memory.queues
        self._attainment, judged = self._attainment.observe(observation, queues, self._world.objective_seconds)
        self.judged = self.judged.plus(judged)
        return self._law.order(observation, now)


def _error(name: str, law: Law) -> float:
    """By how much the estimated share is off, as a share of the tasks."""
    world = WORLDS[name]
    judge = _Judge(law, world)
    outcome = simulate(world, judge, "judged")
    assert judge.judged.tasks == pytest.approx(len(outcome.waits), rel=0.15)
    return abs(judge.judged.in_time / judge.judged.tasks - outcome.share_within_objective)


def laws(name: str) -> list[Law]:
    """The operator's own policy, and one with which most tasks are late."""
    world = WORLDS[name]
    return [TemporalWorkerPools(pool_spec(world), world.poll_seconds), _Few()]


@pytest.mark.parametrize("name", SMOOTH)
def test_the_share_of_a_steady_load_is_known_well(name: str) -> None:
    """Within 4 points, whether the objective is kept or most tasks are late."""
    assert all(_error(name, law) <= 0.04 for law in laws(name))


@pytest.mark.parametrize("name", BURSTS)
def test_the_share_of_bursts_is_known_roughly(name: str) -> None:
    """Within 20 points: all of a burst starts between two polls, and nobody saw when."""
    assert all(_error(name, law) <= 0.2 for law in laws(name))


def test_the_share_of_bursts_is_known_on_average() -> None:
    """Within 6 points."""
    assert fmean(_error(name, law) for name in BURSTS for law in laws(name)) <= 0.06
