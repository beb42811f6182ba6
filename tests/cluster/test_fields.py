"""Whatever JSON the API server may give: it is read field by field, and what can't be read is named."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.cluster.convert import to_deployment, to_pod
from controller.cluster.fields import Fields, seconds_of
from controller.cluster.objects import Container
from controller.cluster.scalers import to_hpa, to_scaled_object, to_vpa
from controller.cluster.secrets import _decoded
from controller.cluster.usage import usage_by_pod
from tests.cluster import manifests
from tests.support.odd_json import JSON, TIME, places, put

AT = 1_795_521_600.0
METADATA = {
    "namespace": "prod",
    "uid": "u-1",
    "resourceVersion": "7",
    "creationTimestamp": TIME,
    "labels": {"app": "worker"},
    "annotations": {"controller.kubernetes.io/pod-deletion-cost": "1", "autoscaling.keda.sh/paused": "true"},
    "ownerReferences": [{"kind": "ReplicaSet", "name": "worker-1", "uid": "r", "controller": True}],
    "managedFields": [
        {
            "manager": "temporal-worker-pools",
            "operation": "Apply",
            "time": TIME,
            "fieldsV1": {
                "f:spec": {
                    "f:replicas": {},
                    "f:template": {
                        "f:spec": {"f:containers": {'k:{"name":"worker"}': {"f:env": {'k:{"name":"SLOTS"}': {}}}}}
                    },
                }
            },
        }
    ],
}
ENDED = {"exitCode": 137, "reason": "OOMKilled", "startedAt": TIME, "finishedAt": TIME}
CONTAINER_STATUS = {
    "name": "main",
    "ready": False,
    "restartCount": 2,
    "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}},
    "lastState": {"terminated": ENDED},
}
POD = {
    **manifests.pod("worker-0", {"app": "worker"}),
    "status": {
        "phase": "Running",
        "podIP": "10.0.0.1",
        "startTime": TIME,
        "conditions": [
            {"type": "PodScheduled", "status": "True", "lastTransitionTime": TIME},
            {"type": "Ready", "status": "False", "lastTransitionTime": TIME},
        ],
        "initContainerStatuses": [CONTAINER_STATUS],
        "containerStatuses": [CONTAINER_STATUS],
    },
}
POD["metadata"] = {"name": "worker-0", **METADATA, "deletionTimestamp": TIME}
DEPLOYMENT = manifests.deployment(strategy={"type": "Recreate"}, paused=True)
DEPLOYMENT["metadata"] = {"name": "worker", **METADATA, "generation": 3}
DEPLOYMENT["spec"]["template"]["spec"]["containers"][0] |= {
    "lifecycle": {"preStop": {"sleep": {"seconds": 5}, "exec": {"command": ["sleep", "5"]}}},
    "resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "1"}},
}
DEPLOYMENT["spec"]["selector"]["matchExpressions"] = [{"key": "a", "operator": "In", "values": ["b"]}]
DEPLOYMENT["status"] = {
    "observedGeneration": 3,
    "replicas": 1,
    "readyReplicas": 1,
    "availableReplicas": 1,
    "updatedReplicas": 1,
    "conditions": [{"type": "Progressing", "reason": "NewReplicaSetAvailable"}],
}
TARGET = {"kind": "Deployment", "name": "worker"}
SCALER_METADATA = {"name": "by-cpu", **METADATA}
VPA_SPEC = {
    "targetRef": TARGET,
    "updatePolicy": {"updateMode": "Recreate"},
    "resourcePolicy": {"containerPolicies": [{"containerName": "*", "mode": "Off", "controlledResources": ["cpu"]}]},
}
METRICS = {
    "items": [
        {
            "metadata": {"name": "worker-0"},
            "timestamp": TIME,
            "containers": [{"name": "worker", "usage": {"cpu": "1", "memory": "1Gi"}}],
        }
    ]
}
SECRET = {"metadata": METADATA, "data": {"key": "c2VjcmV0"}}


def usage(answer: Any) -> object:
    """The usage of a list of metrics."""
    return dict(usage_by_pod(answer, Container("worker", limits={"cpu": "2", "memory": "2Gi"}), AT))


CONVERTERS: dict[str, tuple[Callable[[Any], object], dict[str, Any]]] = {
    "Deployment": (to_deployment, DEPLOYMENT),
    "Pod": (to_pod, POD),
    "HorizontalPodAutoscaler": (to_hpa, {"metadata": SCALER_METADATA, "spec": {"scaleTargetRef": TARGET}}),
    "ScaledObject": (to_scaled_object, {"metadata": SCALER_METADATA, "spec": {"scaleTargetRef": TARGET}}),
    "VerticalPodAutoscaler": (to_vpa, {"metadata": SCALER_METADATA, "spec": VPA_SPEC}),
    "PodMetricsList": (usage, METRICS),
    "Secret": (_decoded, SECRET),
}
"""Each converter with a manifest that has every field it reads."""


@pytest.mark.parametrize("kind", CONVERTERS)
@given(data=st.data())
def test_no_value_at_any_place_of_an_object_raises(kind: str, data: st.DataObject) -> None:
    """Two places of a whole object hold what they shouldn't, at a time."""
    convert, manifest = CONVERTERS[kind]
    for _ in range(2):
        manifest = put(manifest, data.draw(st.sampled_from(places(manifest))), data.draw(JSON))
    convert(manifest)


@pytest.mark.parametrize("kind", CONVERTERS)
@pytest.mark.parametrize("value", [None, -1, "x", [None], {"x": None}], ids=repr)
def test_each_place_may_be_null_or_of_another_type(kind: str, value: Any) -> None:
    """Every single one of them."""
    convert, manifest = CONVERTERS[kind]
    for path in places(manifest):
        convert(put(manifest, path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("spec", "replicas"), "three"),
        (("spec", "replicas"), -1),
        (("status", "conditions", 0, "type"), 7),
        (("metadata", "annotations", "autoscaling.keda.sh/paused"), True),
    ],
)
def test_what_can_not_be_read_is_named_by_its_path(path: tuple[Any, ...], value: Any) -> None:
    """As people write it."""
    (named,) = to_deployment(put(DEPLOYMENT, path, value)).unread
    assert named == ".".join(map(str, path)).replace(".0.", "[0].")


@pytest.mark.parametrize("kind", ["Deployment", "Pod"])
def test_nothing_is_unread_of_a_whole_object_or_where_a_field_is_null(kind: str) -> None:
    """Null is absence: Kubernetes writes it for a time that was never set."""
    convert: Any
    convert, manifest = CONVERTERS[kind]
    assert convert(manifest).unread == ()
    assert convert(put(manifest, ("status",), None)).unread == ()
    for path in places(POD) if kind == "Pod" else []:
        assert not path or to_pod(put(POD, path, None)).unread == ()


@pytest.mark.parametrize("state", ["waiting", "evicted"])
def test_a_container_without_times_leaves_the_rest_of_its_pod(state: str) -> None:
    """After an eviction or a lost node the API server gives null for `startedAt` and `finishedAt`, for weeks."""
    ended = ENDED | {"reason": "ContainerStatusUnknown", "startedAt": None, "finishedAt": None}
    container = CONTAINER_STATUS | {"state": {"waiting": {"reason": "ContainerCreating"}}}
    container |= {"lastState": {"terminated": ended}}
    if state == "evicted":
        container |= {"state": {"terminated": ended}}
    pod = to_pod(put(POD, ("status", "containerStatuses"), [container]) | {"metadata": METADATA | {"name": "worker-0"}})
    assert (pod.name, pod.phase, pod.created_at, pod.oom_killed_at) == ("worker-0", "Running", AT, {})
    only = put(POD, ("status", "initContainerStatuses"), None)
    assert to_pod(put(only, ("status", "containerStatuses"), [container])).blocker is None


def test_a_ready_pod_without_a_time_is_ready() -> None:
    """Some virtual nodes leave the times of conditions out. No start-up is learned from it: it would be negative."""
    conditions = [{"type": kind, "status": "True", "lastTransitionTime": None} for kind in ("PodScheduled", "Ready")]
    pod = to_pod(put(POD, ("status", "conditions"), conditions))
    assert pod.ready_since is not None
    assert pod.scheduled_at is not None
    assert pod.ready_since < pod.scheduled_at <= AT


def test_a_pod_whose_deletion_has_no_time_is_terminating_all_the_same() -> None:
    """It was asked to stop."""
    assert to_pod(put(POD, ("metadata", "deletionTimestamp"), "soon")).terminating
    assert not to_pod(put(POD, ("metadata", "deletionTimestamp"), None)).terminating


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("spec", "replicas"), "three"),
        (("spec", "selector"), None),
        (("spec", "template", "spec", "containers"), None),
        (("metadata", "uid"), None),
        (("metadata", "resourceVersion"), 7),
    ],
)
def test_a_deployment_without_what_is_needed_is_unusable(path: tuple[str, ...], value: Any) -> None:
    """Without a selector it would have every pod; with other unreadable fields it is scaled as before."""
    assert to_deployment(put(DEPLOYMENT, path, value)).unusable == (".".join(path),)
    assert to_deployment(DEPLOYMENT).unusable == ()
    assert to_deployment(put(DEPLOYMENT, ("spec", "paused"), "no")).unusable == ()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (TIME, AT),
        ("2026-11-24T12:00:00.123456789Z", AT + 0.123456),
        ("2026-11-24T13:00:00+01:00", AT),
        ("2026-11-24T12:00:00", None),
        ("soon", None),
        (None, None),
        (7, None),
        ("0001-01-01T00:00:00Z", None),
    ],
)
def test_times_are_read_as_kubernetes_writes_them(value: Any, seconds: float | None) -> None:
    """Down to nanoseconds; without a time zone it is no time, and the year 1 is none that was set."""
    read = Fields({"at": value}).time("at")
    assert read == (seconds if seconds is None else pytest.approx(seconds))


@given(JSON)
def test_any_other_text_is_no_time(value: Any) -> None:
    """Nothing raises."""
    seconds_of(value)
