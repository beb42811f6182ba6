"""The way to the API server: from a kubeconfig or from within a pod."""

from dataclasses import dataclass
from pathlib import Path

from kubernetes.aio.client import ApiClient


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that can be asked."""

    client: ApiClient
    """Shared by everything in this process."""
    namespace: str
    """The namespace of the kubeconfig's context or of the operator's own pod, else `default`."""
    server: str
    """URL of the API server, for messages."""

    async def close(self) -> None:
        """Closes the connections."""
        raise NotImplementedError


async def connect(kubeconfig: Path | None = None, context: str | None = None) -> Cluster:
    """Finds the API server and asks for its version.

    Order, as other Kubernetes clients have it: the kubeconfig that is named, the environment variable `KUBECONFIG`, the
    pod's service account, `~/.kube/config`. A context that is named needs a kubeconfig, so it skips the pod.

    Raises:
        ClusterUnavailableError: No configuration is there or usable, or the server does not answer.
        UnauthenticatedError: The server does not accept the credentials.
    """
    raise NotImplementedError
