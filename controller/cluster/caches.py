"""The two caches that a pass reads: Deployments, and the pods that belong to them."""

from collections.abc import Callable

from controller.cluster.client import Cluster
from controller.cluster.objects import Deployment, Pod
from controller.cluster.watch import Key, WatchCache


class DeploymentCache(WatchCache[Deployment]):
    """Deployments of one namespace or of the whole cluster."""

    def __init__(self, cluster: Cluster, namespace: str | None, changed: Callable[[Key], None]) -> None:
        """Watches `namespace`, or every namespace with `None`; `changed` hears the key of each change."""
        raise NotImplementedError


class PodCache(WatchCache[Pod]):
    """Pods of one namespace or of the whole cluster."""

    def __init__(self, cluster: Cluster, namespace: str | None, changed: Callable[[Key], None]) -> None:
        """Watches `namespace`, or every namespace with `None`; `changed` hears the key of each change."""
        raise NotImplementedError

    def of(self, deployment: Deployment) -> tuple[Pod, ...]:
        """The pods of a Deployment that have not finished, terminating ones included, by name."""
        raise NotImplementedError
