"""Telling a ReplicaSet which of its pods to remove first."""

from kubernetes.aio.client import CoreV1Api

from controller.cluster.client import Cluster
from controller.cluster.convert import DELETION_COST, FIELD_MANAGER
from controller.cluster.errors import NotFoundError, RejectedError
from controller.cluster.objects import Pod
from controller.cluster.requests import MERGE_PATCH, REQUEST_TIMEOUT_SECONDS, answer_to


async def set_deletion_cost(cluster: Cluster, pod: Pod, cost: int) -> None:
    """Writes the annotation by which a ReplicaSet ranks its ready pods; a cost of 0 removes it.

    A pod that is gone, or another one of the same name, is left alone: there is nothing to rank any more.

    Raises:
        ClusterError: The API server refused; the text says why and what to do.
    """
    annotations = {DELETION_COST: str(cost) if cost else None}
    request = CoreV1Api(cluster.client).patch_namespaced_pod_without_preload_content(
        pod.name,
        pod.namespace,
        {"metadata": {"uid": pod.uid, "annotations": annotations}},
        field_manager=FIELD_MANAGER,
        _content_type=MERGE_PATCH,
        _request_timeout=REQUEST_TIMEOUT_SECONDS,
    )
    try:
        await answer_to(f"set the deletion cost of pod {pod.namespace}/{pod.name} to {cost}", request)
    except NotFoundError:
        return
    except RejectedError as error:
        if not _is_of_another_pod(error):
            raise


def _is_of_another_pod(error: RejectedError) -> bool:
    """Whether the UID did not fit: a patch with another one would change a field that can't be changed."""
    return any(cause.text("field") == "metadata.uid" for cause in error.causes)
