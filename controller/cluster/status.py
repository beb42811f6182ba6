"""Writes the status of a TemporalWorkerPool."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog

from controller.cluster.client import Cluster, answer_to
from controller.cluster.convert import FIELD_MANAGER
from controller.cluster.errors import NotFoundError, RejectedError
from controller.cluster.resources import JSON_PATCH, POOLS, patch

log = structlog.get_logger()

_FIELD: Final = re.compile(r"status\.(\w+)")
"""A field of status, or a part of one, as the API server names it where it refuses it."""


async def write_status(
    cluster: Cluster, reference: Mapping[str, str], status: Mapping[str, Any], only: Sequence[str] = ()
) -> bool:
    """Replaces the status of a pool, but not of another pool that has its name by now.

    Where the CRD of the cluster refuses fields of it, since it is of another version, the others are written.

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
        if only:
            # A person emptied the status, of which a part can't be changed then, or it is of another CRD's schema.
            return await write_status(cluster, reference, status)
        if error.is_failed_test:
            return False
        refused = _refused(error) & status.keys()
        if not refused or refused == status.keys():
            raise
        log.warning("status_fields_refused", pool=f"{namespace}/{name}", fields=sorted(refused), reason=error.problem)
        return await write_status(cluster, reference, {key: status[key] for key in status.keys() - refused})
    return True


def _refused(error: RejectedError) -> set[str]:
    """The fields of status that the schema of an older or newer CRD has no place for: the rest is worth writing."""
    found = (_FIELD.match(cause.text("field")) for cause in error.causes)
    return {match[1] for match in found if match}
