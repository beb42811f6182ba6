"""Capacity that is not there, by the real scheduler and quota: waited for, reported, not piled up, and back again."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client

from localcluster.operator_process import OperatorProcess
from tests.localcluster.workloads import web_container
from tests.support.cluster import wait_for
from tests.system.operators import wait_for_passes
from tests.system.place import PATIENCE_SECONDS, Object, Place
from tests.system.workloads import deployment, pool

QUEUE = "orders"
DEADLINE_SECONDS = 15


def workflow_pool(place: Place, **spec: Any) -> Object:
    """A pool of one to eight replicas on a queue of workflows without workers: 5 waiting ones for each replica."""
    tasks = [{"name": QUEUE, "tasks": [{"type": "Workflow", "slots": 5}]}]
    return pool(place, taskQueues=tasks, **{"minReplicas": 1, "maxReplicas": 8, **spec})


def template(pods: Object, **container: Any) -> Object:
    """A Deployment with other fields of its container."""
    pods["spec"]["template"]["spec"]["containers"][0] |= container
    return pods


def let_wait(place: Place, count: int) -> None:
    """Start workflows that no worker will run."""

    async def start() -> None:
        client = await Client.connect(place.cluster.temporal_address, namespace=place.temporal_namespace)
        await asyncio.gather(*(client.start_workflow("Any", id=str(uuid4()), task_queue=QUEUE) for _ in range(count)))

    asyncio.run(start())


def wait_for_ordered(place: Place, replicas: int) -> None:
    """Wait until a Deployment is requested to have so many replicas."""
    wait_for(lambda: place.replicas(QUEUE) == replicas, PATIENCE_SECONDS, f"{replicas} replicas to be requested")


def assert_held(place: Place, operator: OperatorProcess, replicas: int, reason: str) -> None:
    """Nothing is piled up over some passes, and the decision says why."""
    for _ in range(2):
        wait_for_passes(operator, 1)
        assert place.replicas(QUEUE) == replicas
    step = next(step for step in place.status(QUEUE)["lastDecision"]["steps"] if step["rule"] == "Capacity")
    assert (step["reason"], step["after"]) == (reason, replicas)
    assert step["before"] > replicas


@pytest.fixture
def seats(place: Place) -> Iterator[str]:
    """A resource of the node that only pods of this test ask for; one is there."""
    name = f"{place.namespace}.example/seats"
    give_seats(place, name, 1)
    yield name
    give_seats(place, name, None)


def give_seats(place: Place, name: str, count: int | None) -> None:
    """Change what the node has, as if a cluster autoscaler had brought another one."""
    has = {name: None if count is None else str(count)}
    patch = json.dumps({"status": {"capacity": has, "allocatable": has}})
    place.kubectl("patch", "node", "local", "--subresource=status", "--type=merge", "-p", patch)


def test_pods_without_a_node_are_waited_for_then_given_up_and_taken_when_a_node_comes(
    place: Place, operator: OperatorProcess, seats: str
) -> None:
    """Until the deadline they count as starting and more may be requested; after it none, until there is room."""
    one = {"resources": {"requests": {seats: "1"}, "limits": {seats: "1"}}}
    let_wait(place, 10)
    place.apply(
        template(deployment(replicas=1), **one), workflow_pool(place, provisioningDeadlineSeconds=DEADLINE_SECONDS)
    )
    waiting = place.wait_for_reason(QUEUE, "CapacityAvailable", "Provisioning")
    assert (waiting["status"], place.replicas(QUEUE)) == ("Unknown", 2)
    assert f"(provisioningDeadlineSeconds {DEADLINE_SECONDS}): 0/1 nodes are available" in waiting["message"]

    lost = place.wait_for_reason(QUEUE, "CapacityAvailable", "Unschedulable")
    assert lost["status"] == "False"
    assert f"1 Insufficient {seats}" in lost["message"]
    ready = place.conditions(QUEUE)["Ready"]
    assert (ready["status"], ready["reason"]) == ("False", "Unschedulable")
    let_wait(place, 30)
    assert_held(place, operator, 2, "Unschedulable")

    give_seats(place, seats, 8)
    wait_for_ordered(place, 8)
    place.wait_for_reason(QUEUE, "CapacityAvailable", "PodsComing")

    def reported() -> list[tuple[str, str]]:
        return [(e["type"], e["reason"]) for e in place.events(QUEUE) if e["reason"] != "SuccessfulRescale"]

    wait_for(lambda: ("Normal", "PodsComing") in reported(), PATIENCE_SECONDS, "the pods that start to be reported")
    assert reported()[:2] == [("Normal", "Provisioning"), ("Warning", "Unschedulable")]


def test_a_quota_is_not_piled_up_against(place: Place, operator: OperatorProcess) -> None:
    """The API server's words name it; when it is raised the pods come, and growth goes on."""
    place.kubectl("create", "quota", "few", "--hard=pods=2")
    wait_for(
        lambda: place.get("quota", "few").get("status", {}).get("hard"), PATIENCE_SECONDS, "the quota to be in force"
    )
    let_wait(place, 15)
    place.apply(deployment(replicas=1), workflow_pool(place))
    refused = place.wait_for_reason(QUEUE, "CapacityAvailable", "FailedCreate")
    assert "exceeded quota: few, requested: pods=1, used: pods=2, limited: pods=2" in refused["message"]
    assert place.replicas(QUEUE) == 3
    let_wait(place, 25)
    assert_held(place, operator, 3, "FailedCreate")

    place.kubectl("patch", "quota", "few", "-p", '{"spec": {"hard": {"pods": "20"}}}')
    place.wait_for_reason(QUEUE, "CapacityAvailable", "PodsComing")
    wait_for_ordered(place, 8)


@pytest.mark.parametrize(
    ("bad", "condition", "words"),
    [
        pytest.param(
            {"image": "registry.invalid/worker:7"}, "ImagePullBackOff", "registry.invalid/worker:7", id="no image"
        ),
        pytest.param({"command": ["sh", "-c", "exit 3"]}, "CrashLoopBackOff", "ended with exit code 3", id="crashes"),
    ],
)
def test_pods_that_can_not_start_get_no_company(
    place: Place, operator: OperatorProcess, bad: Object, condition: str, words: str
) -> None:
    """The condition says which and why; a fixed template lets the pool grow."""
    place.apply(template(deployment(replicas=1), **bad), workflow_pool(place))
    reported = place.wait_for_reason(QUEUE, "CapacityAvailable", condition)
    assert words in reported["message"]
    assert next(iter(place.pod_names(QUEUE))) in reported["message"]
    let_wait(place, 40)
    wait_for(lambda: place.status(QUEUE).get("backlog") == 40, PATIENCE_SECONDS, "the backlog to be seen")
    assert_held(place, operator, 1, "ContainersNotStarting")

    place.apply(deployment(replicas=1))
    wait_for_ordered(place, 8)
    place.wait_for_reason(QUEUE, "CapacityAvailable", "PodsComing")


@pytest.mark.usefixtures("operator")
def test_a_burst_is_answered_once(place: Place) -> None:
    """Its replicas take 15 s to start, in which the pool looks at it three times; what a start takes is learned."""
    probe = {"httpGet": {"path": "/", "port": "web"}, "initialDelaySeconds": 15, "periodSeconds": 1}
    by_deadline = {"objective": {"scheduleToStartSeconds": 60}, "taskDurationSeconds": {"typical": 5}}
    slow = workflow_pool(place, minReplicas=0, **by_deadline)
    del slow["spec"]["behavior"]
    # All of it waits before the first look: one in its middle would rightly be answered once more.
    let_wait(place, 200)
    place.apply(template(deployment(), **web_container(readinessProbe=probe)), slow)
    requested = wait_for(lambda: place.replicas(QUEUE), PATIENCE_SECONDS, "the burst to be answered")
    place.wait_for_replicas(QUEUE, requested)
    status = place.status(QUEUE)
    assert [(action["from"], action["to"]) for action in status["scaleActions"]] == [(0, requested)]
    learned = wait_for(lambda: place.status(QUEUE).get("startUp"), PATIENCE_SECONDS, "a start to be learned")
    assert learned["seconds"] >= 15
    assert learned["starts"] >= 1
