"""Slots that the operator chooses: more at maxReplicas, fewer where memory runs out, and never by force."""

import json
from typing import Any

import pytest

from examples.burst.result import BurstPlan
from examples.unified.start import TARGET
from examples.work import Batch
from localcluster.operator_process import OperatorProcess
from tests.support.cluster import pods, wait_for
from tests.support.container_metrics import pod_metrics, serve_container_metrics
from tests.system.hungry_process import PROBE_PORT
from tests.system.load import running_burst
from tests.system.operators import wait_for_passes
from tests.system.place import PATIENCE_SECONDS, Object, Place
from tests.system.workloads import UNIFIED_DEPLOYMENT, UNIFIED_POOL, deployment, pool, unified

VARIABLE = "MAX_CONCURRENT_ACTIVITIES"


def variables(place: Place, name: str) -> dict[str, str]:
    """The plain variables in a Deployment's template."""
    (container,) = place.get("deployment", name)["spec"]["template"]["spec"]["containers"]
    return {entry["name"]: entry["value"] for entry in container.get("env", []) if "value" in entry}


def wait_for_step(place: Place, name: str, reason: str) -> str:
    """Wait until the rule about slots gives a reason, and give its message."""

    def look() -> str:
        steps = place.status(name)["lastDecision"]["steps"]
        said: dict[str, str] = {step["reason"]: step["message"] for step in steps if step["rule"] == "Slots"}
        return said[reason]

    return wait_for(look, PATIENCE_SECONDS, f"the slots of {name} to be {reason}")


def tuned(low: int, high: int, **fields: Any) -> list[Object]:
    """The task queue of the pools in which no work is done."""
    task = {"type": "Activity", "slotsEnvVar": "SLOTS", "tuning": {"minSlots": low, "maxSlots": high}, **fields}
    return [{"name": "orders", "tasks": [task]}]


def with_a_replica(manifest: Object) -> Object:
    """The pool with a replica although there is no work."""
    del manifest["spec"]["scaleToZero"]
    manifest["spec"]["minReplicas"] = 1
    return manifest


@pytest.mark.usefixtures("operator")
def test_a_pool_at_max_replicas_gets_more_slots_where_its_host_has_room(place: Place) -> None:
    """800 activities of 2 s, one replica with 2 slots: the worker is replaced by one with 3, and loses no activity."""
    serve_container_metrics(place.cluster)
    manifests = unified(place, maxReplicas=1, objective={"scheduleToStartSeconds": 5})
    target, tuned_pool = manifests[-2], manifests[-1]
    target["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["cpu"] = "1"
    tasks = tuned_pool["spec"]["taskQueues"][0]["tasks"]
    tasks[1] |= {"slots": 2, "tuning": {"minSlots": 2, "maxSlots": 8}}
    place.apply(*manifests)
    place.wait_for_reason(UNIFIED_POOL, "SlotsEffective", "SlotsInForce")
    assert variables(place, UNIFIED_DEPLOYMENT)[VARIABLE] == "2"

    with running_burst(place, TARGET, BurstPlan(8, Batch(100, 2.0))):
        place.wait_for_replicas(UNIFIED_DEPLOYMENT, 1)
        (first,) = worker_pods(place)
        name, labels = first["metadata"]["name"], first["metadata"]["labels"]
        place.apply(pod_metrics(name, labels, "worker", cpu="50m", memory="64Mi"))
        wait_for(lambda: variables(place, UNIFIED_DEPLOYMENT)[VARIABLE] == "3", PATIENCE_SECONDS, "more slots")
        wait_for(lambda: reported(place) == 3, PATIENCE_SECONDS, "the new worker to report its slots")
        assert place.conditions(UNIFIED_POOL)["SlotsEffective"]["reason"] == "SlotsInForce"
    (note,) = (e["message"] for e in place.events(UNIFIED_POOL) if "=3." in e["message"])
    assert note.startswith(f"Wrote {VARIABLE}=3. ")
    assert "hosts use up to 5 % CPU and 25 % memory. Pods are restarted for it" in note
    (second,) = worker_pods(place)
    log = place.kubectl("logs", second["metadata"]["name"])
    (polling,) = (line for line in map(json.loads, log.splitlines()) if line["event"] == "polling")
    assert polling["max_concurrent_activities"] == 3


def worker_pods(place: Place) -> list[Object]:
    """The pods of the unified example that were not asked to stop."""
    found = pods(place.cluster, place.namespace, f"app.kubernetes.io/name={UNIFIED_DEPLOYMENT}")
    return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]


def reported(place: Place) -> int | None:
    """Activity slots of a replica as the workers report them."""
    (queue,) = place.status(UNIFIED_POOL)["taskQueues"]
    slots: dict[str, int | None] = {task["type"]: task.get("slotsReported") for task in queue["tasks"]}
    return slots["Activity"]


@pytest.mark.usefixtures("operator")
def test_a_container_that_runs_out_of_memory_gets_fewer_slots(place: Place) -> None:
    """10 MB for each of 10 slots do not fit into 96 MiB; those for 7 do, and the pod lives."""
    hungry = deployment()
    (container,) = hungry["spec"]["template"]["spec"]["containers"]
    container["command"] = ["python", "-m", "tests.system.hungry_process"]
    container["env"] = [{"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}]
    container["readinessProbe"] = {"httpGet": {"path": "/", "port": PROBE_PORT}, "periodSeconds": 1}
    container["resources"] = {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "96Mi"}}
    place.apply(hungry, with_a_replica(pool(place, taskQueues=tuned(5, 10, slots=10))))
    wait_for(lambda: variables(place, "orders").get("SLOTS") == "10", PATIENCE_SECONDS, "the slots to begin with")
    wait_for(lambda: variables(place, "orders")["SLOTS"] == "7", PATIENCE_SECONDS, "fewer slots")
    wait_for(lambda: place.get("deployment", "orders")["status"].get("updatedReplicas") == 1, PATIENCE_SECONDS, "a pod")
    place.wait_for_replicas("orders", 1)
    assert "SLOTS" in wait_for_step(place, "orders", "SlotsFit")


@pytest.mark.usefixtures("operator")
def test_a_tuned_variable_of_another_manager_is_left_to_it_until_it_is_handed_over(place: Place) -> None:
    """3 slots are fewer than the range allows; the owner of the variable is named, and letting go of it is enough."""
    place.apply_as("gitops", deployment(env=({"name": "SLOTS", "value": "3"},)))
    place.apply(pool(place, taskQueues=tuned(5, 10)))
    conflict = place.wait_for_reason("orders", "SlotsEffective", "SlotsConflict")
    assert "Variable SLOTS of container worker is owned by gitops" in conflict["message"]
    assert variables(place, "orders") == {"SLOTS": "3"}

    place.apply_as("gitops", deployment())
    place.wait_for_reason("orders", "SlotsEffective", "SlotsInForce")
    assert variables(place, "orders") == {"SLOTS": "5"}


def test_an_image_that_ignores_the_variable_is_reported_and_not_tuned(place: Place, operator: OperatorProcess) -> None:
    """Its workers report the default of their own; nothing is written again."""
    manifests = unified(place)
    with_a_replica(manifests[-1])
    tasks = manifests[-1]["spec"]["taskQueues"][0]["tasks"]
    tasks[1] |= {"slots": 7, "slotsEnvVar": "IGNORED_SLOTS", "tuning": {"minSlots": 5, "maxSlots": 40}}
    place.apply(*manifests)
    differ = place.wait_for_reason(UNIFIED_POOL, "SlotsEffective", "SlotsDiffer")
    assert "data-processing/Activity 10 instead of 7" in differ["message"]
    message = wait_for_step(place, UNIFIED_POOL, "SlotsHeld")
    assert "Let their image read the variable" in message
    generation = place.get("deployment", UNIFIED_DEPLOYMENT)["metadata"]["generation"]
    wait_for_passes(operator, 2)
    assert place.get("deployment", UNIFIED_DEPLOYMENT)["metadata"]["generation"] == generation
    assert variables(place, UNIFIED_DEPLOYMENT)["IGNORED_SLOTS"] == "7"
