"""Setting the replicas of a Deployment."""

from dataclasses import dataclass

from kubernetes.aio.client import AppsV1Api

from controller.cluster.client import Cluster
from controller.cluster.errors import ConflictError, NotFoundError
from controller.cluster.objects import Deployment
from controller.cluster.requests import MERGE_PATCH, REQUEST_TIMEOUT_SECONDS, answer_to
from controller.cluster.trimming import FIELD_MANAGER, to_deployment


@dataclass(frozen=True, slots=True)
class Scaled:
    """The replicas were set."""

    resource_version: str
    """Of the Deployment after the change."""


@dataclass(frozen=True, slots=True)
class ScaleConflict:
    """The Deployment changed since it was read: read it and decide again."""


async def get_deployment(cluster: Cluster, namespace: str, name: str) -> Deployment | None:
    """Reads a Deployment past the cache, for the second try after a conflict; `None` if it is gone.

    Raises:
        ClusterError: It could not be read.
    """
    request = AppsV1Api(cluster.client).read_namespaced_deployment_without_preload_content(
        name, namespace, _request_timeout=REQUEST_TIMEOUT_SECONDS
    )
    try:
        return to_deployment(await answer_to(f"read Deployment {namespace}/{name}", request))
    except NotFoundError:
        return None


async def set_replicas(cluster: Cluster, deployment: Deployment, replicas: int) -> Scaled | ScaleConflict:
    """Sets the replicas of the Deployment as it was read, and of no later state of it.

    A merge-patch, not server-side apply: an applier that stops naming `replicas` resets it to 1.

    Raises:
        NotFoundError: It is gone.
        ClusterError: Another refusal; the text says which and what to do.
    """
    body = {"metadata": {"resourceVersion": deployment.resource_version}, "spec": {"replicas": replicas}}
    request = AppsV1Api(cluster.client).patch_namespaced_deployment_scale_without_preload_content(
        deployment.name,
        deployment.namespace,
        body,
        field_manager=FIELD_MANAGER,
        _content_type=MERGE_PATCH,
        _request_timeout=REQUEST_TIMEOUT_SECONDS,
    )
    try:
        scale = await answer_to(
            f"set Deployment {deployment.namespace}/{deployment.name} to {replicas} replicas", request
        )
    except ConflictError:
        return ScaleConflict()
    return Scaled(scale["metadata"]["resourceVersion"])
