"""What a start costs, learned from the pods that become ready."""

from dataclasses import replace

import pytest

from controller.scaling.capacity import capacity_of
from controller.scaling.deadline.start_up import LONGEST_SECONDS, StartUp
from controller.scaling.observation import Obstacle, PodObservation
from tests.scaling.builders import observation


def started(ready_since: float, start: float, node: float = 0.0, name: str = "p") -> PodObservation:
    """A pod that took `start` seconds from its node to readiness, and `node` seconds to get one."""
    scheduled_at = ready_since - start
    return PodObservation(f"{name}-{ready_since}", scheduled_at - node, scheduled_at, ready_since)


def learned(*pods: PodObservation, before: StartUp | None = None) -> StartUp:
    """What is known after a look at these pods."""
    return (before or StartUp()).observe(observation(pods=pods))


def test_the_mean_of_what_was_seen_start_and_node_apart() -> None:
    """10, 20 and 60 s, after 3, 6 and 0 s without a node; in whatever order the pods are listed."""
    pods = (started(300, 60, 0), started(100, 10, 3), started(200, 20, 6))
    start_up = learned(*pods)
    assert (start_up.mean_seconds, start_up.node_seconds) == pytest.approx((30, 3))
    assert (start_up.count, start_up.until) == (3, 300)


def test_each_start_counts_once() -> None:
    """The second look has one that is new."""
    first = learned(started(100, 10))
    assert learned(started(100, 10), before=first) == first
    assert learned(started(100, 10), started(200, 30), before=first).mean_seconds == pytest.approx(20)


@pytest.mark.parametrize(
    ("pod", "counts"),
    [
        pytest.param(started(5000, LONGEST_SECONDS), True, id="a long start"),
        pytest.param(started(5000, LONGEST_SECONDS + 1), False, id="a pod that recovered"),
        pytest.param(started(5000, 10, LONGEST_SECONDS), True, id="a long wait for a node"),
        pytest.param(started(5000, 10, LONGEST_SECONDS + 1), False, id="a node that never came until then"),
        pytest.param(started(5000, -1), False, id="ready before it had a node: clocks differ"),
        pytest.param(started(5000, 0), True, id="at once"),
        pytest.param(started(5000, 0.5), True, id="nearly at once"),
    ],
)
def test_what_is_no_start_is_left_out_and_not_looked_at_again(pod: PodObservation, counts: bool) -> None:  # noqa: FBT001 - a table
    """Its readiness is remembered all the same."""
    before = StartUp(mean_seconds=20, node_seconds=1, count=3, until=50)
    after = learned(pod, before=before)
    assert after.until == 5000
    assert after.count == (4 if counts else 3)
    assert (after.mean_seconds == 20) == (not counts)


def test_a_start_whose_node_is_not_known_tells_no_mean() -> None:
    """It was seen, and counts towards believing what the observer measures."""
    after = learned(PodObservation("p", 0, None, 100), before=StartUp(20, 1, 3, 50))
    assert (after.mean_seconds, after.node_seconds, after.count, after.until) == (20, 1, 4, 100)


def test_a_measured_mean_counts_even_below_a_second() -> None:
    """1.2 times 0.5 s, before any start was seen."""
    assert StartUp().cost_seconds(0.5) == pytest.approx(0.6)


def test_a_pod_that_was_not_coming_teaches_nothing_when_it_comes() -> None:
    """What it took was the time until somebody mended the image, not a start; once it is gone it is forgotten."""
    became_ready = started(5000, 400, name="mended")
    obstacle = Obstacle("ImagePullBackOff", "no such host")
    stuck = observation(pods=(replace(became_ready, ready_since=None, obstacle=obstacle),))
    before = StartUp().observe(stuck, capacity_of(stuck, 600, 4900))
    assert before.hindered == {became_ready.name}
    after = learned(started(4000, 10), became_ready, before=before)
    assert (after.mean_seconds, after.count, after.until) == (10, 1, 5000)
    assert learned(before=after).hindered == frozenset()


def test_the_wait_for_a_node_within_the_deadline_is_learned_apart() -> None:
    """A cluster autoscaler took 120 s, and the start 20 s as ever."""
    came = started(5000, 20, node=120)
    obstacle = Obstacle("Unschedulable", "0/1 nodes are available", came.created_at)
    waiting = observation(pods=(replace(came, ready_since=None, scheduled_at=None, obstacle=obstacle),))
    before = StartUp().observe(waiting, capacity_of(waiting, 600, 4900))
    after = learned(came, before=before)
    assert (after.mean_seconds, after.node_seconds) == (20, 120)
