"""The simulator against the one queue whose waits are known exactly: Poisson arrivals, exponential service, c slots."""

from functools import cache
from math import exp, factorial
from random import Random

import pytest

from controller.simulator.baselines import Constant
from controller.simulator.outcome import Outcome
from controller.simulator.scenario import Scenario
from controller.simulator.simulation import simulate
from controller.simulator.tasks import Task, exponential, poisson, served

SECONDS = 60_000
CASES = [
    pytest.param(8.0, 10, 1, id="ten pods of one slot, 80 % busy"),
    pytest.param(8.0, 1, 10, id="one pod of ten slots, 80 % busy"),
    pytest.param(3.0, 2, 2, id="two pods of two slots, 75 % busy"),
]


def erlang_c(load: float, servers: int) -> float:
    """Probability that an arrival has to wait (Erlang, 1917); load is arrival rate times mean service time."""
    last = load**servers / factorial(servers) * servers / (servers - load)
    return last / (sum(load**k / factorial(k) for k in range(servers)) + last)


@cache
def run(rate: float, replicas: int, slots: int) -> Outcome:
    """A long run with service times of 1 s in the mean."""

    def tasks(random: Random) -> list[Task]:
        return served(random, poisson(random, lambda _: rate, SECONDS, rate), exponential(1))

    scenario = Scenario("erlang", "M/M/c", tasks, slots, 1, 20, initial_replicas=replicas)
    return simulate(scenario, Constant(replicas), "constant")


@pytest.mark.parametrize(("rate", "replicas", "slots"), CASES)
def test_the_share_of_tasks_that_wait_is_erlangs(rate: float, replicas: int, slots: int) -> None:
    """Erlang's C formula gives the probability of waiting."""
    waits = run(rate, replicas, slots).waits
    waited = sum(wait > 0 for wait in waits) / len(waits)
    assert waited == pytest.approx(erlang_c(rate, replicas * slots), rel=0.05)


@pytest.mark.parametrize(("rate", "replicas", "slots"), CASES)
def test_the_waits_of_those_that_wait_are_exponential(rate: float, replicas: int, slots: int) -> None:
    """P(wait > t) = C exp(-(c - load) t), for a t at which a tenth of those that wait still do."""
    waits = run(rate, replicas, slots).waits
    spare = replicas * slots - rate
    time = 2.3 / spare
    longer = sum(wait > time for wait in waits) / len(waits)
    assert longer == pytest.approx(erlang_c(rate, replicas * slots) * exp(-spare * time), rel=0.1)
