"""Pod-deletion-cost on the real API server."""

import asyncio
from dataclasses import replace

import pytest

from controller.cluster.client import Cluster
from controller.cluster.convert import to_pod
from controller.cluster.errors import ForbiddenError
from controller.cluster.objects import Pod
from controller.cluster.pods import set_deletion_cost
from controller.scaling.scale_down.deletion_cost import COSTS_SEEN_SECONDS
from localcluster.cluster import LocalCluster
from tests.cluster import manifests
from tests.support.cluster import apply, get_json
from tests.support.waiting import wait_for


@pytest.fixture
def pod(cluster: LocalCluster, kubernetes_namespace: str) -> Pod:
    """A pod of the test's own."""
    apply(cluster, kubernetes_namespace, manifests.pod("worker-0", {}))
    return read_pod(cluster, kubernetes_namespace)


def read_pod(cluster: LocalCluster, namespace: str) -> Pod:
    """The pod as it is now."""
    return to_pod(get_json(cluster, namespace, "pod", "worker-0"))


async def test_a_cost_is_written_and_removed(admin: Cluster, cluster: LocalCluster, pod: Pod) -> None:
    """Without the annotation a pod costs 0."""
    await set_deletion_cost(admin, pod, -2)
    assert read_pod(cluster, pod.namespace).deletion_cost == -2
    await set_deletion_cost(admin, pod, 0)
    stored = get_json(cluster, pod.namespace, "pod", "worker-0")
    assert "controller.kubernetes.io/pod-deletion-cost" not in stored["metadata"].get("annotations", {})


async def test_another_pod_of_the_same_name_is_left_alone(admin: Cluster, cluster: LocalCluster, pod: Pod) -> None:
    """The state of one is not that of the other."""
    await set_deletion_cost(admin, replace(pod, uid="00000000-0000-0000-0000-000000000000"), -2)
    assert read_pod(cluster, pod.namespace).deletion_cost == 0


async def test_a_deleted_pod_is_no_error(admin: Cluster, pod: Pod) -> None:
    """There is nothing to do."""
    await set_deletion_cost(admin, replace(pod, name="worker-9"), -2)


async def test_a_replica_set_removes_the_cheapest_pod(
    admin: Cluster, cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """The real controller, as `scaling/scale_down/deletion_cost.py` has it: neither the youngest nor any other goes."""
    apply(cluster, kubernetes_namespace, manifests.deployment("orders", replicas=5))
    namespace = ("--namespace", kubernetes_namespace)
    cluster.kubectl("rollout", "status", "deployment", "orders", "--timeout=120s", *namespace)

    def pods() -> list[Pod]:
        return [to_pod(item) for item in get_json(cluster, kubernetes_namespace, "pods")["items"]]

    idle, light, *rest = pods()
    await set_deletion_cost(admin, light, -1)
    await set_deletion_cost(admin, idle, -2)
    await asyncio.sleep(COSTS_SEEN_SECONDS)

    def staying() -> set[str]:
        return {pod.name for pod in pods() if not pod.terminating}

    for left in ([light, *rest], rest):
        cluster.kubectl("scale", "deployment", "orders", f"--replicas={len(left)}", *namespace)
        wait_for(lambda: len(staying()) == len(left), 60, "a removal")  # noqa: B023 - called within the loop
        assert staying() == {pod.name for pod in left}


async def test_a_refusal_names_the_pod_and_the_fix(guest: Cluster, pod: Pod) -> None:
    """The account may do nothing."""
    with pytest.raises(ForbiddenError, match=r"set the deletion cost of pod .*/worker-0 to -2") as refused:
        await set_deletion_cost(guest, pod, -2)
    assert "give the operator's account the permission" in str(refused.value)
