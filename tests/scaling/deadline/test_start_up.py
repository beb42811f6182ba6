"""What a start costs, learned from the pods of scale-ups, and when a pod that starts will be ready."""

from dataclasses import replace

import pytest

from controller.scaling.deadline.start_up import LONGEST_START_SECONDS, REMEMBERED, StartUp, Terms, seconds_until_ready
from controller.scaling.observation import Blocker, PodObservation
from controller.scaling.server_times import FASTEST_POLL_SECONDS
from tests.scaling.builders import NOW, observation, pod

NOTHING_THERE = StartUp(seen=frozenset())
"""A pool without pods that was polled before."""


def started(ready_since: float, start: float, node: float = 0.0, name: str = "p") -> PodObservation:
    """A pod that took `start` seconds from its node to readiness, and `node` seconds to get one."""
    scheduled_at = ready_since - start
    return PodObservation(f"{name}-{ready_since}", scheduled_at - node, scheduled_at, ready_since)


def learned(*pods: PodObservation, before: StartUp = NOTHING_THERE) -> StartUp:
    """What is known after a poll with these pods, each of which a scale-up created."""
    return before.observe(observation(pods=pods), [pod.created_at for pod in pods])


def test_a_start_costs_ten_seconds_until_one_was_measured() -> None:
    """An assumption."""
    assert StartUp().cost_seconds == 10
    assert StartUp(mean_seconds=4).cost_seconds == 10


def test_the_first_start_that_was_measured_counts() -> None:
    """With a margin; the assumption is over."""
    after = learned(started(100, 20))
    assert (after.mean_seconds, after.count) == (20, 1)
    assert after.cost_seconds == pytest.approx(24)


def test_the_mean_of_what_was_seen_start_and_node_apart() -> None:
    """10, 20 and 60 s, after 3, 6 and 0 s without a node; in whatever order the pods are listed."""
    start_up = learned(started(300, 60, 0), started(100, 10, 3), started(200, 20, 6))
    assert (start_up.mean_seconds, start_up.node_seconds, start_up.count) == pytest.approx((30, 3, 3))


def test_each_start_counts_once() -> None:
    """The second poll has one that is new."""
    first = learned(started(100, 10))
    assert learned(started(100, 10), before=first) == first
    assert learned(started(100, 10), started(200, 30), before=first).mean_seconds == pytest.approx(20)


def test_after_twenty_starts_the_mean_moves_by_a_twentieth() -> None:
    """It follows a change, and not every single start."""
    before = StartUp(mean_seconds=40, count=REMEMBERED, seen=frozenset())
    assert before.cost_seconds == pytest.approx(48)
    assert learned(started(100, 20), before=before).mean_seconds == pytest.approx(39)


@pytest.mark.parametrize(
    ("ordered_at", "counts"),
    [
        pytest.param((), False, id="no scale-up: it replaces another"),
        pytest.param((81.0,), True, id="created in the second of the scale-up: its time is rounded down"),
        pytest.param((81.1,), False, id="created before the scale-up"),
        pytest.param((50.0,), True, id="created 30 s after it"),
        pytest.param((49.9,), False, id="later than that"),
        pytest.param((0.0, 75.0), True, id="one of several scale-ups"),
    ],
)
def test_only_a_pod_of_a_scale_up_shows_a_start(ordered_at: tuple[float, ...], counts: bool) -> None:  # noqa: FBT001 - a row
    """It was created at 80 s; a pod of a rollout, an eviction or a node that went says something else."""
    after = NOTHING_THERE.observe(observation(pods=(started(100, 20),)), ordered_at)
    assert after.count == (1 if counts else 0)


def test_a_readiness_that_comes_back_is_no_start() -> None:
    """A probe failed for three minutes: the pod is ready since 280 s, and was created by a scale-up of long ago."""
    ready = PodObservation("p", 80, 80, 100)
    first = NOTHING_THERE.observe(observation(pods=(ready,)), [80.0])
    gone = first.observe(observation(pods=(replace(ready, ready_since=None),)), [80.0])
    assert gone.observe(observation(pods=(replace(ready, ready_since=280),)), [80.0]) == first


@pytest.mark.parametrize("ready_since", [None, 300.0], ids=["it starts or lost its readiness", "it is ready"])
def test_pods_that_were_there_at_the_first_poll_show_no_start(ready_since: float | None) -> None:
    """After a restart of the operator a readiness may be one that came back: 4 s became 158 s."""
    there = PodObservation("p", 80, 80, ready_since)
    first = StartUp(mean_seconds=4, count=3).observe(observation(pods=(there,)), [80.0])
    later = first.observe(observation(pods=(replace(there, ready_since=310),)), [80.0])
    assert (later.mean_seconds, later.count) == (4, 3)


def test_pods_that_are_gone_are_forgotten() -> None:
    """The memory is bounded by the pods that are there."""
    assert learned(started(100, 10)).seen == frozenset({"p-100"})
    assert learned(before=learned(started(100, 10))).seen == frozenset()


def test_a_pod_that_starts_teaches_nothing_yet() -> None:
    """Nor is it known: it teaches when it is ready."""
    starting = PodObservation("p", 80, 80)
    assert learned(starting) == NOTHING_THERE
    assert learned(replace(starting, ready_since=90), before=learned(starting)).mean_seconds == 10


@pytest.mark.parametrize(
    ("pod", "counts"),
    [
        pytest.param(started(5000, LONGEST_START_SECONDS), True, id="a long start"),
        pytest.param(started(5000, LONGEST_START_SECONDS + 1), False, id="a pod that recovered"),
        pytest.param(started(5000, 10, LONGEST_START_SECONDS), True, id="a long wait for a node"),
        pytest.param(started(5000, 10, LONGEST_START_SECONDS + 1), False, id="a node that never came until then"),
        pytest.param(started(5000, -1), False, id="ready before it had a node: clocks differ"),
        pytest.param(started(5000, 0), True, id="at once"),
        pytest.param(replace(started(5000, 10), scheduled_at=None), False, id="its node is not known"),
        pytest.param(replace(started(5000, 10), terminating=True), False, id="it was asked to stop"),
    ],
)
def test_what_is_no_start_is_left_out_and_not_looked_at_again(pod: PodObservation, counts: bool) -> None:  # noqa: FBT001 - a row
    """Its readiness is remembered all the same."""
    before = StartUp(mean_seconds=20, node_seconds=1, count=3, seen=frozenset())
    after = learned(pod, before=before)
    assert after.seen == frozenset({"p-5000"})
    assert after.count == (4 if counts else 3)
    assert (after.mean_seconds == 20) == (not counts)


def test_readiness_is_in_whole_seconds_so_no_start_takes_less_than_one() -> None:
    """A mean of 0 s is a start within the second in which the pod got its node."""
    assert learned(started(100, 0)).cost_seconds == pytest.approx(1.2)


def test_the_wait_for_a_node_adds_to_the_cost_without_a_margin() -> None:
    """A cluster autoscaler brings a node in a minute."""
    assert StartUp(mean_seconds=20, node_seconds=60, count=20).cost_seconds == pytest.approx(84)


def test_a_pod_that_could_not_start_teaches_nothing_once_it_starts() -> None:
    """What it took was the time until the image was fixed, not a start; once it is gone it is forgotten."""
    became_ready = started(5000, 400, name="fixed")
    blocker = Blocker("ImagePullBackOff", "no such host")
    stuck = observation(pods=(replace(became_ready, ready_since=None, blocker=blocker),))
    before = NOTHING_THERE.observe(stuck, [became_ready.created_at], {became_ready.name})
    assert before.seen == frozenset({became_ready.name})
    after = learned(started(4000, 10), became_ready, before=before)
    assert (after.mean_seconds, after.count) == (10, 1)


def test_the_wait_for_a_node_within_the_deadline_is_learned_apart() -> None:
    """A cluster autoscaler took 120 s, and the start 20 s as ever."""
    came = started(5000, 20, node=120)
    blocker = Blocker("Unschedulable", "0/1 nodes are available", came.created_at)
    waiting = observation(pods=(replace(came, ready_since=None, scheduled_at=None, blocker=blocker),))
    before = NOTHING_THERE.observe(waiting, [came.created_at])
    after = learned(came, before=before)
    assert (after.mean_seconds, after.node_seconds) == (20, 120)


def test_a_pod_that_became_ready_between_two_polls_shows_a_start_all_the_same() -> None:
    """It was not there at the last one; an hour-old one of an earlier scale-up was."""
    old = pod(name="old")
    first = StartUp().observe(observation(pods=(old,)), [old.created_at])
    new = PodObservation("new", NOW + 1, NOW + 1, NOW + 5)
    after = first.observe(observation(pods=(old, new)), [old.created_at, NOW + 1])
    assert (after.mean_seconds, after.count) == (4, 1)


@pytest.mark.parametrize(
    ("created", "scheduled", "left"),
    [
        pytest.param(0, None, 100, id="just requested"),
        pytest.param(30, None, 70, id="waits for its node"),
        pytest.param(40, None, 60, id="is about to get its node"),
        pytest.param(70, None, 90, id="its node is 30 s late: in 30 s"),
        pytest.param(50, 0, 60, id="just got its node"),
        pytest.param(50, 45, 15, id="starts"),
        pytest.param(99, 60, 0, id="is about to be ready"),
        pytest.param(99, 80, 20, id="is 20 s late: in 20 s"),
    ],
)
def test_a_pod_is_expected_when_it_has_taken_as_long_as_others(
    created: float, scheduled: float | None, left: float
) -> None:
    """A start takes 100 s, 40 of them for a node: the wait for it and the start each take their own time."""
    pod = PodObservation("worker-0", NOW - created, None if scheduled is None else NOW - scheduled)
    assert seconds_until_ready(pod, 100, 40, NOW) == left


TERMS = Terms(objective_seconds=60, start_up_seconds=24, prior_seconds=5, next_poll_seconds=5)


def test_a_tenth_of_the_objective_is_for_what_was_not_foreseen() -> None:
    """90 % of it is planned with."""
    assert TERMS.deadline_seconds == 54


def test_the_reaction_time_is_a_start_and_a_poll() -> None:
    """Until what happens now is read, requested and ready."""
    assert TERMS.reaction_seconds == 29


def test_an_order_that_is_ready_just_when_a_task_should_start_is_in_time() -> None:
    """A second later it is late."""
    assert not replace(TERMS, objective_seconds=29).starts_are_late
    assert replace(TERMS, objective_seconds=28).starts_are_late


@pytest.mark.parametrize(
    ("objective", "start_up", "seconds"),
    [
        pytest.param(60, 24, 10, id="a third of the 30 s in which a new replica can help"),
        pytest.param(15, 5, FASTEST_POLL_SECONDS, id="no more often than the server has news"),
        pytest.param(15, 60, FASTEST_POLL_SECONDS, id="however late new replicas are"),
        pytest.param(600, 10, 530 / 3, id="seldom where there is time"),
    ],
)
def test_at_rest_a_pool_is_polled_so_often_that_what_arrives_can_be_served_in_time(
    objective: float, start_up: float, seconds: float
) -> None:
    """By the objective and by what a start takes."""
    terms = replace(TERMS, objective_seconds=objective, start_up_seconds=start_up)
    assert terms.idle_poll_seconds == pytest.approx(seconds)
