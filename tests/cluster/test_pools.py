"""Which pools there are, on the real API server."""

import pytest

from controller.cluster import pools
from controller.cluster.client import Cluster
from controller.cluster.errors import ForbiddenError, NotFoundError
from controller.cluster.pools import find_crd, list_pool_uids
from controller.cluster.resources import Resource
from localcluster.cluster import LocalCluster
from tests.cluster import manifests
from tests.support.cluster import apply, get_json


@pytest.mark.usefixtures("pools_served")
async def test_pools_are_listed_with_their_uids(
    admin: Cluster, cluster: LocalCluster, kubernetes_namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one namespace, and of all; page by page."""
    monkeypatch.setattr(pools, "PAGE_SIZE", 1)
    names = {"orders", "bills", "mails"}
    apply(cluster, kubernetes_namespace, *(manifests.pool(name) for name in names))
    stored = get_json(cluster, kubernetes_namespace, "twp")["items"]
    uids = {(kubernetes_namespace, pool["metadata"]["name"]): pool["metadata"]["uid"] for pool in stored}
    assert await list_pool_uids(admin, kubernetes_namespace) == uids
    assert len(uids) == len(names)
    assert await list_pool_uids(admin, "default") == {}
    assert (await list_pool_uids(admin, None)).items() >= uids.items()


@pytest.mark.usefixtures("pools_served")
async def test_specs_and_statuses_are_not_listed(
    admin: Cluster, cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """Those of many pools are megabytes, each minute."""
    apply(cluster, kubernetes_namespace, manifests.pool("orders"))
    page = await pools._page(admin, kubernetes_namespace, None, limit=1)
    assert page["kind"] == "PartialObjectMetadataList"
    assert [item.keys() & {"spec", "status"} for item in page["items"]] == [set()]


async def test_a_missing_crd_is_named(admin: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """The API server is asked for a version that it does not serve, as it would without the CRD."""
    monkeypatch.setattr(pools, "POOLS", Resource("/apis/workerpools.dev/v0", "temporalworkerpools"))
    with pytest.raises(NotFoundError) as caught:
        await find_crd(admin, None)
    assert str(caught.value) == (
        "The cluster has no temporalworkerpools.workerpools.dev/v1alpha1: "
        "install the CRD with `kubectl apply -f crds/`."
    )


@pytest.mark.usefixtures("pools_served")
@pytest.mark.parametrize("everywhere", [True, False])
async def test_a_missing_permission_is_named(guest: Cluster, kubernetes_namespace: str, *, everywhere: bool) -> None:
    """In one namespace and cluster-wide."""
    with pytest.raises(
        ForbiddenError, match=r'cannot list resource "temporalworkerpools" in API group "workerpools\.dev"'
    ):
        await find_crd(guest, None if everywhere else kubernetes_namespace)
