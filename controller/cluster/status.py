"""Writes the status of a TemporalWorkerPool."""

from collections.abc import Mapping
from typing import Any

from kubernetes.aio.client import CustomObjectsApi

from controller.api.spec import GROUP, PLURAL, VERSION
from controller.cluster.client import JSON_PATCH, REQUEST_TIMEOUT_SECONDS, Cluster, answer_to
from controller.cluster.convert import FIELD_MANAGER
from controller.cluster.errors import NotFoundError, RejectedError


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
    request = CustomObjectsApi(cluster.client).patch_namespaced_custom_object_status_without_preload_content(
        GROUP,
        VERSION,
        namespace,
        PLURAL,
        name,
        [
            {"op": "test", "path": "/metadata/uid", "value": reference["uid"]},
            {"op": "add", "path": "/status", "value": dict(status)},
        ],
        field_manager=FIELD_MANAGER,
        _content_type=JSON_PATCH,
        _request_timeout=REQUEST_TIMEOUT_SECONDS,
    )
    try:
        await answer_to(f"write the status of TemporalWorkerPool {namespace}/{name}", request)
    except NotFoundError:
        return False
    except RejectedError as error:
        if not error.is_failed_test:
            raise
        return False
    return True
