"""Writing a pool's status on the real API server."""

import pytest
from structlog.testing import capture_logs

from controller.api.crd import UNOBSERVED
from controller.api.spec import TemporalWorkerPool
from controller.cluster.client import Cluster
from controller.cluster.errors import ForbiddenError, RejectedError
from controller.cluster.status import write_status
from localcluster.cluster import LocalCluster
from tests.cluster import manifests
from tests.support.cluster import apply, get_json

pytestmark = pytest.mark.usefixtures("pools_served")


@pytest.fixture
def reference(cluster: LocalCluster, kubernetes_namespace: str, pools_served: None) -> dict[str, str]:  # noqa: ARG001
    """A pool without status."""
    apply(cluster, kubernetes_namespace, manifests.pool())
    manifest = get_json(cluster, kubernetes_namespace, "temporalworkerpool", "orders")
    return TemporalWorkerPool.from_manifest(manifest).metadata.reference


async def test_the_status_is_replaced_whole(admin: Cluster, cluster: LocalCluster, reference: dict[str, str]) -> None:
    """What is not named is gone; the spec is never touched."""
    before = get_json(cluster, reference["namespace"], "temporalworkerpool", "orders")
    assert await write_status(admin, reference, {"replicas": 3, "desiredReplicas": 4})
    assert await write_status(admin, reference, {"inFlight": {"source": "None"}, "readyReplicas": 2})
    after = get_json(cluster, reference["namespace"], "temporalworkerpool", "orders")
    assert after["status"] == {"inFlight": {"source": "None"}, "readyReplicas": 2}
    assert (after["spec"], after["metadata"]["generation"]) == (before["spec"], before["metadata"]["generation"])


async def test_a_pool_that_is_gone_is_no_error(
    admin: Cluster, cluster: LocalCluster, reference: dict[str, str]
) -> None:
    """It may be deleted between a read and a write."""
    cluster.kubectl("delete", "temporalworkerpool", "orders", "--namespace", reference["namespace"])
    assert not await write_status(admin, reference, {"replicas": 3})


async def test_a_new_pool_of_the_same_name_does_not_get_the_status_of_the_old_one(
    admin: Cluster, cluster: LocalCluster, reference: dict[str, str]
) -> None:
    """It may be deleted and created again between a read and a write."""
    cluster.kubectl("delete", "temporalworkerpool", "orders", "--namespace", reference["namespace"])
    apply(cluster, reference["namespace"], manifests.pool())
    assert not await write_status(admin, reference, {"replicas": 3})
    assert get_json(cluster, reference["namespace"], "temporalworkerpool", "orders")["status"] == UNOBSERVED


async def test_a_status_that_the_schema_refuses_is_an_error(admin: Cluster, reference: dict[str, str]) -> None:
    """The field and the pool are in the text."""
    with pytest.raises(RejectedError, match=r"TemporalWorkerPool .*/orders: .*status\.replicas"):
        await write_status(admin, reference, {"replicas": "three"})


async def test_of_a_status_that_the_schema_refuses_in_part_the_rest_is_written(
    admin: Cluster, cluster: LocalCluster, reference: dict[str, str]
) -> None:
    """As the CRD of another version does: what it has a place for is worth reading. A sign of life writes it, too."""
    status = {"replicas": 3, "lastDecision": {"time": "now", "steps": 5}, "desiredReplicas": 4}
    with capture_logs() as lines:
        assert await write_status(admin, reference, status)
        assert await write_status(admin, reference, status, only=("lastDecision",))
    stored = get_json(cluster, reference["namespace"], "temporalworkerpool", "orders")
    assert stored["status"] == {"replicas": 3, "desiredReplicas": 4}
    assert {(line["event"], tuple(line["fields"])) for line in lines} == {("status_fields_refused", ("lastDecision",))}


async def test_a_missing_permission_is_named(guest: Cluster, reference: dict[str, str]) -> None:
    """The subresource is in the text."""
    with pytest.raises(ForbiddenError, match='cannot patch resource "temporalworkerpools/status"'):
        await write_status(guest, reference, {"replicas": 3})


async def test_a_part_of_the_status_is_changed_and_the_rest_stays(
    admin: Cluster, cluster: LocalCluster, reference: dict[str, str]
) -> None:
    """A sign of life is one field."""
    assert await write_status(admin, reference, {"replicas": 3})
    status = {"replicas": 4, "lastReconcileTime": "2026-11-24T12:00:00Z"}
    assert await write_status(admin, reference, status, only=("lastReconcileTime",))
    stored = get_json(cluster, reference["namespace"], "temporalworkerpool", "orders")
    assert stored["status"] == {"replicas": 3, "lastReconcileTime": "2026-11-24T12:00:00Z"}
    assert not await write_status(admin, reference | {"uid": "other"}, status, only=("lastReconcileTime",))
