"""Odd but legal pools, on the real API server and a real Temporal server: what is accepted behaves."""

import json
from typing import Any

import pytest

from localcluster.cluster import KubectlError
from tests.support.cluster import wait_for
from tests.system.place import PATIENCE_SECONDS, Object, Place
from tests.system.workloads import deployment, pool

NULLS: dict[str, Any] = dict.fromkeys(("behavior", "inFlight", "disruption", "schedules", "scaleToZero"))
NAMES = ("日本語", "a:b/c d", 'it\'s "q"\\', "x__internal_session_creation")
"""Task queues of any name."""


@pytest.mark.usefixtures("operator")
def test_empty_values_of_a_chart_are_no_values(place: Place) -> None:
    """Helm renders them as null; kubectl sends them as they are."""
    odd = pool(place, minReplicas=1, **NULLS)
    odd["spec"]["taskQueues"][0]["tasks"][0]["tuning"] = None
    place.apply(deployment(), odd)
    place.wait_for_reason("orders", "Ready", "Autoscaling")
    wait_for(lambda: place.replicas("orders") == 1, PATIENCE_SECONDS, "the order")


@pytest.mark.usefixtures("operator")
def test_task_queues_may_have_any_name(place: Place) -> None:
    """Letters of any script, quotes, slashes and spaces: each is read, and in the status under its name."""
    queues = [{"name": name, "tasks": [{"type": "Activity", "slots": 5}]} for name in NAMES]
    place.apply(deployment(), pool(place, minReplicas=1, taskQueues=queues))
    place.wait_for_reason("orders", "Ready", "Autoscaling")
    wait_for(lambda: place.replicas("orders") == 1, PATIENCE_SECONDS, "the order")
    read = {queue["name"]: queue["tasks"][0].get("backlog") for queue in place.status("orders")["taskQueues"]}
    assert read == dict.fromkeys(NAMES, 0)


@pytest.mark.parametrize(
    ("spec", "refusal"),
    [
        (
            {"scaleTargetRef": {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "w"}},
            'Unsupported value: "Rollout": supported values: "Deployment"',
        ),
        (
            {"scaleTargetRef": {"kind": "StatefulSet", "name": "w"}},
            'Unsupported value: "StatefulSet": supported values: "Deployment"',
        ),
        (
            {"taskQueues": [{"name": f"tenant-{n}", "tasks": [{"type": "Activity"}]} for n in range(17)]},
            "Too many: 17: must have at most 16 items",
        ),
    ],
    ids=["Argo Rollout", "StatefulSet", "a queue for each tenant"],
)
def test_shapes_that_do_not_work_are_refused_by_name(place: Place, spec: Object, refusal: str) -> None:
    """The README has them among the limits."""
    with pytest.raises(KubectlError) as refused:
        place.kubectl("create", "-f", "-", input=json.dumps(pool(place, **spec)))
    assert refusal in str(refused.value)
