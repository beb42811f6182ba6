"""Which TemporalWorkerPools there are."""

from kubernetes.aio.client import CustomObjectsApi

from controller.api.worker_pool import GROUP, PLURAL, VERSION
from controller.cluster.client import Cluster
from controller.cluster.errors import NotFoundError
from controller.cluster.requests import REQUEST_TIMEOUT_SECONDS, answer_to
from controller.cluster.watch import Key, scope


async def list_pool_keys(cluster: Cluster, namespace: str | None) -> set[Key]:
    """Namespace and name of every pool of `namespace`, or of the whole cluster with `None`.

    Raises:
        NotFoundError: The CRD is not installed.
        ForbiddenError: The operator may not list pools; the text names the permission.
        ClusterError: Another refusal; the text says which and what to do.
    """
    api = CustomObjectsApi(cluster.client)
    if namespace:
        request = api.list_namespaced_custom_object_without_preload_content(
            GROUP, VERSION, namespace, PLURAL, _request_timeout=REQUEST_TIMEOUT_SECONDS
        )
    else:
        request = api.list_cluster_custom_object_without_preload_content(
            GROUP, VERSION, PLURAL, _request_timeout=REQUEST_TIMEOUT_SECONDS
        )
    try:
        page = await answer_to(f"list the TemporalWorkerPools of {scope(namespace)}", request)
    except NotFoundError as error:
        raise NotFoundError(
            f"The cluster knows no {PLURAL}.{GROUP}/{VERSION}: install the CRD with `kubectl apply -f crds/`.",
            error.status,
        ) from error
    return {(item["metadata"]["namespace"], item["metadata"]["name"]) for item in page["items"]}
