"""Slot variables: they reach the workers, restart no pod, and are taken from no manager."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from examples.burst.result import BurstPlan
from examples.unified.start import TARGET
from examples.work import Batch
from localcluster.operator_process import OperatorProcess
from tests.system.load import running_burst
from tests.system.operators import wait_for_passes
from tests.system.place import Object, Place
from tests.system.workloads import UNIFIED_DEPLOYMENT, UNIFIED_POOL, deployment, pool, unified

READ_ONLY = [{"name": "orders", "tasks": [{"type": "Activity", "slotsEnvVar": "SLOTS"}]}]
"""Task queues of a pool that reads the variable and writes nothing."""

FROM_REFERENCE = {"name": "SLOTS", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}}


def slots(value: str) -> Object:
    """The slot variable with a value."""
    return {"name": "SLOTS", "value": value}


def env(place: Place, name: str = "orders") -> list[Object]:
    """The variables in a Deployment's template."""
    found: list[Object] = place.get("deployment", name)["spec"]["template"]["spec"]["containers"][0].get("env", [])
    return found


@pytest.mark.usefixtures("operator")
def test_slots_reach_the_worker_processes(place: Place) -> None:
    """What the pool says is written while there are no replicas, and is what the workers run with."""
    manifests = unified(place)
    tasks = manifests[-1]["spec"]["taskQueues"][0]["tasks"]
    tasks[0]["slots"], tasks[1]["slots"] = 7, 3
    place.apply(*manifests)
    place.wait_for_reason(UNIFIED_POOL, "SlotsEffective", "SlotsInForce")
    with running_burst(place, TARGET, BurstPlan(1, Batch(1, 0.1))) as burst:
        assert burst.result().succeeded
    log = place.kubectl("logs", f"deployment/{UNIFIED_DEPLOYMENT}")
    (polling,) = (line for line in map(json.loads, log.splitlines()) if line["event"] == "polling")
    assert (polling["max_concurrent_workflow_tasks"], polling["max_concurrent_activities"]) == (7, 3)
    assert place.warnings(UNIFIED_POOL) == []


@pytest.mark.parametrize(
    "free_moment",
    [("rollout", "restart", "deployment/orders"), ("scale", "deployment/orders", "--replicas=0")],
    ids=["a rollout", "no replicas"],
)
def test_a_slot_variable_waits_for_a_moment_in_which_it_restarts_no_pod(
    place: Place, operator: OperatorProcess, free_moment: tuple[str, ...]
) -> None:
    """Running pods are left alone in the first pass; a rollout or the end of the last pod is the moment."""
    place.apply(deployment(replicas=1))
    place.wait_for_replicas("orders", 1)
    before = place.get("deployment", "orders")
    pods = place.pod_names("orders")
    place.apply(pool(place))
    pending = place.wait_for_reason("orders", "SlotsEffective", "SlotsPending")
    wait_for_passes(operator, 1)
    assert pending["status"] == "False"
    assert "SLOTS=5" in pending["message"]
    assert (place.pod_names("orders"), env(place)) == (pods, [])
    assert place.get("deployment", "orders")["metadata"]["generation"] == before["metadata"]["generation"]

    place.kubectl(*free_moment)
    place.wait_for_reason("orders", "SlotsEffective", "SlotsInForce")
    assert env(place) == [slots("5")]
    assert place.conditions("orders")["Ready"]["status"] == "True"
    assert place.warnings("orders") == []


@pytest.mark.parametrize("replicas", [0, 1], ids=["no replicas", "running pods"])
@pytest.mark.usefixtures("operator")
def test_a_variable_of_another_manager_is_left_to_it_and_its_owner_named(place: Place, replicas: int) -> None:
    """The conflict is announced once, before there is a moment to write, and ends when both give it one value."""
    place.apply_as("gitops", deployment(replicas=replicas, env=(slots("3"),)))
    generation = place.get("deployment", "orders")["metadata"]["generation"]
    place.apply(pool(place))
    conflict = place.wait_for_reason("orders", "SlotsEffective", "SlotsConflict")
    assert conflict["status"] == "False"
    assert "Variable SLOTS of container worker is owned by gitops" in conflict["message"]
    assert env(place) == [slots("3")]
    assert place.get("deployment", "orders")["metadata"]["generation"] == generation
    assert place.conditions("orders")["Ready"]["status"] == "True"

    assert "set it to 5 there, too" in conflict["message"]
    place.apply_as("gitops", deployment(replicas=replicas, env=(slots("5"),)))
    place.wait_for_reason("orders", "SlotsEffective", "SlotsInForce")
    assert env(place) == [slots("5")]
    assert place.warnings("orders")[0] == ("SlotsConflict", conflict["message"])
    assert len(place.warnings("orders")) == 1


@pytest.mark.usefixtures("operator")
def test_a_deployment_with_a_controller_above_it_gets_no_slot_variable(place: Place) -> None:
    """That controller would undo the change, so the message says to make it there."""
    place.kubectl("create", "configmap", "fleet")
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "fleet", "controller": True}
    owned = deployment(env=(slots("3"),))
    owned["metadata"]["ownerReferences"] = [owner | {"uid": place.get("configmap", "fleet")["metadata"]["uid"]}]
    place.apply(owned, pool(place))
    conflict = place.wait_for_reason("orders", "SlotsEffective", "SlotsConflict")
    assert "ConfigMap fleet" in conflict["message"]
    assert env(place) == [slots("3")]


@dataclass(frozen=True)
class Unusable:
    """A slot variable that can't be used."""

    env: tuple[Object, ...]
    reason: str
    spec: dict[str, Any] = field(default_factory=dict)


UNUSABLE = {
    "reference": Unusable((FROM_REFERENCE,), "SlotsValueFrom"),
    "reference-to-read": Unusable((FROM_REFERENCE,), "SlotsValueFrom", {"taskQueues": READ_ONLY}),
    "listed-twice": Unusable((slots("3"), slots("4")), "SlotsVariableDuplicate"),
    "no-number": Unusable((slots("many"),), "SlotsVariableInvalid", {"taskQueues": READ_ONLY}),
    "not-there": Unusable((), "SlotsVariableNotFound", {"taskQueues": READ_ONLY}),
}


@pytest.mark.usefixtures("operator")
def test_slot_variables_that_cannot_be_used_are_named_and_left_as_they_are(place: Place) -> None:
    """Each is announced once, its Deployment is not touched, and a fix needs no restart.

    The pool is scaled all the same: by the slots that it declares, else by those that its workers will report.
    """
    for name, case in UNUSABLE.items():
        place.apply(deployment(name, env=case.env), pool(place, name, **case.spec))
    for name, case in UNUSABLE.items():
        bad = place.wait_for_reason(name, "SlotsEffective", case.reason)
        assert bad["status"] == "False", name
        assert "SLOTS" in bad["message"], name
        conditions = place.conditions(name)
        assert (conditions["Ready"]["status"], conditions["ScalingActive"]["status"]) == ("True", "True"), name
        place.wait_for_warnings(name, (case.reason, bad["message"]))
        assert env(place, name) == list(case.env), name
        assert place.get("deployment", name)["metadata"]["generation"] == 1, name

    place.apply(*(deployment(name, env=(slots("5"),)) for name in UNUSABLE))
    for name in UNUSABLE:
        place.wait_for_reason(name, "SlotsEffective", "SlotsInForce")
        place.wait_for_reason(name, "Ready", "Autoscaling")
