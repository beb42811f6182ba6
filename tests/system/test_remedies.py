"""What conditions advise, followed to the letter on the real API server: each remedy ends its condition.

Those about replicas that are set back are in tests/operator/report/test_handing_over.py, those about credentials, slot
variables, capacity, overrides and missing objects in the tests of these.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml

from localcluster.operator_process import OperatorProcess
from tests.support.cluster import wait_for
from tests.system.operators import operator_of, wait_for_passes
from tests.system.place import PATIENCE_SECONDS, Object, Place
from tests.system.workloads import deployment, pool

TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "orders"}
VPA: Object = {
    "apiVersion": "autoscaling.k8s.io/v1",
    "kind": "VerticalPodAutoscaler",
    "metadata": {"name": "by-usage"},
    "spec": {"targetRef": TARGET, "updatePolicy": {"updateMode": "Recreate"}},
}


def lines(message: str, field: str) -> Any:
    """The value that a message proposes for a field, such as of `strategy: {type: RollingUpdate}`."""
    value = re.search(rf"{field}: (\d+|{{.*?}}+)", message)
    assert value, message
    return yaml.safe_load(value[1])


@pytest.mark.usefixtures("operator")
def test_the_lines_that_target_safe_proposes_make_it_safe(place: Place) -> None:
    """All of them at once: grace period, strategy, readiness probe and requests."""
    unsafe = deployment(replicas=0)
    unsafe["spec"] |= {"strategy": {"type": "Recreate"}}
    unsafe["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 10
    place.apply(unsafe, pool(place, taskDurationSeconds={"typical": 60, "max": 600}))
    message = place.wait_for_reason("orders", "TargetSafe", "GracePeriodTooShort")["message"]
    container = {
        "name": "worker",
        "readinessProbe": lines(message, "readinessProbe"),
        "resources": lines(message, "resources"),
    }
    pod = {
        "terminationGracePeriodSeconds": lines(message, "terminationGracePeriodSeconds"),
        "containers": [container],
    }
    fixed = {"spec": {"strategy": lines(message, "strategy"), "template": {"spec": pod}}}
    place.kubectl("patch", "deployment", "orders", "--type=strategic", "--patch", json.dumps(fixed))
    place.wait_for_reason("orders", "TargetSafe", "TargetSafe")


@pytest.mark.usefixtures("stand_in_crds")
@pytest.mark.parametrize(
    "change",
    [
        {"updatePolicy": {"updateMode": "Initial"}},
        {"updatePolicy": {"updateMode": "Off"}},
        {"resourcePolicy": {"containerPolicies": [{"containerName": "worker", "mode": "Off"}]}},
        None,
    ],
    ids=["Initial", "Off", "its container", "Recommend"],
)
def test_a_vertical_pod_autoscaler_that_is_changed_as_advised_is_no_contender(
    place: Place, change: Object | None
) -> None:
    """Each of the ways in the message; of the pool, with mode Recommend, nothing is in the way any more."""
    with operator_of(place):
        place.apply(deployment(), VPA, pool(place, minReplicas=1))
        message = place.wait_for_reason("orders", "AbleToScale", "TargetContested")["message"]
        assert (
            "Set its updateMode to Initial or Off, set the container's mode to Off in its containerPolicies" in message
        )
        if change is None:
            assert "or set mode: Recommend in the pool" in message
            place.patch("twp", "orders", {"spec": {"mode": "Recommend"}})
            place.wait_for_reason("orders", "Ready", "RecommendOnly")
        else:
            place.patch("verticalpodautoscaler", "by-usage", {"spec": change})
            wait_for(lambda: place.replicas("orders") == 1, PATIENCE_SECONDS, "the pool to take over")


def test_a_downscaler_is_named_and_the_pause_that_is_offered_lets_it_be(
    place: Place, operator: OperatorProcess
) -> None:
    """It sets 0 again and again; with a pause the operator does not undo it, and after it the pool goes on."""

    def set_to_zero() -> None:
        place.kubectl(
            "patch", "deployment", "orders", "--type=merge", "--field-manager=kube-downscaler",
            "--patch", '{"spec": {"replicas": 0}}',
        )  # fmt: skip

    place.apply(deployment(), pool(place, minReplicas=1))
    for _ in range(3):
        wait_for(lambda: place.replicas("orders") == 1, PATIENCE_SECONDS, "the pool to order a replica")
        wait_for_passes(operator, 1)
        set_to_zero()
    message = place.wait_for_reason("orders", "AbleToScale", "ReplicasReversed")["message"]
    assert "kube-downscaler set the replicas back 3 times" in message
    assert "workerpools.dev/paused-until" in message
    assert "schedules" in message
    until = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    place.kubectl("annotate", "twp", "orders", f"workerpools.dev/paused-until={until}")
    place.wait_for_reason("orders", "Overridden", "Paused")
    wait_for_passes(operator, 2)
    assert place.replicas("orders") == 0


@pytest.mark.usefixtures("operator")
def test_the_logs_of_a_container_that_crashes_are_where_the_condition_says(place: Place) -> None:
    """The message has the names of pod and container; with several containers kubectl needs both."""
    crashing = deployment(replicas=1, containers=("sidecar", "worker"))
    crashing["spec"]["template"]["spec"]["containers"][1]["command"] = ["sh", "-c", "echo no licence; exit 3"]
    place.apply(crashing, pool(place, containerName="worker", minReplicas=1))
    message = place.wait_for_reason("orders", "CapacityAvailable", "CrashLoopBackOff")["message"]
    (pod,) = place.pod_names("orders")
    assert pod in message
    assert "container worker ended with exit code 3" in message
    (command,) = re.findall("`kubectl ([^`]*)`", message)
    # The kubelet of these tests keeps the logs of all runs together, and knows no --previous.
    said = place.kubectl(*command.replace("--previous ", "").split())
    assert "no licence" in said
