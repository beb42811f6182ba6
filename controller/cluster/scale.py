"""Setting the replicas of a Deployment."""

from dataclasses import dataclass

from controller.cluster.client import Cluster
from controller.cluster.objects import Deployment


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
    raise NotImplementedError


async def set_replicas(cluster: Cluster, deployment: Deployment, replicas: int) -> Scaled | ScaleConflict:
    """Sets the replicas of the Deployment as it was read, and of no later state of it.

    Raises:
        NotFoundError: It is gone.
        ClusterError: Another refusal; the text says which and what to do.
    """
    raise NotImplementedError
