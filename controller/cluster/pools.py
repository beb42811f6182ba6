"""Lists the TemporalWorkerPools."""

from typing import Any, Final

from controller.api.spec import GROUP, PLURAL, VERSION
from controller.cluster.client import Cluster, answer_to
from controller.cluster.errors import ClusterUnavailableError, NotFoundError
from controller.cluster.fields import Fields
from controller.cluster.informer import PAGE_SIZE, ObjectKey, scope
from controller.cluster.resources import POOLS

METADATA_ONLY: Final = {"Accept": "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"}
"""Requests only the metadata of the items: specs and statuses of many pools are megabytes."""


async def find_crd(cluster: Cluster, namespace: str | None) -> None:
    """Checks that pools can be listed.

    Raises:
        NotFoundError: The CRD is not installed.
        ForbiddenError: The operator may not list pools; the text has the permission.
        ClusterError: Another failure; the text has the reason and the fix.
    """
    await _page(cluster, namespace, None, limit=1)


async def list_pool_uids(cluster: Cluster, namespace: str | None) -> dict[ObjectKey, str]:
    """The UID of every pool of `namespace`, or of the whole cluster with `None`, by namespace and name.

    Raises:
        NotFoundError: The CRD is not installed.
        ForbiddenError: The operator may not list pools; the text has the permission.
        ClusterError: Another failure; the text has the reason and the fix.
    """
    uids: dict[ObjectKey, str] = {}
    page_token: str | None = None
    while page_token != "":
        page = Fields(await _page(cluster, namespace, page_token, limit=PAGE_SIZE))
        # Without items the API server sends null here.
        metadata = [item.part("metadata") for item in page.items("items")]
        uids |= {(item.text("namespace"), item.text("name")): item.text("uid") for item in metadata}
        if "items" not in page.raw or page.unread or any("" in (*key, uid) for key, uid in uids.items()):
            # What is not in the answer counts as deleted, so an incomplete answer must not be used.
            raise ClusterUnavailableError(
                "Could not list the TemporalWorkerPools: the answer is not a list of objects."
            )
        page_token = page.part("metadata").text("continue")
    return uids


async def _page(cluster: Cluster, namespace: str | None, page_token: str | None, limit: int) -> dict[str, Any]:
    request = POOLS.list_request(cluster.client, namespace, **METADATA_ONLY)
    try:
        return await answer_to(
            f"list the TemporalWorkerPools of {scope(namespace)}", request(**{"limit": limit, "continue": page_token})
        )
    except NotFoundError as error:
        raise NotFoundError(
            f"The cluster has no {PLURAL}.{GROUP}/{VERSION}: install the CRD with `kubectl apply -f crds/`.",
            error.status,
        ) from error
