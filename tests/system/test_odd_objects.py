"""Objects of which not everything can be read, on the real API server: each is named, and the pool goes on."""

import json

import pytest

from localcluster.operator_process import OperatorProcess
from tests.support.cluster import wait_for
from tests.system.operators import operator_of
from tests.system.place import PATIENCE_SECONDS, Object, Place
from tests.system.workloads import deployment, pool

UNKNOWN = {"exitCode": 137, "reason": "ContainerStatusUnknown", "startedAt": None, "finishedAt": None}


def lost_pod(place: Place, name: str) -> None:
    """A pod that no node runs, whose container was lost with its node: the API server has null for its times."""
    container = {"name": "worker", "image": "none", "command": ["none"]}
    spec = {"nodeName": "gone", "terminationGracePeriodSeconds": 0, "containers": [container]}
    place.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec})
    status = {"name": "worker", "image": "none", "imageID": "", "ready": False, "restartCount": 2}
    status |= {"state": {"waiting": {"reason": "ContainerCreating"}}, "lastState": {"terminated": UNKNOWN}}
    patch = json.dumps({"status": {"phase": "Running", "containerStatuses": [status]}})
    place.kubectl("patch", "pod", name, "--subresource=status", "--type=merge", "--patch", patch)
    ended = place.get("pod", name)["status"]["containerStatuses"][0]["lastState"]["terminated"]
    assert (ended["startedAt"], ended["finishedAt"]) == (None, None)


def test_a_pod_of_a_lost_node_keeps_no_pool_from_being_scaled(place: Place) -> None:
    """Neither while the operator runs nor when it starts."""
    place.apply(deployment(), pool(place, minReplicas=1))
    lost_pod(place, "lost-before")
    with operator_of(place):
        wait_for(lambda: place.replicas("orders") == 1, PATIENCE_SECONDS, "the first order")
        lost_pod(place, "lost-while-it-runs")
        place.patch("twp", "orders", {"spec": {"minReplicas": 2}})
        wait_for(lambda: place.replicas("orders") == 2, PATIENCE_SECONDS, "the second order")
        place.wait_for_replicas("orders", 2)


@pytest.mark.usefixtures("stand_in_crds")
def test_a_scaler_that_can_not_be_read_is_named_and_the_pool_is_scaled(place: Place) -> None:
    """Its resource lets anything in; once it is fixed that is said, too."""
    odd: Object = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "by-queue"},
        "spec": {"scaleTargetRef": "orders"},
    }
    with operator_of(place):
        place.apply(deployment(), odd, pool(place, minReplicas=1))
        message = place.wait_for_reason("orders", "ObjectsReadable", "ObjectUnreadable")["message"]
        assert message.startswith("1 object can't be read whole: ScaledObject by-queue (spec.scaleTargetRef).")
        wait_for(lambda: place.replicas("orders") == 1, PATIENCE_SECONDS, "the order")
        place.wait_for_warnings("orders", ("ObjectUnreadable", message))
        place.patch("scaledobject", "by-queue", {"spec": {"scaleTargetRef": {"name": "another"}}})
        place.wait_for_reason("orders", "ObjectsReadable", "ObjectsReadable")


def test_a_deployment_larger_than_a_line_is_followed_like_others(place: Place, operator: OperatorProcess) -> None:
    """The API server takes objects of more than a mebibyte, and sends each change of one in a single line."""
    large = [{"name": f"NOTE_{number}", "value": "x" * 100_000} for number in range(8)]
    place.apply(deployment(replicas=0), pool(place, minReplicas=1))
    wait_for(lambda: place.replicas("orders") == 1, PATIENCE_SECONDS, "the order")
    container = place.get("deployment", "orders")["spec"]["template"]["spec"]["containers"][0]["name"]
    patch = {"spec": {"template": {"spec": {"containers": [{"name": container, "env": large}]}}}}
    place.kubectl(
        "patch", "deployment", "orders", "--type=strategic", "--patch-file=/dev/stdin", input=json.dumps(patch)
    )
    place.patch("twp", "orders", {"spec": {"minReplicas": 2}})
    wait_for(lambda: place.replicas("orders") == 2, PATIENCE_SECONDS, "the second order")
    place.kubectl("delete", "deployment", "orders")
    place.wait_for_reason("orders", "Ready", "TargetNotFound")
    assert operator.get("/readyz") == "ok"
