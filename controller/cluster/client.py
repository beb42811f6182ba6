"""The API server: connecting by a kubeconfig or from within a pod, and one request with its answer or its error."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import aiohttp
import yaml
from kubernetes.aio import config
from kubernetes.aio.client import Configuration

from controller.cluster.errors import ClusterError, ClusterUnavailableError, from_answer, translated
from controller.cluster.fields import Fields
from controller.cluster.resources import SELF_SUBJECT_REVIEWS, create, get
from controller.cluster.writes import OperatorClient, Write

_DEFAULT_KUBECONFIG: Final = "~/.kube/config"

_SERVICE_ACCOUNT_NAMESPACE: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")

_UNUSABLE: Final = (config.ConfigException, yaml.YAMLError, OSError, ValueError, KeyError, TypeError, AttributeError)
"""What the client library raises for a configuration that is missing, invalid or incomplete."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Server and credentials, for a library that makes its own connections."""

    server: str
    ca_path: str | None
    """File with the certificate authority; `None`: the system's own."""
    insecure: bool
    """Whether any certificate of the server is accepted (`insecure-skip-tls-verify`)."""
    token: str | None = field(repr=False)
    certificate_path: str | None
    private_key_path: str | None


@dataclass(frozen=True, slots=True)
class Cluster:
    """A connection to a cluster."""

    client: OperatorClient
    """Shared by the whole process."""
    namespace: str
    """The namespace of the kubeconfig's context or of the operator's own pod, else `default`."""
    account: str = ""
    """User name of the operator, such as `system:serviceaccount:NAMESPACE:NAME`; empty where the API server does not
    give it."""
    renewal: asyncio.Task[None] | None = None
    """Renews a token that comes from a program (`exec` in a kubeconfig)."""

    @property
    def server(self) -> str:
        """URL of the API server."""
        return str(self.client.configuration.host)

    @property
    def writes(self) -> Mapping[Write, int]:
        """How many requests changed something, or should have."""
        return self.client.writes

    def credentials(self) -> Credentials:
        """Server and credentials as they are now: a token in a pod is renewed every hour or so."""
        configuration = self.client.configuration
        if configuration.refresh_api_key_hook is not None:
            configuration.refresh_api_key_hook(configuration)
        scheme, _, token = configuration.api_key.get("BearerToken", "").partition(" ")
        return Credentials(
            server=configuration.host,
            ca_path=configuration.ssl_ca_cert,
            insecure=not configuration.verify_ssl,
            token=token if scheme.lower() == "bearer" else None,
            certificate_path=configuration.cert_file,
            private_key_path=configuration.key_file,
        )

    def fence(self, refusal: Callable[[], str | None]) -> None:
        """Sends changes from now on only while `refusal` gives no reason against it."""
        self.client.refusal = refusal

    async def close(self) -> None:
        """Closes the connections."""
        if self.renewal is not None:
            self.renewal.cancel()
        await self.client.close()  # type: ignore[no-untyped-call]


async def connect(kubeconfig: Path | None = None, context: str | None = None) -> Cluster:
    """Connects to the API server and reads its version.

    Order, as in other Kubernetes clients: the kubeconfig argument, the environment variable `KUBECONFIG`, the pod's
    service account, `~/.kube/config`. A context needs a kubeconfig, so with one the service account is skipped.

    Raises:
        ClusterUnavailableError: There is no usable configuration, or the server does not answer.
        UnauthenticatedError: The server does not accept the credentials.
    """
    file = str(kubeconfig or os.environ.get("KUBECONFIG", ""))
    in_pod = "KUBERNETES_SERVICE_HOST" in os.environ
    if not file and in_pod and context is None:
        cluster = _from_pod()
    else:
        cluster = await _from_kubeconfig(file or _DEFAULT_KUBECONFIG, context)
    try:
        await answer_to(f"reach the API server {cluster.server}", get(cluster.client, "/version"))
        return replace(cluster, account=await _account(cluster))
    except BaseException:
        await cluster.close()
        raise


async def _account(cluster: Cluster) -> str:
    """Reads the operator's user name; every account may, so only an old server or a policy does not answer."""
    review_request = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    request = create(cluster.client, SELF_SUBJECT_REVIEWS.path(), review_request)
    try:
        review = await answer_to("read the operator's user name", request)
    except ClusterError:
        return ""
    return Fields(review).part("status", "userInfo").text("username")


def _from_pod() -> Cluster:
    configuration = Configuration()
    try:
        config.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
        namespace = _SERVICE_ACCOUNT_NAMESPACE.read_text().strip()
    except _UNUSABLE as error:
        raise ClusterUnavailableError(
            f"Could not use the pod's service account: {error}; "
            "set automountServiceAccountToken: true, or pass --kubeconfig."
        ) from error
    return Cluster(OperatorClient(configuration), namespace)


async def _from_kubeconfig(file: str, context: str | None) -> Cluster:
    if not _is_there(file):
        raise ClusterUnavailableError(
            f"There is no kubeconfig {file}: set --kubeconfig or KUBECONFIG, or run the operator in a pod.",
            problem=f"There is no kubeconfig {file}",
        )
    configuration = Configuration()
    try:
        loader = await config.load_kube_config(  # type: ignore[no-untyped-call]
            file, context, configuration, persist_config=False
        )
        namespace = loader.current_context["context"].get("namespace") or "default"
    except _UNUSABLE as error:
        source = f"context {context} of kubeconfig {file}" if context else f"kubeconfig {file}"
        raise ClusterUnavailableError(
            f"Could not use {source}: {error}; choose another one, see `kubectl config get-contexts`."
        ) from error
    renewal = asyncio.create_task(config.refresh_token(loader, configuration))  # type: ignore[no-untyped-call]
    return Cluster(OperatorClient(configuration), namespace, renewal=renewal)


def _is_there(files: str) -> bool:
    """Whether one of the files exists; they are listed as in the environment variable `KUBECONFIG`."""
    return any(Path(file).expanduser().exists() for file in files.split(os.pathsep))


async def answer_to(action: str, request: Awaitable[aiohttp.ClientResponse]) -> dict[str, Any]:
    """The answer to a request, as JSON.

    Answers are read as plain JSON: the library's models are strict, and would refuse an object of a newer API server.

    Args:
        action: What the request does; completes "could not".
        request: A request of `resources`.

    Raises:
        ClusterError: The API server refused, or could not be reached.
    """
    with translated(action):
        response = await request
        body = await response.text()
    if response.status >= 400:
        raise from_answer(action, response.status, body)
    try:
        parsed = json.loads(body)
    except ValueError as error:
        raise ClusterUnavailableError(f"Could not {action}: the answer is not JSON ({body[:100]!r}).") from error
    if not isinstance(parsed, dict):
        raise ClusterUnavailableError(f"Could not {action}: the answer is not a JSON object ({body[:100]!r}).")
    return parsed
