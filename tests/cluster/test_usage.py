"""What containers use of their limits, by metrics.k8s.io."""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes.aio.client import Configuration

from controller.cluster.client import Cluster
from controller.cluster.convert import to_deployment
from controller.cluster.errors import ForbiddenError
from controller.cluster.objects import Container, Deployment, LabelSelector, Requirement
from controller.cluster.usage import MAX_AGE_SECONDS, NOT_SERVED_SECONDS, UsageReader, quantity, to_query, usage_by_pod
from controller.cluster.workload import get_deployment
from controller.cluster.writes import OperatorClient
from controller.scaling.observation import Usage
from localcluster.cluster import LocalCluster
from tests.cluster import manifests
from tests.support.container_metrics import pod_metrics, serve_container_metrics

NOW = 1_795_521_600.0
MEASURED = "2026-11-24T12:00:00Z"
WORKER = Container("worker", limits={"cpu": "500m", "memory": "1Gi"})


def measured(timestamp: str = MEASURED, container: str = "worker", **usage: str) -> dict[str, Any]:
    """The metrics of one pod as of metrics-server."""
    return {
        "metadata": {"name": "worker-0"},
        "timestamp": timestamp,
        "window": "15s",
        "containers": [{"name": "sidecar", "usage": {"cpu": "9"}}, {"name": container, "usage": usage}],
    }


def listed(*items: Any) -> dict[str, Any]:
    """The answer with them."""
    return {"kind": "PodMetricsList", "items": list(items)}


@pytest.mark.parametrize(
    ("container", "usage"),
    [
        (WORKER, Usage(0.25, 0.5)),
        (Container("worker", limits={"memory": "1Gi"}, requests={"cpu": "1"}), Usage(None, 0.5)),
        (Container("worker", limits={"cpu": "0", "memory": "1Gi"}), Usage(None, 0.5)),
        (Container("worker"), Usage()),
    ],
    ids=["limits", "no limit of CPU", "a limit of nothing", "no limits"],
)
def test_usage_is_a_share_of_the_limit(container: Container, usage: Usage) -> None:
    """In the units that Kubernetes writes; without a limit it is unknown."""
    found = dict(usage_by_pod(listed(measured(cpu="125000000n", memory="524288Ki")), container, NOW))
    assert found == {"worker-0": usage}


def test_what_is_old_or_of_another_container_is_left_out() -> None:
    """Unknown is not zero."""
    old = dict(usage_by_pod(listed(measured(cpu="1", memory="1Gi")), WORKER, NOW + MAX_AGE_SECONDS + 1))
    other = dict(usage_by_pod(listed(measured(container="main", cpu="1")), WORKER, NOW))
    assert (old, other) == ({}, {})
    half = dict(usage_by_pod(listed(measured(cpu="125m")), WORKER, NOW))
    assert half == {"worker-0": Usage(0.25, None)}


@pytest.mark.parametrize(
    "odd",
    [
        None,
        "text",
        {},
        measured(cpu="1") | {"timestamp": None},
        measured(cpu="1") | {"timestamp": "yesterday"},
        measured(cpu="1") | {"containers": None},
        measured(cpu="1") | {"containers": [None, {"name": "worker", "usage": None}]},
    ],
    ids=["null", "text", "empty", "no time", "no such time", "no containers", "no usage"],
)
def test_what_can_not_be_read_of_one_pod_leaves_the_others(odd: Any) -> None:
    """The usage of the unreadable one is unknown."""
    whole = measured(cpu="125m") | {"metadata": {"name": "worker-1"}}
    found = dict(usage_by_pod(listed(odd, whole), WORKER, NOW))
    assert found.pop("worker-1") == Usage(0.25, None)
    assert set(found.values()) <= {Usage()}


@pytest.mark.parametrize("text", ["", "much", "NaN", "Infinity", "-1", "1e999", "1Xi", "9" * 400, "1e" + "9" * 30])
def test_an_invalid_quantity_is_unknown(text: str) -> None:
    """Neither is a share of it, or it as a share."""
    assert quantity(text) is None
    assert dict(usage_by_pod(listed(measured(cpu=text)), WORKER, NOW)) == {"worker-0": Usage()}
    odd_limit = Container("worker", limits={"cpu": text})
    assert dict(usage_by_pod(listed(measured(cpu="1")), odd_limit, NOW)) == {"worker-0": Usage()}


@given(st.text() | st.decimals().map(str))
def test_any_quantity_is_a_number_or_unknown(text: str) -> None:
    """Never NaN, infinite or below nothing."""
    amount = quantity(text)
    assert amount is None or 0 <= amount < float("inf")


def test_a_selector_is_written_as_a_query() -> None:
    """As `kubectl get -l` takes it."""
    requirements = (
        Requirement("tier", "In", ("a", "b")),
        Requirement("zone", "NotIn", ("c",)),
        Requirement("ready", "Exists"),
        Requirement("canary", "DoesNotExist"),
    )
    query = to_query(LabelSelector((("app", "worker"),), requirements))
    assert query == "app=worker,tier in (a,b),zone notin (c),ready,!canary"


async def test_the_api_is_asked_for_the_pods_of_the_deployment(
    admin: Cluster, guest: Cluster, cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """On the real API server; an account without the permission is refused once, and then pauses."""
    serve_container_metrics(cluster)
    listed = [
        pod_metrics("worker-0", {"app": "worker"}, "worker", cpu="125m", memory="512Mi"),
        pod_metrics("other-0", {"app": "other"}, "worker", cpu="125m", memory="512Mi"),
    ]
    for manifest in (manifests.deployment(), *listed):
        cluster.kubectl("apply", "--namespace", kubernetes_namespace, "-f", "-", input=manifests.text(manifest))
    deployment = await get_deployment(admin, kubernetes_namespace, "worker")
    assert deployment is not None
    clock = [0.0]
    reader = UsageReader(admin, lambda: NOW, lambda: clock[0])
    assert await once_served(reader, deployment, clock) == {"worker-0": Usage(0.25, 0.5)}

    refused = UsageReader(guest, lambda: NOW, lambda: clock[0])
    assert await refused.read(deployment, WORKER) == {}
    cluster.kubectl(
        "create",
        "clusterrolebinding",
        kubernetes_namespace,
        "--clusterrole=cluster-admin",
        f"--serviceaccount={kubernetes_namespace}:guest",
    )
    assert await refused.read(deployment, WORKER) == {}
    assert await once_served(refused, deployment, clock) == {"worker-0": Usage(0.25, 0.5)}


async def once_served(reader: UsageReader, deployment: Deployment, clock: list[float]) -> Mapping[str, Usage]:
    """What is read once the API server has learned of the kind, or of a permission; that takes time."""
    for _ in range(60):
        clock[0] += NOT_SERVED_SECONDS
        if read := await reader.read(deployment, WORKER):
            return read
        await asyncio.sleep(0.5)
    return {}


class FakeMetricsApi:
    """In place of an API server that serves metrics in one namespace and not in another; it counts what it is asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        monkeypatch.setattr("controller.cluster.usage.answer_to", self.answer_to)

    async def answer_to(self, action: str, request: Coroutine[Any, Any, Any]) -> dict[str, Any]:
        """A refusal for the namespace `closed`."""
        request.close()
        self.asked.append(action.rpartition(" ")[2])
        if self.asked[-1] == "closed":
            raise ForbiddenError("no")
        return listed(measured(cpu="125m"))


async def test_a_refusal_in_one_namespace_affects_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked again after a while, whatever is done to the wall clock meanwhile, here set back again and again."""
    server = FakeMetricsApi(monkeypatch)
    cluster = Cluster(OperatorClient(Configuration(host="http://127.0.0.1:1")), "default")
    clock = [0.0]
    reader = UsageReader(cluster, lambda: NOW - 20 * clock[0], lambda: clock[0])
    for _ in range(3):
        assert await reader.read(deployment("closed"), WORKER) == {}
        assert await reader.read(deployment("open"), WORKER) == {"worker-0": Usage(0.25, None)}
    assert server.asked == ["closed", "open", "open", "open"]
    clock[0] = NOT_SERVED_SECONDS
    assert await reader.read(deployment("closed"), WORKER) == {}
    assert server.asked[-1] == "closed"
    await cluster.close()


def deployment(namespace: str) -> Deployment:
    """A Deployment of a namespace."""
    metadata = {"name": "worker", "namespace": namespace, "uid": "u", "resourceVersion": "1"}
    return to_deployment(manifests.deployment() | {"metadata": metadata})
