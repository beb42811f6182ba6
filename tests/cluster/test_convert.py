"""What is kept of Deployments and pods; the real API server's own objects are in the tests of the caches."""

from typing import Any

import pytest

from controller.cluster.convert import to_deployment, to_pod
from controller.cluster.objects import Container, EnvVar, LabelSelector, Owner, Requirement
from tests.cluster import manifests

CREATED = "2026-11-24T12:00:00Z"
CREATED_AT = 1_795_521_600.0


def stored(manifest: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    """The manifest with what the API server adds."""
    added = {"namespace": "prod", "uid": "u-1", "resourceVersion": "7", "creationTimestamp": CREATED}
    return manifest | {"metadata": manifest["metadata"] | added | metadata}


def test_a_new_deployment_has_no_status() -> None:
    """What the controllers have not written yet is zero or absent."""
    deployment = to_deployment(stored(manifests.deployment(), generation=1))
    assert (deployment.namespace, deployment.name, deployment.uid, deployment.resource_version) == (
        "prod",
        "worker",
        "u-1",
        "7",
    )
    assert (deployment.replicas, deployment.total_replicas, deployment.updated_replicas) == (0, 0, 0)
    assert (deployment.owner, deployment.progressing_reason, deployment.replica_failure) == (None, None, None)
    assert deployment.termination_grace_period_seconds == 1
    assert deployment.rolling_out  # the Deployment controller has not observed it


def test_conditions_and_counts_are_kept() -> None:
    """Progressing gives its reason, ReplicaFailure its message."""
    status = {
        "observedGeneration": 3,
        "replicas": 5,
        "readyReplicas": 4,
        "availableReplicas": 3,
        "updatedReplicas": 2,
        "conditions": [
            {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"},
            {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota: pods"},
        ],
    }
    deployment = to_deployment(stored(manifests.deployment(replicas=6), generation=3) | {"status": status})
    counts = (deployment.replicas, deployment.total_replicas, deployment.ready_replicas)
    assert counts == (6, 5, 4)
    assert deployment.updated_replicas == 2
    assert deployment.progressing_reason == "ProgressDeadlineExceeded"
    assert deployment.replica_failure == "exceeded quota: pods"


def test_env_is_kept_with_where_it_comes_from() -> None:
    """A plain value, an empty one, a reference, and whether more comes in by envFrom."""
    manifest = manifests.deployment()
    container = manifest["spec"]["template"]["spec"]["containers"][0]
    container["env"].append({"name": "EMPTY"})
    container["envFrom"] = [{"configMapRef": {"name": "settings"}}]
    (converted,) = to_deployment(stored(manifest)).containers
    variables = (EnvVar("SLOTS", "5"), EnvVar("POD_NAME", None, from_reference=True), EnvVar("EMPTY", ""))
    assert converted == Container("worker", variables, has_env_from=True)


@pytest.mark.parametrize(
    ("hook", "seconds"),
    [
        ({"sleep": {"seconds": 20}}, 20),
        ({"exec": {"command": ["sleep", "5"]}}, 5),
        ({"exec": {"command": ["/bin/sh", "-c", "touch /tmp/stop; sleep 1.5m && sleep 2"]}}, 92),
        ({"exec": {"command": ["/bin/sh", "-c", "nosleep 9; wait-idle --timeout 60"]}}, 0),
        ({"httpGet": {"path": "/stop", "port": 8080}}, 0),
    ],
    ids=["the sleep action", "the command", "within a shell, with units", "no sleep", "a request"],
)
def test_what_matters_when_a_container_stops_is_kept(hook: dict[str, Any], seconds: float) -> None:
    """How long preStop sleeps, whether there is a readiness probe, and what the container requests."""
    manifest = manifests.deployment()
    resources = {"requests": {"cpu": "100m"}, "limits": {"memory": "1Gi"}}
    container = manifest["spec"]["template"]["spec"]["containers"][0]
    container |= {"lifecycle": {"preStop": hook}, "readinessProbe": {"tcpSocket": {"port": 1}}, "resources": resources}
    (converted,) = to_deployment(stored(manifest)).containers
    assert (converted.pre_stop_seconds, converted.has_readiness_probe) == (seconds, True)
    assert (converted.requests, converted.limits) == (resources["requests"], resources["limits"])


def test_the_selector_is_kept_whole() -> None:
    """Labels and expressions."""
    expression = {"key": "tier", "operator": "In", "values": ["a", "b"]}
    selector = {"matchLabels": {"app": "worker"}, "matchExpressions": [expression]}
    deployment = to_deployment(stored(manifests.deployment(selector=selector)))
    assert deployment.selector == LabelSelector((("app", "worker"),), (Requirement("tier", "In", ("a", "b")),))


def test_only_entries_applied_by_the_operator_are_its_own() -> None:
    """Another manager's entries and the operator's merge-patch of the scale are not among them."""
    env: dict[str, Any] = {'k:{"name":"SLOTS"}': {".": {}, "f:value": {}}}
    containers = {'k:{"name":"worker"}': {".": {}, "f:env": env}}
    fields = {"f:spec": {"f:template": {"f:spec": {"f:containers": containers}}}}
    own = {"manager": "temporal-worker-pools", "operation": "Apply", "fieldsV1": fields}
    scale = {"manager": "temporal-worker-pools", "operation": "Update", "subresource": "scale", "fieldsV1": fields}
    other = own | {"manager": "gitops"}
    for managed, applied in (([own], {("worker", "SLOTS")}), ([scale, other], set())):
        deployment = to_deployment(stored(manifests.deployment(), managedFields=managed))
        assert deployment.applied_env == applied


def test_the_field_manager_of_the_replicas_is_known() -> None:
    """The last one; of those with the same number the one that is not the operator, if any."""

    def entry(manager: str, time: str, field: str = "f:replicas") -> dict[str, Any]:
        return {"manager": manager, "time": time, "fieldsV1": {"f:spec": {field: {}}}}

    own, other = entry("temporal-worker-pools", "2026-11-24T12:00:00Z"), entry("argocd", "2026-11-24T11:00:00Z")
    for managed, manager in (
        ([own], "temporal-worker-pools"),
        ([own, other], "argocd"),
        ([entry("temporal-worker-pools-replicas", "2026-11-24T12:00:00Z"), other], "argocd"),
        ([other, entry("kubectl", "2026-11-24T11:30:00Z")], "kubectl"),
        ([entry("kubectl", "2026-11-24T11:30:00Z", "f:paused")], None),
        ([], None),
    ):
        assert to_deployment(stored(manifests.deployment(), managedFields=managed)).replicas_manager == manager


def test_the_way_in_which_the_replicas_were_set_is_known() -> None:
    """By the scale subresource, or by an apply on the server."""
    fields = {"fieldsV1": {"f:spec": {"f:replicas": {}}}, "manager": "kubectl"}
    for entry, subresource, applied in (
        ({"operation": "Update", "subresource": "scale"}, "scale", False),
        ({"operation": "Apply"}, "", True),
    ):
        deployment = to_deployment(stored(manifests.deployment(), managedFields=[{**fields, **entry}]))
        assert (deployment.replicas_subresource, deployment.replicas_applied) == (subresource, applied)


def test_the_revision_of_the_template_is_kept() -> None:
    """As the Deployment controller numbers it."""
    annotations = {"deployment.kubernetes.io/revision": "7"}
    assert to_deployment(stored(manifests.deployment(), annotations=annotations)).revision == "7"
    assert to_deployment(stored(manifests.deployment())).revision is None


def test_the_controller_above_is_its_owner() -> None:
    """An owner reference that is no controller doesn't count."""
    plain = {"kind": "ConfigMap", "name": "c", "uid": "u-2"}
    controller = {"kind": "Rollout", "name": "r", "uid": "u-3", "controller": True}
    deployment = to_deployment(stored(manifests.deployment(), ownerReferences=[plain, controller]))
    assert deployment.owner == Owner("Rollout", "r", "u-3")


def test_times_of_a_pod_are_seconds_since_the_epoch() -> None:
    """Scheduled and ready count only while they are true."""
    conditions = [
        {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-11-24T12:00:01Z"},
        {"type": "Ready", "status": "False", "lastTransitionTime": "2026-11-24T12:00:09Z"},
    ]
    pod = to_pod(stored(manifests.pod("worker-0", {})) | {"status": {"phase": "Running", "conditions": conditions}})
    assert (pod.created_at, pod.scheduled_at, pod.ready_since) == (CREATED_AT, CREATED_AT + 1, None)
    assert (pod.phase, pod.terminating, pod.finished) == ("Running", False, False)


def test_a_pod_that_was_deleted_is_terminating() -> None:
    """Its deletionTimestamp is when its grace period ends."""
    pod = to_pod(stored(manifests.pod("worker-0", {}), deletionTimestamp="2026-11-24T12:00:30Z"))
    assert (pod.terminating, pod.deletion_at) == (True, CREATED_AT + 30)


@pytest.mark.parametrize(("annotation", "cost"), [("-2", -2), ("2147483647", 2**31 - 1), ("many", 0), (None, 0)])
def test_the_deletion_cost_is_read_as_the_replica_set_controller_reads_it(annotation: str | None, cost: int) -> None:
    """A pod without it costs 0; an older API server may have let in what is no number."""
    annotations = {} if annotation is None else {"controller.kubernetes.io/pod-deletion-cost": annotation}
    assert to_pod(stored(manifests.pod("worker-0", {}), annotations=annotations)).deletion_cost == cost


@pytest.mark.parametrize(
    ("name", "spec", "host_name"),
    [
        pytest.param("worker-0", {}, "worker-0", id="the pod's name"),
        pytest.param("w" * 61 + "-.x", {}, "w" * 61, id="cut to 63 characters, and no separator at the end"),
        pytest.param("worker-0", {"hostname": "chosen"}, "chosen", id="a chosen one"),
        pytest.param("worker-0", {"hostname": "a", "hostnameOverride": "b"}, "b", id="one that overrides all"),
        pytest.param("worker-0", {"hostNetwork": True, "nodeName": "node-1"}, "node-1", id="the node's network"),
    ],
)
def test_the_host_name_is_what_the_kubelet_makes_it(name: str, spec: dict[str, Any], host_name: str) -> None:
    """Workers report this name, so a wrong one makes a busy pod look unreported."""
    manifest = manifests.pod(name, {})
    manifest["spec"] |= spec
    assert to_pod(stored(manifest)).host_name == host_name


@pytest.mark.parametrize("where", ["state", "lastState"])
def test_when_a_container_ran_out_of_memory_is_kept(where: str) -> None:
    """Of the last run while it is not restarted yet, and of the one before afterwards; other ends do not count."""
    ended = {"exitCode": 137, "reason": "OOMKilled", "startedAt": CREATED, "finishedAt": CREATED}
    failed = {"name": "sidecar", where: {"terminated": ended | {"reason": "Error"}}}
    status = {"containerStatuses": [{"name": "main", where: {"terminated": ended}}, failed]}
    assert to_pod(stored(manifests.pod("worker-0", {})) | {"status": status}).oom_killed_at == {"main": CREATED_AT}
    assert to_pod(stored(manifests.pod("worker-0", {}))).oom_killed_at == {}


@pytest.mark.parametrize(
    ("ready", "turned_at", "was_ready"),
    [("False", "12:00:04", False), ("False", "12:00:05", True), ("True", "12:00:05", False), ("False", None, False)],
    ids=["written with the start", "changed after the start", "ready now", "without a time"],
)
def test_a_pod_whose_readiness_changed_after_its_start_was_ready(
    ready: str, turned_at: str | None, *, was_ready: bool
) -> None:
    """The kubelet writes that a pod is not ready with its start, and again only when it turns."""
    turned = {"lastTransitionTime": turned_at and f"2026-11-24T{turned_at}Z"}
    conditions = [{"type": "Ready", "status": ready} | turned]
    status = {"phase": "Running", "startTime": "2026-11-24T12:00:02Z", "conditions": conditions}
    pod = to_pod(stored(manifests.pod("worker-0", {})) | {"status": status})
    assert (pod.was_ready, pod.unready_since is not None) == (was_ready, was_ready)
    assert pod.unready_since is None or pod.unready_since - pod.created_at == 5


def test_containers_that_do_not_run_are_kept_by_name() -> None:
    """They wait to be started, or have ended; one without a state may run."""
    states: dict[str, Any] = {
        "waits": {"waiting": {"reason": "CrashLoopBackOff"}},
        "ended": {"terminated": {"exitCode": 1, "startedAt": CREATED, "finishedAt": CREATED}},
        "runs": {"running": {"startedAt": CREATED}},
        "unknown": {},
    }
    status = {"containerStatuses": [{"name": name, "state": state} for name, state in states.items()]}
    pod = to_pod(stored(manifests.pod("worker-0", {})) | {"status": status})
    assert pod.stopped_containers == {"waits", "ended"}


@pytest.mark.parametrize(
    ("container", "since"),
    [
        ({"state": {"running": {"startedAt": "2026-11-24T12:00:30Z"}}}, 30),
        (
            {
                "state": {"running": {"startedAt": "2026-11-24T12:00:30Z"}},
                "lastState": {"terminated": {"finishedAt": "2026-11-24T12:00:20Z"}},
            },
            30,
        ),
        (
            {
                "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                "lastState": {"terminated": {"finishedAt": "2026-11-24T12:00:20Z"}},
            },
            20,
        ),
        ({"state": {"terminated": {"startedAt": None, "finishedAt": "2026-11-24T12:00:20Z"}}}, 20),
        ({"state": {"terminated": {"startedAt": None, "finishedAt": None}}}, None),
        ({}, None),
    ],
    ids=["runs", "was restarted", "waits for a restart", "ended", "without a time", "without a state"],
)
def test_a_container_has_the_time_since_which_its_earlier_processes_are_dead(
    container: dict[str, Any], since: int | None
) -> None:
    """Reports from before that are of a dead process."""
    status = {"containerStatuses": [{"name": "worker", **container}]}
    pod = to_pod(stored(manifests.pod("worker-0", {})) | {"status": status})
    assert pod.container_started_at == ({} if since is None else {"worker": CREATED_AT + since})
