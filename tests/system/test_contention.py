"""Hands off what others scale: a real HPA, real pipelines, and stand-ins for the CRDs of KEDA and of the VPA."""

import json
import re
import time

import pytest

from localcluster.operator_process import OperatorProcess
from tests.support.cluster import wait_for
from tests.system.operators import operator_of, wait_for_passes
from tests.system.place import PATIENCE_SECONDS, Object, Place
from tests.system.workloads import deployment, pool

TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "orders"}

HPA: Object = {
    "apiVersion": "autoscaling/v2",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "by-cpu"},
    "spec": {
        "scaleTargetRef": TARGET,
        "minReplicas": 2,
        "maxReplicas": 3,
        "metrics": [
            {
                "type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
            }
        ],
    },
}
SCALED_OBJECT: Object = {
    "apiVersion": "keda.sh/v1alpha1",
    "kind": "ScaledObject",
    "metadata": {"name": "by-queue"},
    "spec": {"scaleTargetRef": {"name": "orders"}, "triggers": []},
}
VPA: Object = {
    "apiVersion": "autoscaling.k8s.io/v1",
    "kind": "VerticalPodAutoscaler",
    "metadata": {"name": "by-usage"},
    "spec": {"targetRef": TARGET, "updatePolicy": {"updateMode": "Recreate"}},
}


def able_to_scale(place: Place, reason: str, *words: str, name: str = "orders") -> str:
    """Wait until AbleToScale of a pool has a reason and some words, and give its message."""
    return str(place.wait_for_reason(name, "AbleToScale", reason, *words)["message"])


def foreign_actions(place: Place) -> list[tuple[str, int, int]]:
    """Who changed the replicas, from what to what, by status."""
    actions = place.status("orders").get("scaleActions", ())
    return [(action["by"], action["from"], action["to"]) for action in actions if "by" in action]


def test_the_deployment_is_left_to_a_horizontal_pod_autoscaler(place: Place, operator: OperatorProcess) -> None:
    """The real one takes it to its 2 replicas; neither these nor the slot variable are touched until it is gone."""
    place.apply(deployment(replicas=1, env=({"name": "SLOTS", "value": "3"},)), HPA)
    wait_for(lambda: place.replicas("orders") == 2, PATIENCE_SECONDS, "the HPA to set 2 replicas")
    generation = place.get("deployment", "orders")["metadata"]["generation"]
    place.apply(pool(place, minReplicas=3))
    message = able_to_scale(place, "TargetContested")
    assert message == (
        "Not scaling (2 now, 3 recommended): HorizontalPodAutoscaler by-cpu also scales Deployment orders. Pause it "
        f"with `kubectl twp adopt orders -n {place.namespace}`, delete it, or set mode: Recommend in the pool."
    )
    assert place.conditions("orders")["Ready"]["reason"] == "TargetContested"
    wait_for_passes(operator, 2)
    assert place.get("deployment", "orders")["metadata"]["generation"] == generation
    assert place.warnings("orders")[0] == ("TargetContested", message)
    place.kubectl("delete", "hpa", "by-cpu")
    wait_for(lambda: place.replicas("orders") == 3, PATIENCE_SECONDS, "the pool to take over")
    # Its pods poll nothing: on a slow machine that is what Ready says next.
    wait_for(
        lambda: place.conditions("orders")["Ready"]["reason"] != "TargetContested", PATIENCE_SECONDS, "Ready to follow"
    )


def test_beside_an_autoscaler_a_recommendation_is_made_all_the_same(place: Place, operator: OperatorProcess) -> None:
    """The other scaler is information: no condition is bad, nothing is written but status."""
    place.apply(deployment(replicas=2), HPA, pool(place, minReplicas=3, mode="Recommend"))
    wait_for(lambda: place.status("orders").get("desiredReplicas") == 3, PATIENCE_SECONDS, "the recommendation")
    wait_for(
        lambda: (
            "No conflict while mode is Recommend: HorizontalPodAutoscaler by-cpu"
            in able_to_scale(place, "ReadyForNewScale")
        ),
        PATIENCE_SECONDS,
        "the information",
    )
    wait_for_passes(operator, 2)
    assert place.conditions("orders")["Ready"]["status"] == "True"
    assert place.get("deployment", "orders")["metadata"]["generation"] == 1
    assert place.warnings("orders") == []


@pytest.mark.usefixtures("stand_in_crds")
def test_scaled_objects_and_vertical_pod_autoscalers_are_seen_where_their_kinds_exist(place: Place) -> None:
    """And no longer when they are paused, or only recommend."""
    with operator_of(place):
        place.apply(deployment(), SCALED_OBJECT, VPA, pool(place, minReplicas=1))
        able_to_scale(
            place,
            "TargetContested",
            "ScaledObject by-queue of KEDA also scales Deployment orders",
            "VerticalPodAutoscaler by-usage changes the requests of container worker",
        )
        place.patch("scaledobject", "by-queue", {"metadata": {"annotations": {"autoscaling.keda.sh/paused": "true"}}})
        place.patch("verticalpodautoscaler", "by-usage", {"spec": {"updatePolicy": {"updateMode": "Off"}}})
        wait_for(lambda: place.replicas("orders") == 1, PATIENCE_SECONDS, "the pool to take over")


@pytest.mark.usefixtures("operator")
def test_of_two_pools_on_one_deployment_the_older_keeps_it(place: Place) -> None:
    """The younger one says which; it takes over when the older one is gone."""
    place.apply(deployment(), pool(place, minReplicas=1))
    place.wait_for_reason("orders", "Ready", "Autoscaling")
    time.sleep(1.1)  # times of creation have whole seconds
    younger = pool(place, "another", minReplicas=2, scaleTargetRef={"name": "orders"})
    place.apply(younger)
    message = able_to_scale(place, "TargetContested", name="another")
    assert message.endswith(
        "TemporalWorkerPool orders is older and also scales this Deployment. Delete one of the two."
    )
    assert place.replicas("orders") == 1
    assert place.conditions("orders")["AbleToScale"]["status"] == "True"
    place.kubectl("delete", "twp", "orders")
    wait_for(lambda: place.replicas("orders") == 2, PATIENCE_SECONDS, "the younger pool to take over")


def scaled_by_other(place: Place) -> list[str]:
    """What the Events of scales by others say, oldest first."""
    return [event["message"] for event in place.events("orders") if event["reason"] == "ScaledByOther"]


def wait_for_more_than(place: Place, before: int) -> None:
    """Wait for one more Event of a scale by another one."""
    wait_for(lambda: len(scaled_by_other(place)) > before, PATIENCE_SECONDS, "the Event of a scale by a person")


@pytest.mark.usefixtures("operator")
def test_what_a_person_scales_is_named_soon_and_stays_for_a_while(place: Place) -> None:
    """Once, to zero, and back: the pool is idle and would go to zero. The Event's own command keeps it for longer."""
    # Polled once an hour: it is the watch that sees each of them.
    place.apply(deployment(), pool(place, pollingIntervalSeconds=3600))
    place.wait_for_reason("orders", "AbleToScale", "ReadyForNewScale")
    for replicas in (2, 0, 1):
        before = len(scaled_by_other(place))
        place.kubectl("scale", "deployment", "orders", f"--replicas={replicas}")
        wait_for_more_than(place, before)
    assert place.replicas("orders") == 1
    assert foreign_actions(place) == [
        ("kubectl-scale", 0, 2),
        ("kubectl-scale or a console", 2, 0),
        ("kubectl-scale", 0, 1),
    ]
    able_to_scale(place, "ScaledByOther", "Kept at 1 replica, set by kubectl-scale at ")
    note = scaled_by_other(place)[-1]
    assert note.startswith("kubectl-scale scaled 0 → 1. Kept at 1 replica, set by kubectl-scale at ")
    _, by_kubectl = re.findall("`([^`]*)`", note)
    place.cluster.shell(by_kubectl)
    place.wait_for_reason("orders", "Overridden", "ReplicasFixed", "Fixed at 1 replica until ")
    assert place.warnings("orders") == []


def test_the_operator_backs_off_from_a_fight_with_a_pipeline(place: Place, operator: OperatorProcess) -> None:
    """A manager that applies replicas again and again is named with the fix, and left alone after the third time."""
    manifest = deployment()
    place.apply_as("argocd-controller", manifest)
    place.apply(pool(place, minReplicas=1))
    for _ in range(3):
        wait_for(lambda: place.replicas("orders") == 1, PATIENCE_SECONDS, "the pool to order a replica")
        wait_for_passes(operator, 1)
        place.kubectl(
            "apply",
            "--server-side",
            "--force-conflicts",
            "--field-manager=argocd-controller",
            "-f",
            "-",
            input=json.dumps(manifest),
        )
    message = able_to_scale(place, "ReplicasReversed")
    assert "argocd-controller set the replicas back 3 times within 300 s, last 1 → 0" in message
    assert "RespectIgnoreDifferences=true" in message
    wait_for_passes(operator, 3)
    assert place.replicas("orders") == 0
    assert foreign_actions(place) == [("argocd-controller", 1, 0)] * 3
    assert place.warnings("orders") == [("ReplicasReversed", message)]
