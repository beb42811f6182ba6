"""The charts on a real control plane: installed, upgraded, rolled back and uninstalled, with a pool living on."""

import json
from collections.abc import Iterator

import helm_python
import pytest

from localcluster.cluster import LocalCluster
from localcluster.running import running_cluster
from release.chart import CHART, CRD_CHART
from tests.support.cluster import wait_for
from tests.support.shared_cluster import OPTIONS
from tests.system.place import PATIENCE_SECONDS, Object, Place
from tests.system.workloads import deployment, pool

NAMESPACE = "scaling"
"""Of the operator."""


@pytest.fixture
def empty_cluster(cluster: LocalCluster) -> Iterator[LocalCluster]:  # noqa: ARG001 - one at a time is built
    """A cluster of its own, on which nothing is installed."""
    with running_cluster(OPTIONS, lambda _line: None) as running:
        yield running


@pytest.fixture
def place(empty_cluster: LocalCluster) -> Place:
    """Where the workers are."""
    for namespace in (NAMESPACE, "shop"):
        empty_cluster.api.create_namespace(namespace)
    return Place(empty_cluster, "shop", "default")


def operators(place: Place) -> list[Object]:
    """The operator's pods that are ready."""
    found = place.cluster.read("pods", NAMESPACE)["items"]
    return [
        pod
        for pod in found
        if any((c["type"], c["status"]) == ("Ready", "True") for c in pod["status"].get("conditions", ()))
        and "deletionTimestamp" not in pod["metadata"]
    ]


def wait_for_operators(place: Place, level: str) -> None:
    """Wait until two pods are ready that log from a level on, and no other is there."""

    def are_there() -> bool:
        arguments = [pod["spec"]["containers"][0]["args"] for pod in operators(place)]
        return [args[args.index("--log-level") + 1] for args in arguments] == [level, level]

    wait_for(are_there, PATIENCE_SECONDS, f"two operators that log from {level} on")


def scale_by_minimum(place: Place, replicas: int) -> None:
    """Let the pool ask for some replicas, and wait until its Deployment has them."""
    place.patch("twp", "orders", {"spec": {"minReplicas": replicas}})
    wait_for(lambda: place.replicas("orders") == replicas, PATIENCE_SECONDS, f"{replicas} replicas")


def test_a_release_is_installed_upgraded_rolled_back_and_uninstalled(place: Place) -> None:
    """Two replicas run as pods under the account and the Role of the chart; the pool and its replicas outlive them."""
    kubeconfig = str(place.cluster.kubeconfig)
    queues = [{"name": "orders", "tasks": [{"type": "Activity", "slots": 5}]}]
    with helm_python.Config(kubeconfig_path=kubeconfig, namespace=NAMESPACE) as helm:
        helm.install(str(CRD_CHART), "crds")
        crds = ("crd/temporalworkerpools.workerpools.dev", "crd/temporalconnections.workerpools.dev")
        place.cluster.kubectl("wait", "--for=condition=Established", "--timeout=60s", *crds)
        place.apply(deployment(), pool(place, minReplicas=1, taskQueues=queues))

        values = {"watchNamespaces": ["shop"]}
        helm.install(str(CHART), "twp", values)
        wait_for_operators(place, "info")
        wait_for(lambda: place.replicas("orders") == 1, PATIENCE_SECONDS, "1 replica")
        may = ("auth", "can-i", "list", "pods", f"--as=system:serviceaccount:{NAMESPACE}:twp-temporal-worker-pools")
        assert place.cluster.kubectl(*may, "-n", "default", check=False).strip().startswith("no")

        helm.upgrade(str(CRD_CHART), "crds")
        helm.upgrade(str(CHART), "twp", values | {"operator": {"logLevel": "debug"}})
        wait_for_operators(place, "debug")
        scale_by_minimum(place, 2)

        helm.rollback("twp", version=1)
        wait_for_operators(place, "info")
        scale_by_minimum(place, 3)

        helm.uninstall("twp")
        wait_for(lambda: not operators(place), PATIENCE_SECONDS, "the operators to be gone")
        helm.uninstall("crds")
    assert place.replicas("orders") == 3
    assert place.status("orders")["replicas"] == 3
    left = json.loads(place.cluster.kubectl("get", "roles,rolebindings", "-A", "-o", "json", "-l", "helm.sh/chart"))
    assert left["items"] == []
