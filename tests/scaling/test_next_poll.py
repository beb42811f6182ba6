"""When is polled again."""

from dataclasses import replace

import pytest

from controller.scaling.deadline.start_up import StartUp
from controller.scaling.decide import decide
from controller.scaling.memory import Memory, PastNeed, Recommendation
from controller.scaling.observation import Observation
from controller.scaling.server_times import FASTEST_POLL_SECONDS
from tests.scaling.builders import NOW, free_behavior, observation, pod, pods, queue, report, spec, statistics

LATEST = 60
POOL = spec(pollingIntervalSeconds=LATEST)
QUIET = observation(queue(0), replicas=2, pods=pods(2))
WAKING = observation(queue(20), replicas=0)
GROWING = observation(queue(100), replicas=2, pods=pods(2, used=10))
STARTING = observation(queue(10), replicas=3, pods=(*pods(2, used=5), pod(name="new", ready_since=None)))
FULL = observation(queue(10), replicas=20, pods=pods(20, used=10))
MARKING = replace(
    observation(queue(0, slots=1), replicas=2, pods=(pod(report(1), name="a"), pod(report(0), name="b"))),
    can_set_deletion_costs=True,
)


def seconds(seen: Observation, memory: Memory | None = None, **fields: object) -> float | None:
    """When is polled again, at `pollingIntervalSeconds` of a minute."""
    return decide(spec(pollingIntervalSeconds=LATEST, **fields), seen, memory or Memory(), NOW).next_poll_seconds


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(WAKING, FASTEST_POLL_SECONDS, id="it wakes"),
        pytest.param(GROWING, FASTEST_POLL_SECONDS, id="it grows"),
        pytest.param(STARTING, FASTEST_POLL_SECONDS, id="replicas start while tasks wait"),
        pytest.param(
            observation(queue(10), replicas=2, pods=pods(2, used=5)), LATEST, id="as many as 5 tasks per replica need"
        ),
        pytest.param(FULL, LATEST, id="tasks wait at maxReplicas, and all are ready"),
        pytest.param(replace(STARTING, creation_failure="exceeded quota: few"), LATEST, id="replicas do not come"),
        pytest.param(
            observation(queue(statistics(10, age_seconds=0)), replicas=2, pods=pods(2)),
            LATEST,
            id="a count without an age",
        ),
    ],
)
def test_a_pool_is_polled_at_the_server_s_pace_while_a_read_can_change_the_number(
    seen: Observation, expected: float
) -> None:
    """Else as often as the owner says, where there is no objective in seconds."""
    assert seconds(seen, minReplicas=min(seen.replicas, 3)) == expected


def test_a_pool_at_rest_is_polled_as_the_owner_says() -> None:
    """With as many replicas as it needs at least, and no objective in seconds."""
    assert seconds(QUIET, minReplicas=2) == LATEST


def test_a_pool_at_rest_is_polled_as_often_as_its_objective_needs() -> None:
    """Within 60 s: (54 - 12) / 3, and the owner's number is the upper end."""
    memory = Memory(start_up=StartUp(10.0, 0.0, 20))
    objective = {"scheduleToStartSeconds": 60}
    assert seconds(QUIET, memory, objective=objective, minReplicas=2) == pytest.approx(14)
    often = spec(pollingIntervalSeconds=6, objective=objective, minReplicas=2)
    assert decide(often, QUIET, memory, NOW).next_poll_seconds == 6


FALLS_BEHIND = statistics(400, age_seconds=10, dispatch_rate=1)


@pytest.mark.parametrize(
    ("most", "expected"),
    [(20, FASTEST_POLL_SECONDS), (2, 14)],
    ids=["more replicas may help", "there may be no more"],
)
def test_a_backlog_that_stands_before_full_slots_is_polled_for(most: int, expected: float) -> None:
    """27 tasks waited for full slots, the oldest for 25 s, and the pool was polled after 14 s."""
    memory = Memory(start_up=StartUp(10.0, 0.0, 20))
    seen = observation(queue(FALLS_BEHIND), replicas=2, pods=pods(2, used=10))
    polled = seconds(seen, memory, objective={"scheduleToStartSeconds": 60}, maxReplicas=most)
    assert polled == pytest.approx(expected)


def test_a_pool_without_replicas_is_polled_as_often_as_its_objective_needs() -> None:
    """D is 15 s: at the server's own pace, so that tasks start in time from zero on, too."""
    assert seconds(observation(queue(0)), objective={"scheduleToStartSeconds": 15}) == FASTEST_POLL_SECONDS


def test_surplus_replicas_that_wait_to_go_are_polled_for() -> None:
    """35 replicas stood idle for 27 s until the next poll."""
    memory = Memory(past_needs=(PastNeed(NOW - 3, 2, 0),), busy_at=NOW, start_up=StartUp(10.0, 0.0, 20))
    pool = {"objective": {"scheduleToStartSeconds": 60}}
    decision = decide(spec(pollingIntervalSeconds=LATEST, **pool), QUIET, memory, NOW)
    assert decision.desired_replicas == 2
    assert decision.next_poll_seconds == FASTEST_POLL_SECONDS


def test_a_pool_is_polled_soon_after_its_pods_were_marked() -> None:
    """How idle they are is known for seconds only."""
    pool = spec(pollingIntervalSeconds=LATEST, disruption="IdleOnly", behavior=free_behavior())
    decision = decide(pool, MARKING, Memory(recommendations=(Recommendation(NOW - 60, 1),)), NOW)
    assert decision.deletion_costs == {"b": -2}
    assert decision.next_poll_seconds == FASTEST_POLL_SECONDS


def test_the_owner_s_number_is_never_exceeded() -> None:
    """Also where it is shorter than the server's pace."""
    assert decide(spec(pollingIntervalSeconds=5), GROWING, Memory(), NOW).next_poll_seconds == 5
