"""Writing the status of a TemporalWorkerPool."""

from collections.abc import Mapping
from typing import Any

from kubernetes.aio.client import CustomObjectsApi

from controller.api.worker_pool import GROUP, PLURAL, VERSION
from controller.cluster.client import Cluster
from controller.cluster.errors import NotFoundError
from controller.cluster.requests import MERGE_PATCH, REQUEST_TIMEOUT_SECONDS, answer_to
from controller.cluster.trimming import FIELD_MANAGER


async def write_status(cluster: Cluster, reference: Mapping[str, str], status: Mapping[str, Any]) -> bool:
    """Merges `status` (in the API's own names; `None` removes a field) into the pool's status.

    Args:
        cluster: Where the pool is.
        reference: `ObjectMeta.reference` of the pool.
        status: The fields to set; lists are replaced whole.

    Returns:
        Whether it was written; `False` if the pool is gone. A new pool of the same name gets it: the API server heeds
        no UID in a change of status, and the first pass of the new pool sets it right.

    Raises:
        ClusterError: Another refusal; the text says which and what to do.
    """
    namespace, name = reference["namespace"], reference["name"]
    request = CustomObjectsApi(cluster.client).patch_namespaced_custom_object_status_without_preload_content(
        GROUP,
        VERSION,
        namespace,
        PLURAL,
        name,
        {"status": dict(status)},
        field_manager=FIELD_MANAGER,
        _content_type=MERGE_PATCH,
        _request_timeout=REQUEST_TIMEOUT_SECONDS,
    )
    try:
        await answer_to(f"write the status of TemporalWorkerPool {namespace}/{name}", request)
    except NotFoundError:
        return False
    return True
