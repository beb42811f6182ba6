"""Which pods are not coming, and whether more would come."""

from dataclasses import replace

import pytest

from controller.scaling.capacity import EVERYTHING_COMES, capacity_of
from controller.scaling.observation import Obstacle, PodObservation
from tests.scaling.builders import NOW, observation, pod

DEADLINE_SECONDS = 600.0
NO_NODE = "0/3 nodes are available: 3 Insufficient cpu."
PULL = Obstacle("ImagePullBackOff", 'Back-off pulling image "registry.example/worker:7"')


def ready(name: str = "ready", created_at: float = NOW - 3600, replica_set: str = "worker-1") -> PodObservation:
    """A pod that takes tasks."""
    return replace(pod(name=name, ready_since=created_at + 20), created_at=created_at, replica_set=replica_set)


def hindered(
    obstacle: Obstacle, name: str = "hindered", created_at: float = NOW - 900, replica_set: str = "worker-1"
) -> PodObservation:
    """A pod that is not ready, with what is in its way."""
    starting = pod(name=name, ready_since=None)
    return replace(starting, created_at=created_at, replica_set=replica_set, obstacle=obstacle, is_stopped=True)


def unschedulable(seconds: float) -> Obstacle:
    """No node for some time."""
    return Obstacle("Unschedulable", NO_NODE, NOW - seconds)


def test_ready_pods_and_those_on_their_way_are_as_they_should_be() -> None:
    """Nothing is said where nothing is in the way."""
    seen = observation(replicas=2, pods=(ready(), pod(name="starting", ready_since=None)))
    assert capacity_of(seen, DEADLINE_SECONDS, NOW) == EVERYTHING_COMES


@pytest.mark.parametrize(("seconds", "comes"), [(0, True), (599, True), (600, False), (4000, False)])
def test_a_pod_without_a_node_is_coming_until_the_deadline(seconds: float, *, comes: bool) -> None:
    """A cluster autoscaler needs its time, and an unschedulable pod is how it is asked."""
    waits = hindered(unschedulable(seconds))
    capacity = capacity_of(observation(replicas=2, pods=(ready(), waits)), DEADLINE_SECONDS, NOW)
    assert capacity.is_coming(waits) is comes
    assert [each.pod for each in capacity.provisioning] == ([waits] if comes else [])
    assert [each.pod for each in capacity.blocked] == ([] if comes else [waits])
    assert (capacity.stops_growth, capacity.is_exhausted) == (not comes, not comes)


def test_an_obstacle_without_a_time_counts_from_the_creation_of_the_pod() -> None:
    """It can't be older."""
    waits = hindered(Obstacle("Unschedulable", NO_NODE), created_at=NOW - 599)
    assert capacity_of(observation(replicas=1, pods=(waits,)), DEADLINE_SECONDS, NOW).is_coming(waits)
    late = hindered(Obstacle("Unschedulable", NO_NODE), created_at=NOW - 600)
    assert not capacity_of(observation(replicas=1, pods=(late,)), DEADLINE_SECONDS, NOW).is_coming(late)


@pytest.mark.parametrize("reason", ["ImagePullBackOff", "ErrImagePull", "CrashLoopBackOff", "CreateContainerError"])
def test_a_container_that_does_not_start_is_not_coming_at_once(reason: str) -> None:
    """There is room for more pods, but they would not start either."""
    stuck = hindered(Obstacle(reason, "as the kubelet says"), created_at=NOW - 5)
    capacity = capacity_of(observation(replicas=2, pods=(ready(), stuck)), DEADLINE_SECONDS, NOW)
    assert not capacity.is_coming(stuck)
    assert (capacity.stops_growth, capacity.is_exhausted) == (True, False)


def test_a_quota_stops_growth() -> None:
    """The pods are not even there."""
    seen = replace(observation(replicas=3, pods=(ready(),)), creation_failure="exceeded quota: few")
    capacity = capacity_of(seen, DEADLINE_SECONDS, NOW)
    assert (capacity.stops_growth, capacity.is_exhausted, capacity.not_coming) == (True, True, ())


@pytest.mark.parametrize("ages", [(3600, 100), (100, 3600)])
def test_a_younger_pod_that_became_ready_sets_growth_free(ages: tuple[float, float]) -> None:
    """What is in one pod's way is then its own trouble; the pod itself still doesn't count."""
    stuck = hindered(PULL)
    first, last = (ready(f"ready-{age:g}", created_at=NOW - age) for age in ages)
    capacity = capacity_of(observation(replicas=3, pods=(first, stuck, last)), DEADLINE_SECONDS, NOW)
    assert [each.pod for each in capacity.not_coming] == [stuck]
    assert not capacity.stops_growth


def test_a_stuck_rollout_does_not_stop_growth_of_what_is_healthy() -> None:
    """The Deployment gives most new replicas to the ReplicaSet whose pods are ready."""
    seen = observation(replicas=2, pods=(ready(), hindered(PULL, replica_set="worker-2")))
    capacity = capacity_of(seen, DEADLINE_SECONDS, NOW)
    assert (len(capacity.not_coming), capacity.stops_growth) == (1, False)


def test_a_rollout_on_a_full_cluster_stops_growth() -> None:
    """Neither template gets a node."""
    old = hindered(unschedulable(700), "old", replica_set="worker-1")
    new = hindered(unschedulable(650), "new", replica_set="worker-2")
    capacity = capacity_of(observation(replicas=3, pods=(ready(), old, new)), DEADLINE_SECONDS, NOW)
    assert [each.pod.name for each in capacity.blocked] == ["old", "new"]


def test_a_pod_that_is_asked_to_stop_is_no_obstacle() -> None:
    """It goes anyway."""
    going = replace(hindered(PULL), terminating=True)
    assert capacity_of(observation(replicas=1, pods=(ready(), going)), DEADLINE_SECONDS, NOW) == EVERYTHING_COMES
