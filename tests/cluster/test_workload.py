"""Which pods belong to a Deployment, as the real controllers make them."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from controller.cluster.client import Cluster
from controller.cluster.informer import ObjectKey
from controller.cluster.objects import Deployment
from controller.cluster.pods import PodCache
from controller.cluster.workload import DeploymentCache
from localcluster.cluster import LocalCluster
from tests.cluster import manifests
from tests.support.cluster import apply
from tests.support.waiting import wait_for_async

SECONDS = 60.0


@pytest.fixture
async def caches(admin: Cluster, kubernetes_namespace: str) -> AsyncIterator[tuple[DeploymentCache, PodCache]]:
    """Both caches of the test's namespace."""
    deployments = DeploymentCache(admin, kubernetes_namespace, lambda _: None)
    pods = PodCache(admin, kubernetes_namespace, lambda _: None)
    tasks = [asyncio.create_task(cache.run()) for cache in (deployments, pods)]
    yield deployments, pods
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_deployment_has_the_pods_of_its_replica_sets(
    caches: tuple[DeploymentCache, PodCache], cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """Neither another Deployment's pods nor one without a controller, though its labels match."""
    deployments, pods = caches
    apply(
        cluster,
        kubernetes_namespace,
        manifests.deployment("orders", replicas=2),
        manifests.deployment("bills", replicas=1),
        manifests.pod("debug", {"app": "orders"}),
    )

    async def all_ready() -> bool:
        orders = deployments.get(kubernetes_namespace, "orders")
        return orders is not None and orders.ready_replicas == 2 and len(pods.in_namespace(kubernetes_namespace)) == 4

    await wait_for_async(all_ready, SECONDS, "the pods")
    orders = deployments.get(kubernetes_namespace, "orders")
    assert orders is not None
    assert (orders.replicas, orders.total_replicas, orders.updated_replicas) == (2, 2, 2)
    assert not orders.rolling_out
    found = pods.of(orders)
    assert len(found) == 2
    for pod in found:
        assert pod.name.startswith("orders-")
        assert pod.host_name == pod.name
        assert pod.scheduled_at is not None
        assert pod.ready_since is not None
        assert pod.created_at <= pod.scheduled_at <= pod.ready_since
        assert not pod.terminating


async def test_pods_that_are_asked_to_stop_are_terminating(
    caches: tuple[DeploymentCache, PodCache], cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """From the moment in which it is asked to stop until it is gone, a pod belongs and is terminating."""
    deployments, pods = caches
    manifest = manifests.deployment(replicas=1)
    spec = manifest["spec"]["template"]["spec"]
    spec["terminationGracePeriodSeconds"] = 30
    spec["containers"][0]["command"] = [
        "python",
        "-c",
        "import signal, time\nsignal.signal(15, lambda *_: 0)\ntime.sleep(99)",
    ]
    apply(cluster, kubernetes_namespace, manifest)

    async def ready() -> bool:
        worker = deployments.get(kubernetes_namespace, "worker")
        return worker is not None and any(pod.ready_since for pod in pods.of(worker))

    async def terminating() -> bool:
        worker = deployments.get(kubernetes_namespace, "worker")
        return worker is not None and any(pod.terminating for pod in pods.of(worker))

    await wait_for_async(ready, SECONDS, "a ready pod")
    cluster.kubectl("scale", "deployment", "worker", "--replicas=0", "--namespace", kubernetes_namespace)
    await wait_for_async(terminating, SECONDS, "the pod to be asked to stop")
    worker = deployments.get(kubernetes_namespace, "worker")
    assert worker is not None
    cluster.kubectl("delete", "pods", "--all", "--force", "--grace-period=0", "--namespace", kubernetes_namespace)

    async def gone() -> bool:
        return not pods.of(worker)

    await wait_for_async(gone, SECONDS, "the pod to be gone")


async def test_a_rollout_lasts_from_its_change_to_its_end(
    caches: tuple[DeploymentCache, PodCache], cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """Rolling out right after the template changed, and at rest when the last old pod is gone."""
    deployments, _ = caches
    apply(cluster, kubernetes_namespace, manifests.deployment(replicas=2))

    async def at_rest() -> bool:
        worker = deployments.get(kubernetes_namespace, "worker")
        return worker is not None and worker.ready_replicas == 2 and not worker.rolling_out

    async def rolling() -> bool:
        worker = deployments.get(kubernetes_namespace, "worker")
        return worker is not None and worker.rolling_out

    await wait_for_async(at_rest, SECONDS, "the first pods")
    watching = asyncio.create_task(wait_for_async(rolling, SECONDS, "the rollout"))
    await asyncio.to_thread(
        cluster.kubectl, "set", "env", "deployment/worker", "SLOTS=9", "--namespace", kubernetes_namespace
    )
    await watching
    await wait_for_async(at_rest, SECONDS, "the end of the rollout")


def is_settled(deployment: Deployment) -> bool:
    """Whether every desired replica is ready, and of the last template."""
    return deployment.ready_replicas == deployment.replicas and not deployment.rolling_out


async def test_a_change_outside_the_template_is_no_rollout(
    admin: Cluster, cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """Replicas and annotations make generations too, and the Deployment controller observes them later."""
    seen: list[Deployment] = []

    def record(key: ObjectKey) -> None:
        if found := cache.get(*key):
            seen.append(found)

    async def settled() -> bool:
        return bool(seen) and is_settled(seen[-1])

    cache = DeploymentCache(admin, kubernetes_namespace, record)
    watching = asyncio.create_task(cache.run())
    apply(cluster, kubernetes_namespace, manifests.deployment(replicas=1))
    await wait_for_async(settled, SECONDS, "the first pod")
    seen.clear()
    cluster.kubectl("annotate", "deployment", "worker", "tests/note=new", "--namespace", kubernetes_namespace)
    cluster.kubectl("scale", "deployment", "worker", "--replicas=2", "--namespace", kubernetes_namespace)
    await wait_for_async(settled, SECONDS, "the second pod")
    watching.cancel()
    assert any(deployment.observed_generation < deployment.generation for deployment in seen)
    assert not any(deployment.rolling_out for deployment in seen)
