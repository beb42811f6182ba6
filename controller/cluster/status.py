"""Writes the status of a TemporalWorkerPool."""

from collections.abc import Mapping
from typing import Any

from controller.cluster.client import Cluster, answer_to
from controller.cluster.convert import FIELD_MANAGER
from controller.cluster.errors import NotFoundError, RejectedError
from controller.cluster.resources import JSON_PATCH, POOLS, patch


async def write_status(cluster: Cluster, reference: Mapping[str, str], status: Mapping[str, Any]) -> bool:
    """Replaces the status of a pool, but not of another pool that has its name by now.

    A JSON patch, because it can test the UID first: in a merge patch of the status the API server ignores it.

    Args:
        cluster: Where the pool is.
        reference: `ObjectMeta.reference` of the pool.
        status: The whole status in the API's own names.

    Returns:
        Whether it was written; `False` if the pool is gone.

    Raises:
        ClusterError: Another failure; the text has the reason and the fix.
    """
    namespace, name = reference["namespace"], reference["name"]
    change: list[dict[str, Any]] = [
        {"op": "test", "path": "/metadata/uid", "value": reference["uid"]},
        {"op": "add", "path": "/status", "value": dict(status)},
    ]
    path = POOLS.path(namespace, name, "status")
    request = patch(cluster.client, path, JSON_PATCH, change, fieldManager=FIELD_MANAGER)
    try:
        await answer_to(f"write the status of TemporalWorkerPool {namespace}/{name}", request)
    except NotFoundError:
        return False
    except RejectedError as error:
        if not error.is_failed_test:
            raise
        return False
    return True
