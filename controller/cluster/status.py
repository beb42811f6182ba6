"""Writes the status of a TemporalWorkerPool."""

from collections.abc import Mapping, Sequence
from typing import Any

from controller.cluster.client import Cluster, answer_to
from controller.cluster.convert import FIELD_MANAGER
from controller.cluster.errors import NotFoundError, RejectedError
from controller.cluster.resources import JSON_PATCH, POOLS, patch


async def write_status(
    cluster: Cluster, reference: Mapping[str, str], status: Mapping[str, Any], only: Sequence[str] = ()
) -> bool:
    """Replaces the status of a pool, but not of another pool that has its name by now.

    A JSON patch, because it can test the UID first: in a merge patch of the status the API server ignores it.

    Args:
        cluster: Where the pool is.
        reference: `ObjectMeta.reference` of the pool.
        status: The whole status in the API's own names.
        only: The fields of it that differ from what was written last. Default: all are written.

    Returns:
        Whether it was written; `False` if the pool is gone.

    Raises:
        ClusterError: Another failure; the text has the reason and the fix.
    """
    namespace, name = reference["namespace"], reference["name"]
    is_pool = {"op": "test", "path": "/metadata/uid", "value": reference["uid"]}
    changed = {f"/status/{field}": status[field] for field in only} or {"/status": dict(status)}
    change = [is_pool, *({"op": "add", "path": path, "value": value} for path, value in changed.items())]
    path = POOLS.path(namespace, name, "status")
    request = patch(cluster.client, path, JSON_PATCH, change, fieldManager=FIELD_MANAGER)
    try:
        await answer_to(f"write the status of TemporalWorkerPool {namespace}/{name}", request)
    except NotFoundError:
        return False
    except RejectedError as error:
        if not error.is_failed_test:
            raise
        # Where a person emptied the status, a part of it can't be changed, and that answer is the same.
        return bool(only) and await write_status(cluster, reference, status)
    return True
