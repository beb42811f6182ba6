"""No more replicas are piled up where they would not come."""

from dataclasses import replace

import pytest

from controller.scaling.decide import decide
from controller.scaling.decision import Decision, Step
from controller.scaling.memory import Memory
from controller.scaling.observation import Observation, Obstacle
from controller.scaling.reasons import Rule, StepReason
from tests.scaling.builders import NOW, free_behavior, observation, queue, spec
from tests.scaling.test_capacity import NO_NODE, PULL, hindered, ready, unschedulable

WANTED = 8
"""Of 40 waiting tasks with 5 per replica."""


def decided(seen: Observation, **fields: object) -> Decision:
    """The decision, which nothing but the rule holds back."""
    return decide(spec(behavior=free_behavior(), **fields), seen, Memory(), NOW)


def full(obstacle: Obstacle, *, backlog: int = 40, replicas: int = 2) -> Observation:
    """One pod that is ready and one that is hindered."""
    return observation(queue(backlog), replicas=replicas, pods=(ready(), hindered(obstacle)))


@pytest.mark.parametrize(
    ("obstacle", "reason", "why"),
    [
        pytest.param(
            unschedulable(700),
            StepReason.UNSCHEDULABLE,
            "1 pod is not coming (hindered), Unschedulable for 700 s: 0/3 nodes are available: 3 Insufficient cpu.",
            id="no node",
        ),
        pytest.param(
            PULL,
            StepReason.CONTAINERS_NOT_STARTING,
            '1 pod is not coming (hindered), ImagePullBackOff: Back-off pulling image "registry.example/worker:7".',
            id="no image",
        ),
    ],
)
def test_growth_stops_at_what_was_ordered(obstacle: Obstacle, reason: StepReason, why: str) -> None:
    """The step says which pods, and why."""
    decision = decided(full(obstacle))
    message = f"{WANTED} replicas are wanted, but no order goes beyond 2: {why}"
    assert decision.step(Rule.CAPACITY) == Step(Rule.CAPACITY, reason, message, WANTED, 2)
    assert decision.desired_replicas == 2
    assert [each.pod.name for each in decision.capacity.blocked] == ["hindered"]


def test_growth_stops_at_a_quota() -> None:
    """Kubernetes' own words name the quota and its limit."""
    refused = 'pods "worker-x" is forbidden: exceeded quota: few, used: pods=1, limited: pods=1'
    decision = decided(replace(observation(queue(40), replicas=2, pods=(ready(),)), creation_failure=f"{refused}."))
    message = f"{WANTED} replicas are wanted, but no order goes beyond 2: pods can't be created: {refused}."
    assert decision.step(Rule.CAPACITY) == Step(Rule.CAPACITY, StepReason.FAILED_CREATE, message, WANTED, 2)


def test_pods_that_may_still_get_a_node_do_not_stop_growth() -> None:
    """More of them tell the cluster autoscaler how much is needed."""
    decision = decided(full(unschedulable(599)))
    assert (decision.desired_replicas, decision.step(Rule.CAPACITY)) == (WANTED, None)


def test_the_deadline_is_the_owner_s() -> None:
    """`provisioningDeadlineSeconds`."""
    assert decided(full(unschedulable(599)), provisioningDeadlineSeconds=300).desired_replicas == 2


def test_pods_that_do_not_come_hold_up_no_scale_down() -> None:
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
    stuck = tuple(hindered(unschedulable(700 - i), f"worker-{i}") for i in range(5))
    decision = decided(observation(queue(40), replicas=5, pods=stuck))
    step = decision.step(Rule.CAPACITY)
    assert step is not None
    named = "5 pods are not coming (worker-0, worker-1, worker-2, …), Unschedulable for 700 s"
    assert step.message == f"{WANTED} replicas are wanted, but no order goes beyond 5: {named}: {NO_NODE}"


def test_a_pod_in_trouble_of_its_own_is_not_named() -> None:
    """A younger one became ready after it; what keeps growth from coming is the other one's obstacle."""
    own = hindered(PULL, "own-trouble", created_at=NOW - 4000)
    decision = decided(observation(queue(40), replicas=3, pods=(ready(), own, hindered(unschedulable(700)))))
    step = decision.step(Rule.CAPACITY)
    assert step is not None
    assert "1 pod is not coming (hindered), Unschedulable for 700 s" in step.message
