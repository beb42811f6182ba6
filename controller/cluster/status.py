"""Writing the status of a TemporalWorkerPool."""

from collections.abc import Mapping
from typing import Any

from controller.cluster.client import Cluster


async def write_status(cluster: Cluster, reference: Mapping[str, str], status: Mapping[str, Any]) -> bool:
    """Merges `status` (in the API's own names; `None` removes a field) into the pool's status.

    Args:
        cluster: Where the pool is.
        reference: `TemporalWorkerPool.reference`.
        status: The fields to set; lists are replaced whole.

    Returns:
        Whether it was written; `False` if the pool is gone or another one has its name by now.

    Raises:
        ClusterError: Another refusal; the text says which and what to do.
    """
    raise NotImplementedError
