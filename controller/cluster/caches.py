"""What is watched for the passes: Deployments, the pods that belong to them, and other scalers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from kubernetes.aio.client import AppsV1Api, CoreV1Api
from typing_extensions import override

from controller.cluster.client import Cluster
from controller.cluster.convert import to_bare_deployment, to_bare_pod, to_deployment, to_pod
from controller.cluster.informer import Key, ListRequest, WatchCache, scope
from controller.cluster.objects import Deployment, Pod
from controller.cluster.scalers import Scalers


class DeploymentCache(WatchCache[Deployment]):
    """Deployments of one namespace or of the whole cluster."""

    def __init__(self, cluster: Cluster, namespace: str | None, changed: Callable[[Key], None]) -> None:
        """Watches `namespace`, or every namespace with `None`; `changed` hears the key of each change."""
        api = AppsV1Api(cluster.client)
        request: ListRequest = api.list_deployment_for_all_namespaces_without_preload_content
        if namespace:
            request = partial(api.list_namespaced_deployment_without_preload_content, namespace)
        super().__init__(f"Deployments of {scope(namespace)}", request, self._to_deployment, changed)

    @override
    def _bare(self, manifest: Mapping[str, Any]) -> Deployment:
        return to_bare_deployment(manifest)

    def _to_deployment(self, manifest: Mapping[str, Any]) -> Deployment:
        deployment = to_deployment(manifest)
        return deployment.after(self.get(deployment.namespace, deployment.name))


class PodCache(WatchCache[Pod]):
    """Pods of one namespace or of the whole cluster."""

    def __init__(self, cluster: Cluster, namespace: str | None, changed: Callable[[Key], None]) -> None:
        """Watches `namespace`, or every namespace with `None`; `changed` hears the key of each change."""
        api = CoreV1Api(cluster.client)
        request: ListRequest = api.list_pod_for_all_namespaces_without_preload_content
        if namespace:
            request = partial(api.list_namespaced_pod_without_preload_content, namespace)
        super().__init__(f"pods of {scope(namespace)}", request, to_pod, changed)

    @override
    def _bare(self, manifest: Mapping[str, Any]) -> Pod:
        return to_bare_pod(manifest)

    def of(self, deployment: Deployment) -> tuple[Pod, ...]:
        """The pods of a Deployment that have not finished, terminating ones included, by name.

        These are the pods that its selector matches and a ReplicaSet controls, as for the HPA. Following ownership
        through the ReplicaSets would cost a third watch and the permission for it, and would lose the pods of a
        ReplicaSet that was orphaned and not yet adopted. Where the selectors of two Deployments overlap, which
        Kubernetes forbids but does not prevent, each gets the other's pods too: that can only hold replicas.
        """
        pods = self.in_namespace(deployment.namespace).values()
        return tuple(sorted((pod for pod in pods if _belongs(pod, deployment)), key=lambda pod: pod.name))


@dataclass(frozen=True)
class Watches:
    """Everything that is watched."""

    deployments: DeploymentCache
    pods: PodCache
    scalers: Scalers

    @property
    def caches(self) -> tuple[WatchCache[Any], ...]:
        """Each of them, to be run."""
        return self.deployments, self.pods, *self.scalers.caches

    @property
    def outdated(self) -> str | None:
        """Why the picture of Deployments and pods can't be relied on; `None` while it can."""
        return self.deployments.outdated or self.pods.outdated


def _belongs(pod: Pod, deployment: Deployment) -> bool:
    if pod.owner is None:
        controlled = any(path.startswith("metadata.ownerReferences") for path in pod.unread)
    else:
        controlled = pod.owner.kind == "ReplicaSet"
    return controlled and not pod.finished and deployment.selector.matches(pod.labels)
