"""How long a pool waits for its next look."""

from dataclasses import replace
from math import inf

import pytest

from controller.operator.pace import FASTEST_SECONDS, interval_seconds, retry_seconds, seconds_until
from controller.operator.scheduler import JITTER
from controller.scaling.decide import decide
from controller.scaling.memory import Memory, Recommendation
from controller.scaling.observation import Observation
from tests.scaling.builders import NOW, free_behavior, observation, pod, pods, queue, report, spec

QUIET = observation(queue(0), replicas=2, pods=pods(2))
WAKING = observation(queue(20), replicas=0)
GROWING = observation(queue(100), replicas=2, pods=pods(2, used=10))
STARTING = observation(queue(10), replicas=3, pods=(*pods(2, used=5), pod(name="new", ready_since=None)))
MARKING = replace(
    observation(queue(0, slots=1), replicas=2, pods=(pod(report(1), name="a"), pod(report(0), name="b"))),
    can_rank_pods=True,
)
STEADY = observation(queue(10), replicas=2, pods=pods(2, used=5))


@pytest.mark.parametrize(
    ("seen", "seconds"),
    [
        (QUIET, 60),
        (WAKING, FASTEST_SECONDS),
        (GROWING, FASTEST_SECONDS),
        (STARTING, FASTEST_SECONDS),
        (STEADY, 60),
        (replace(STARTING, task_queues=(queue(0),)), 60),
        (replace(STARTING, creation_failure="exceeded quota: few"), 60),
    ],
    ids=[
        "quiet",
        "waking",
        "growing",
        "replicas start while tasks wait",
        "steady",
        "replicas start, nothing waits",
        "replicas do not come",
    ],
)
def test_a_pool_is_looked_at_often_while_it_matters(seen: Observation, seconds: float) -> None:
    """The polling interval is the pace of the quiet."""
    decision = decide(spec(), seen, Memory(), NOW)
    assert interval_seconds(60, seen, decision) == seconds


def test_a_pool_is_looked_at_soon_after_its_pods_were_marked() -> None:
    """How idle they are is known for seconds only."""
    pool = spec(disruption="IdleOnly", behavior=free_behavior())
    decision = decide(pool, MARKING, Memory(recommendations=(Recommendation(NOW - 60, 1),)), NOW)
    assert decision.deletion_costs == {"b": -2}
    assert interval_seconds(60, MARKING, decision) == FASTEST_SECONDS


@pytest.mark.parametrize(
    ("interval", "pauses"),
    [(5, [5, 5, 5]), (15, [5, 10, 15, 15]), (60, [5, 10, 20, 40, 60, 60]), (3600, [5, 10, 20, 40, 60, 60])],
)
def test_after_trouble_a_pool_is_looked_at_no_later_than_when_all_is_well(interval: float, pauses: list[float]) -> None:
    """So a mend is noticed within one interval; of a pool that looks once an hour, within a minute."""
    assert [retry_seconds(passes, interval) for passes in range(len(pauses))] == pauses
    assert retry_seconds(10_000, interval) == min(interval, 60)


def test_a_moment_is_met_whatever_the_jitter() -> None:
    """The pause at its longest ends just then; a moment that is over, or none, asks for nothing."""
    assert seconds_until([NOW + 110, NOW + 55, NOW - 5], NOW) * (1 + JITTER) == pytest.approx(55)
    assert seconds_until([NOW + 0.1], NOW) == 1.0
    assert seconds_until([NOW], NOW) == seconds_until([], NOW) == inf
