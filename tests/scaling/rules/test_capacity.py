"""Which pods can't start, and that no replicas are added that could not start either."""

from dataclasses import replace

import pytest

from controller.scaling.decide import decide
from controller.scaling.decision import NOTHING_BLOCKED, Decision
from controller.scaling.memory import Memory
from controller.scaling.observation import Blocker, Observation, PodObservation
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.rules.capacity import capacity_of
from tests.scaling.builders import NOW, free_behavior, observation, pod, queue, spec

DEADLINE_SECONDS = 600.0
NO_NODE = "0/3 nodes are available: 3 Insufficient cpu."
PULL = Blocker("ImagePullBackOff", 'Back-off pulling image "registry.example/worker:7"')

NEEDED = 8
"""Of 40 waiting tasks with 5 per replica."""


def ready(name: str = "ready", created_at: float = NOW - 3600, replica_set: str = "worker-1") -> PodObservation:
    """A pod that takes tasks."""
    return replace(pod(name=name, ready_since=created_at + 20), created_at=created_at, replica_set=replica_set)


def blocked(
    blocker: Blocker, name: str = "blocked", created_at: float = NOW - 900, replica_set: str = "worker-1"
) -> PodObservation:
    """A pod that is not ready, with what is in its way."""
    starting = pod(name=name, ready_since=None)
    return replace(starting, created_at=created_at, replica_set=replica_set, blocker=blocker, is_stopped=True)


def unschedulable(seconds: float) -> Blocker:
    """No node for some time."""
    return Blocker("Unschedulable", NO_NODE, NOW - seconds)


def test_ready_and_starting_pods_are_not_blocked() -> None:
    """Nothing is said where nothing is in the way."""
    seen = observation(replicas=2, pods=(ready(), pod(name="starting", ready_since=None)))
    assert capacity_of(seen, DEADLINE_SECONDS, NOW) == NOTHING_BLOCKED


@pytest.mark.parametrize(("seconds", "starts"), [(0, True), (599, True), (600, False), (4000, False)])
def test_a_pod_without_a_node_counts_as_starting_until_the_deadline(seconds: float, *, starts: bool) -> None:
    """A cluster autoscaler needs its time, and an unschedulable pod is how it is asked."""
    waits = blocked(unschedulable(seconds))
    capacity = capacity_of(observation(replicas=2, pods=(ready(), waits)), DEADLINE_SECONDS, NOW)
    assert capacity.will_start(waits) is starts
    assert [each.pod for each in capacity.provisioning] == ([waits] if starts else [])
    assert [each.pod for each in capacity.next_ones_too] == ([] if starts else [waits])
    assert (capacity.stops_growth, capacity.is_exhausted) == (not starts, not starts)


def test_a_blocker_without_a_time_counts_from_the_creation_of_the_pod() -> None:
    """It can't be older."""
    waits = blocked(Blocker("Unschedulable", NO_NODE), created_at=NOW - 599)
    assert capacity_of(observation(replicas=1, pods=(waits,)), DEADLINE_SECONDS, NOW).will_start(waits)
    late = blocked(Blocker("Unschedulable", NO_NODE), created_at=NOW - 600)
    assert not capacity_of(observation(replicas=1, pods=(late,)), DEADLINE_SECONDS, NOW).will_start(late)


@pytest.mark.parametrize("reason", ["ImagePullBackOff", "ErrImagePull", "CrashLoopBackOff", "CreateContainerError"])
def test_a_container_that_does_not_start_blocks_its_pod_at_once(reason: str) -> None:
    """There is room for more pods, but they would not start either."""
    stuck = blocked(Blocker(reason, "as the kubelet says"), created_at=NOW - 5)
    capacity = capacity_of(observation(replicas=2, pods=(ready(), stuck)), DEADLINE_SECONDS, NOW)
    assert not capacity.will_start(stuck)
    assert (capacity.stops_growth, capacity.is_exhausted) == (True, False)


def test_a_quota_stops_growth() -> None:
    """The pods are not even there."""
    seen = replace(observation(replicas=3, pods=(ready(),)), creation_failure="exceeded quota: few")
    capacity = capacity_of(seen, DEADLINE_SECONDS, NOW)
    assert (capacity.stops_growth, capacity.is_exhausted, capacity.cannot_start) == (True, True, ())


@pytest.mark.parametrize("ages", [(3600, 100), (100, 3600)])
def test_a_younger_pod_that_became_ready_sets_growth_free(ages: tuple[float, float]) -> None:
    """What is in one pod's way is then its own trouble; the pod itself still doesn't count."""
    stuck = blocked(PULL)
    first, last = (ready(f"ready-{age:g}", created_at=NOW - age) for age in ages)
    capacity = capacity_of(observation(replicas=3, pods=(first, stuck, last)), DEADLINE_SECONDS, NOW)
    assert [each.pod for each in capacity.cannot_start] == [stuck]
    assert not capacity.stops_growth


def test_a_stuck_rollout_does_not_stop_growth_of_what_is_healthy() -> None:
    """The Deployment gives most new replicas to the ReplicaSet whose pods are ready."""
    seen = observation(replicas=2, pods=(ready(), blocked(PULL, replica_set="worker-2")))
    capacity = capacity_of(seen, DEADLINE_SECONDS, NOW)
    assert (len(capacity.cannot_start), capacity.stops_growth) == (1, False)


def test_a_rollout_on_a_full_cluster_stops_growth() -> None:
    """Neither template gets a node."""
    old = blocked(unschedulable(700), "old", replica_set="worker-1")
    new = blocked(unschedulable(650), "new", replica_set="worker-2")
    capacity = capacity_of(observation(replicas=3, pods=(ready(), old, new)), DEADLINE_SECONDS, NOW)
    assert [each.pod.name for each in capacity.next_ones_too] == ["old", "new"]


def test_a_pod_that_is_asked_to_stop_blocks_nothing() -> None:
    """It goes anyway."""
    going = replace(blocked(PULL), terminating=True)
    assert capacity_of(observation(replicas=1, pods=(ready(), going)), DEADLINE_SECONDS, NOW) == NOTHING_BLOCKED


def decided(seen: Observation, **fields: object) -> Decision:
    """The decision, which nothing but this rule holds back."""
    return decide(spec(behavior=free_behavior(), **fields), seen, Memory(), NOW)


def said(decision: Decision) -> tuple[StepReason, int, int]:
    """Reason, and the replicas before and after."""
    step = decision.step(Rule.CAPACITY)
    assert step is not None
    return step.reason, step.replicas_before, step.replicas_after


def full(blocker: Blocker, *, backlog: int = 40, replicas: int = 2) -> Observation:
    """One pod that is ready and one that is blocked."""
    return observation(queue(backlog), replicas=replicas, pods=(ready(), blocked(blocker)))


@pytest.mark.parametrize(
    ("blocker", "reason"),
    [
        pytest.param(unschedulable(700), StepReason.UNSCHEDULABLE, id="no node"),
        pytest.param(PULL, StepReason.CONTAINERS_NOT_STARTING, id="no image"),
    ],
)
def test_growth_stops_at_the_replicas_that_are_there(blocker: Blocker, reason: StepReason) -> None:
    """The capacity of the decision has the pod."""
    decision = decided(full(blocker))
    assert said(decision) == (reason, NEEDED, 2)
    assert decision.desired_replicas == 2
    assert [each.pod.name for each in decision.capacity.next_ones_too] == ["blocked"]


def test_growth_stops_at_a_quota() -> None:
    """Kubernetes' own words name the quota and its limit."""
    refused = 'pods "worker-x" is forbidden: exceeded quota: few, used: pods=1, limited: pods=1'
    decision = decided(replace(observation(queue(40), replicas=2, pods=(ready(),)), creation_failure=f"{refused}."))
    assert said(decision) == (StepReason.FAILED_CREATE, NEEDED, 2)
    assert refused in decision.explanation


def test_pods_that_may_still_get_a_node_do_not_stop_growth() -> None:
    """More of them tell the cluster autoscaler how much is needed."""
    decision = decided(full(unschedulable(599)))
    assert (decision.desired_replicas, decision.step(Rule.CAPACITY)) == (NEEDED, None)


def test_the_deadline_is_the_owner_s() -> None:
    """`provisioningDeadlineSeconds`."""
    assert decided(full(unschedulable(599)), provisioningDeadlineSeconds=300).desired_replicas == 2


def test_blocked_pods_hold_up_no_scale_down() -> None:
    """They are the first to go."""
    decision = decided(full(PULL, backlog=0, replicas=2), minReplicas=1)
    assert (decision.desired_replicas, decision.step(Rule.CAPACITY)) == (1, None)


def test_as_many_as_there_are_is_no_growth() -> None:
    """10 tasks for 2 replicas: nothing is held."""
    decision = decided(full(PULL, backlog=10))
    assert (decision.desired_replicas, decision.step(Rule.CAPACITY)) == (2, None)


def test_min_replicas_are_ordered_all_the_same() -> None:
    """What the owner asks for in so many words is not second-guessed."""
    assert decided(full(PULL), minReplicas=5).desired_replicas == 5


def test_many_pods_are_counted_and_the_first_are_named() -> None:
    """A message stays readable."""
    stuck = tuple(blocked(unschedulable(700 - i), f"worker-{i}") for i in range(5))
    message = decided(observation(queue(40), replicas=5, pods=stuck)).explanation
    assert message.startswith(
        "Not adding replicas (5 now, 8 recommended): 5 pods cannot start (worker-0, worker-1, worker-2 and 2 more). "
        f"Unschedulable for 700 s: {NO_NODE}"
    )


def test_a_pod_in_trouble_of_its_own_is_not_named() -> None:
    """A younger one became ready after it; what stops growth is in the other one's way."""
    own = blocked(PULL, "own-trouble", created_at=NOW - 4000)
    decision = decided(observation(queue(40), replicas=3, pods=(ready(), own, blocked(unschedulable(700)))))
    assert said(decision) == (StepReason.UNSCHEDULABLE, NEEDED, 3)
    assert [each.pod.name for each in decision.capacity.next_ones_too] == ["blocked"]
