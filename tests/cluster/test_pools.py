"""Which pools there are, on the real API server."""

import pytest

from controller.cluster import pools
from controller.cluster.client import Cluster
from controller.cluster.errors import ForbiddenError, NotFoundError
from controller.cluster.pools import list_pool_keys
from localcluster.cluster import LocalCluster
from tests.cluster import manifests
from tests.support.cluster import apply


@pytest.mark.usefixtures("pools_served")
async def test_pools_are_listed_by_key(admin: Cluster, cluster: LocalCluster, kubernetes_namespace: str) -> None:
    """Of one namespace, and of all."""
    apply(cluster, kubernetes_namespace, manifests.pool("orders"), manifests.pool("bills"))
    keys = {(kubernetes_namespace, "orders"), (kubernetes_namespace, "bills")}
    assert await list_pool_keys(admin, kubernetes_namespace) == keys
    assert await list_pool_keys(admin, "default") == set()
    assert await list_pool_keys(admin, None) >= keys


async def test_a_missing_crd_is_named(admin: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """The API server is asked for a version that it does not serve, as it would without the CRD."""
    monkeypatch.setattr(pools, "VERSION", "v0")
    with pytest.raises(NotFoundError) as caught:
        await list_pool_keys(admin, None)
    assert str(caught.value) == (
        "The cluster knows no temporalworkerpools.workerpools.dev/v0: install the CRD with `kubectl apply -f crds/`."
    )


@pytest.mark.usefixtures("pools_served")
@pytest.mark.parametrize("everywhere", [True, False])
async def test_a_missing_permission_is_named(guest: Cluster, kubernetes_namespace: str, *, everywhere: bool) -> None:
    """In one namespace and cluster-wide."""
    with pytest.raises(
        ForbiddenError, match=r'cannot list resource "temporalworkerpools" in API group "workerpools\.dev"'
    ):
        await list_pool_keys(guest, None if everywhere else kubernetes_namespace)
