"""The pods of a Deployment: the cache of them, and the deletion costs by which a ReplicaSet removes them."""

from collections.abc import Callable, Mapping
from typing import Any

from typing_extensions import override

from controller.cluster.client import Cluster, answer_to
from controller.cluster.convert import DELETION_COST, FIELD_MANAGER, to_bare_pod, to_pod
from controller.cluster.errors import NotFoundError, RejectedError
from controller.cluster.informer import ObjectKey, WatchCache, scope
from controller.cluster.objects import Deployment, Pod
from controller.cluster.resources import MERGE_PATCH, PODS, patch


class PodCache(WatchCache[Pod]):
    """Pods of one namespace or of the whole cluster."""

    def __init__(self, cluster: Cluster, namespace: str | None, changed: Callable[[ObjectKey], None]) -> None:
        """Watches `namespace`, or every namespace with `None`; `changed` is called with the key of each change."""
        super().__init__(f"pods of {scope(namespace)}", PODS.list_request(cluster.client, namespace), to_pod, changed)

    @override
    def _bare(self, manifest: Mapping[str, Any]) -> Pod:
        return to_bare_pod(manifest)

    def of(self, deployment: Deployment) -> tuple[Pod, ...]:
        """The pods of a Deployment that have not finished, terminating ones included, by name.

        These are the pods that its selector matches and a ReplicaSet controls, as for the HPA. Following ownership
        through the ReplicaSets would need a third watch and the permission for it, and would miss the pods of a
        ReplicaSet that was orphaned and not yet adopted. Where the selectors of two Deployments overlap, which
        Kubernetes forbids but does not prevent, each gets the other's pods too: that can only prevent a scale-down.
        """
        pods = self.in_namespace(deployment.namespace).values()
        return tuple(sorted((pod for pod in pods if _belongs(pod, deployment)), key=lambda pod: pod.name))


async def set_deletion_cost(cluster: Cluster, pod: Pod, cost: int) -> None:
    """Writes the pod-deletion-cost of a pod; a cost of 0 removes the annotation.

    Nothing happens where the pod is gone, or another one has its name.

    Raises:
        ClusterError: The API server refused; the text has the reason and the fix.
    """
    annotations = {DELETION_COST: str(cost) if cost else None}
    change = {"metadata": {"uid": pod.uid, "annotations": annotations}}
    path = PODS.path(pod.namespace, pod.name)
    request = patch(cluster.client, path, MERGE_PATCH, change, fieldManager=FIELD_MANAGER)
    try:
        await answer_to(f"set the deletion cost of pod {pod.namespace}/{pod.name} to {cost}", request)
    except NotFoundError:
        return
    except RejectedError as error:
        if not _is_of_another_pod(error):
            raise


def _is_of_another_pod(error: RejectedError) -> bool:
    """Whether another pod has the name: a patch with another UID would change an immutable field."""
    return any(cause.text("field") == "metadata.uid" for cause in error.causes)


def _belongs(pod: Pod, deployment: Deployment) -> bool:
    if pod.owner is None:
        controlled = any(path.startswith("metadata.ownerReferences") for path in pod.unread)
    else:
        controlled = pod.owner.kind == "ReplicaSet"
    return controlled and not pod.finished and deployment.selector.matches(pod.labels)
