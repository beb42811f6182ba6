"""Setting replicas on the real API server."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from controller.cluster.client import Cluster
from controller.cluster.errors import ClusterError, ConflictError, ForbiddenError, NotFoundError, RejectedError
from controller.cluster.objects import Deployment
from controller.cluster.workload import (
    ScaleConflict,
    Scaled,
    get_deployment,
    own_replicas,
    remove_scaled_by,
    set_replicas,
    set_scaled_by,
)
from localcluster.cluster import LocalCluster
from tests.cluster import manifests
from tests.support.busy_writer import busy_writer
from tests.support.cluster import apply, get_json
from tests.support.waiting import wait_for


@pytest.fixture
async def deployment(admin: Cluster, cluster: LocalCluster, kubernetes_namespace: str) -> Deployment:
    """The Deployment `worker` without replicas, as its controller left it."""
    apply(cluster, kubernetes_namespace, manifests.deployment())
    wait_for(
        lambda: (
            get_json(cluster, kubernetes_namespace, "deployment", "worker")["status"].get("observedGeneration") == 1
        ),
        60,
        "the Deployment controller",
    )
    found = await get_deployment(admin, kubernetes_namespace, "worker")
    assert found is not None
    return found


async def test_replicas_are_set_in_the_operator_s_name(
    admin: Cluster, cluster: LocalCluster, deployment: Deployment
) -> None:
    """And nothing else is touched."""
    result = await set_replicas(admin, deployment, 2)
    stored = get_json(cluster, deployment.namespace, "deployment", "worker")
    assert isinstance(result, Scaled)
    assert int(result.resource_version) > int(deployment.resource_version)
    assert stored["spec"]["replicas"] == 2
    (own,) = (entry for entry in stored["metadata"]["managedFields"] if entry["manager"] == "temporal-worker-pools")
    assert own["subresource"] == "scale"
    assert own["fieldsV1"] == {"f:spec": {"f:replicas": {}}}


async def test_replicas_of_another_field_manager_are_a_conflict(
    admin: Cluster, cluster: LocalCluster, deployment: Deployment
) -> None:
    """Its replicas stay, and a fresh read succeeds."""
    cluster.kubectl("scale", "deployment", "worker", "--replicas=1", "--namespace", deployment.namespace)
    assert await set_replicas(admin, deployment, 2) == ScaleConflict()
    assert get_json(cluster, deployment.namespace, "deployment", "worker")["spec"]["replicas"] == 1
    fresh = await get_deployment(admin, deployment.namespace, "worker")
    assert fresh is not None
    assert fresh.replicas == 1
    assert await set_replicas(admin, replace(fresh, replicas=2), 0) == ScaleConflict()
    assert isinstance(await set_replicas(admin, fresh, 0), Scaled)


async def test_a_namesake_of_the_deployment_is_a_conflict(
    admin: Cluster, cluster: LocalCluster, deployment: Deployment
) -> None:
    """It was deleted and made anew since it was read."""
    assert await set_replicas(admin, replace(deployment, uid="another"), 2) == ScaleConflict()
    assert get_json(cluster, deployment.namespace, "deployment", "worker")["spec"]["replicas"] == 0


async def test_other_changes_of_the_deployment_do_not_block_replicas(
    admin: Cluster, cluster: LocalCluster, deployment: Deployment
) -> None:
    """Beside a writer of annotations without a pause each of ten changes of the replicas succeeds at once."""
    with busy_writer(cluster.kubeconfig, deployment.namespace, "worker") as writes:
        for replicas in (1, 0) * 5:
            before = writes.count
            wait_for(lambda before=before: writes.count > before, 60, "another write")  # type: ignore[misc]
            result = await set_replicas(admin, deployment, replicas)
            assert isinstance(result, Scaled), replicas
            deployment = replace(deployment, replicas=replicas)
    assert writes.count >= 10


async def test_a_deployment_that_is_gone_is_named(
    admin: Cluster, cluster: LocalCluster, deployment: Deployment
) -> None:
    """Setting raises, reading gives nothing."""
    cluster.kubectl("delete", "deployment", "worker", "--namespace", deployment.namespace)
    with pytest.raises(
        NotFoundError, match=f"^Could not set the replicas of Deployment {deployment.namespace}/worker to 2: "
    ):
        await set_replicas(admin, deployment, 2)
    assert await get_deployment(admin, deployment.namespace, "worker") is None


async def test_a_missing_permission_is_named(guest: Cluster, deployment: Deployment) -> None:
    """The resource, the verb and the account are in the text."""
    with pytest.raises(ForbiddenError) as caught:
        await set_replicas(guest, deployment, 2)
    account = f"system:serviceaccount:{deployment.namespace}:guest"
    assert f'User "{account}" cannot patch resource "deployments/scale" in API group "apps"' in str(caught.value)
    with pytest.raises(ForbiddenError, match='cannot get resource "deployments"'):
        await get_deployment(guest, deployment.namespace, "worker")


async def test_a_policy_that_refuses_is_named(
    admin: Cluster, cluster: LocalCluster, deployment: Deployment, one_replica_policy: str
) -> None:
    """The words of the policy's author are in the text."""
    try_out = ("scale", "deployment", "worker", "--replicas=2", "--dry-run=server", "--namespace", deployment.namespace)
    wait_for(lambda: one_replica_policy in cluster.kubectl(*try_out, check=False), 60, "the policy to be in force")
    with pytest.raises(RejectedError, match=one_replica_policy):
        await set_replicas(admin, deployment, 2)


@pytest.fixture
def one_replica_policy(cluster: LocalCluster, kubernetes_namespace: str) -> Iterator[str]:
    """An admission policy that forbids more than one replica in the test's namespace; gives its message."""
    name = f"one-replica-{kubernetes_namespace}"
    message = "one replica is enough"
    scales = {
        "apiGroups": ["apps"],
        "apiVersions": ["v1"],
        "operations": ["UPDATE"],
        "resources": ["deployments/scale"],
    }
    here = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": kubernetes_namespace}}}
    specs = {
        "ValidatingAdmissionPolicy": {
            "matchConstraints": {"resourceRules": [scales]},
            "validations": [{"expression": "object.spec.replicas <= 1", "message": message}],
        },
        "ValidatingAdmissionPolicyBinding": {
            "policyName": name,
            "validationActions": ["Deny"],
            "matchResources": here,
        },
    }
    for kind, spec in specs.items():
        manifest = {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": kind,
            "metadata": {"name": name},
            "spec": spec,
        }
        cluster.kubectl("apply", "-f", "-", input=json.dumps(manifest))
    yield message
    cluster.kubectl("delete", ",".join(specs), name)


async def test_the_deployment_names_the_pool_that_scales_it(
    admin: Cluster, cluster: LocalCluster, deployment: Deployment
) -> None:
    """In an annotation of its own field manager, which its owner's apply leaves alone; no pod is made anew."""
    version = await set_scaled_by(admin, deployment, "orders")
    apply(cluster, deployment.namespace, manifests.deployment())
    found = await get_deployment(admin, deployment.namespace, "worker")
    assert found is not None
    assert (found.scaled_by, found.template) == ("orders", deployment.template)
    assert found.is_before(replace(found, resource_version=version)) is False
    stored = get_json(cluster, deployment.namespace, "deployment", "worker")
    (own,) = (entry for entry in stored["metadata"]["managedFields"] if entry["manager"] == "temporal-worker-pools")
    assert own["fieldsV1"] == {"f:metadata": {"f:annotations": {"f:workerpools.dev/scaled-by": {}}}}


async def test_the_name_of_another_pool_is_not_removed(admin: Cluster, deployment: Deployment) -> None:
    """It has claimed the Deployment since; nor is anything removed of a namesake, or where all is gone."""
    await set_scaled_by(admin, deployment, "bills")
    for of, pool_name in ((deployment, "orders"), (replace(deployment, uid="another"), "bills")):
        await remove_scaled_by(admin, of, pool_name)
        found = await get_deployment(admin, deployment.namespace, "worker")
        assert found is not None
        assert found.scaled_by == "bills"
    await remove_scaled_by(admin, deployment, "bills")
    await remove_scaled_by(admin, deployment, "bills")
    found = await get_deployment(admin, deployment.namespace, "worker")
    assert found is not None
    assert found.scaled_by is None
    with pytest.raises(ClusterError):
        await set_scaled_by(admin, replace(deployment, uid="another"), "orders")


async def test_replicas_without_an_owner_get_one_so_that_the_next_scale_has_a_name(
    admin: Cluster, cluster: LocalCluster, deployment: Deployment
) -> None:
    """The API server forgets the owner with a 0 by the scale subresource, and names none by it from then on."""

    async def read() -> Deployment:
        found = await get_deployment(admin, deployment.namespace, "worker")
        assert found is not None
        return found

    def scale(replicas: int) -> None:
        cluster.kubectl("scale", "deployment", "worker", f"--replicas={replicas}", "-n", deployment.namespace)

    scale(1)
    scale(0)
    scale(1)
    forgotten = await read()
    assert (forgotten.replicas, forgotten.replicas_manager) == (1, None)
    scale(2)
    with pytest.raises(ConflictError):
        await own_replicas(admin, forgotten)
    generation = (await read()).generation
    while (owned := await read()).replicas_manager is None:
        with suppress(ConflictError):  # the Deployment controller writes its status meanwhile
            await own_replicas(admin, owned)
    assert (owned.replicas, owned.replicas_manager) == (2, "temporal-worker-pools-replicas")
    assert owned.generation == generation
    scale(1)
    named = await read()
    assert (named.replicas_manager, named.replicas_subresource) == ("kubectl", "scale")
