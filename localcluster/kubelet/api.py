"""The kubelet's view of the API server: what it reads and writes as its node, with the official client."""

import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from kubernetes.aio import client, config, watch
from kubernetes.aio.client.exceptions import ApiException

from localcluster.kubelet.pod_spec import Json

API_ERRORS = (ApiException, aiohttp.ClientError, OSError)
"""What a request may fail with for a while: the API server refuses it, drops it, or isn't there."""

_CONNECTIONS = 50
"""At once to the API server, of which one is the watch."""


class Api:
    """Pods, ConfigMaps and Secrets of one node, and the node itself."""

    def __init__(self, api_client: client.ApiClient, node_name: str) -> None:
        self.node_name = node_name
        self.core = client.CoreV1Api(api_client)
        self.coordination = client.CoordinationV1Api(api_client)
        self._configuration = api_client.configuration

    async def pods(self) -> tuple[list[Json], str]:
        """All pods that are bound to the node, and the resource version to watch from."""
        response = await self.core.list_pod_for_all_namespaces_without_preload_content(field_selector=self._own_pods)
        listed = await response.json()
        return listed["items"], listed["metadata"]["resourceVersion"]

    async def pod_events(self, resource_version: str) -> AsyncIterator[tuple[str, Json]]:
        """Changes of the node's pods from a resource version on, as `ADDED`, `MODIFIED` or `DELETED` and the pod.

        Raises:
            ApiException: Such as 410 when the version is too old: list again.
        """
        async with watch.Watch(return_type=object) as stream:  # type: ignore[no-untyped-call]  # half typed
            listing = self.core.list_pod_for_all_namespaces
            async for event in stream.stream(
                listing, field_selector=self._own_pods, resource_version=resource_version, allow_watch_bookmarks=True
            ):
                if event["type"] != "BOOKMARK":
                    yield event["type"], event["raw_object"]

    async def config_map(self, namespace: str, name: str) -> Json | None:
        """A ConfigMap, `None` if it doesn't exist."""
        return await self._read(self.core.read_namespaced_config_map_without_preload_content, namespace, name)

    async def secret(self, namespace: str, name: str) -> Json | None:
        """A Secret, `None` if it doesn't exist."""
        return await self._read(self.core.read_namespaced_secret_without_preload_content, namespace, name)

    @property
    def server(self) -> tuple[str, int]:
        """Host and port of the API server."""
        parts = urlsplit(self._configuration.host)
        return parts.hostname or "", parts.port or 443

    async def account_token(self, pod: Json, audience: str, seconds: int) -> str:
        """A token of the pod's account, bound to the pod; with the API server's own audience if `audience` is empty."""
        metadata = pod["metadata"]
        bound = client.V1BoundObjectReference(api_version="v1", kind="Pod", name=metadata["name"], uid=metadata["uid"])
        spec = client.V1TokenRequestSpec(
            audiences=[audience] if audience else [], bound_object_ref=bound, expiration_seconds=seconds
        )
        request = client.AuthenticationV1TokenRequest(spec=spec)
        account = pod["spec"].get("serviceAccountName", "default")
        answer = await self.core.create_namespaced_service_account_token(account, metadata["namespace"], request)
        return str(answer.to_dict()["status"]["token"])

    async def patch_pod_status(self, pod: Json, status: Json) -> None:
        """Write a pod's status; nothing happens when that very pod is gone."""
        metadata = pod["metadata"]
        body = {"metadata": {"uid": metadata["uid"]}, "status": status}
        with _gone_is_fine():
            await self.core.patch_namespaced_pod_status(metadata["name"], metadata["namespace"], body)

    async def delete_pod(self, pod: Json) -> None:
        """Remove a pod whose containers have ended; nothing happens when that very pod is gone."""
        metadata = pod["metadata"]
        preconditions = client.V1Preconditions(uid=metadata["uid"])
        options = client.V1DeleteOptions(grace_period_seconds=0, preconditions=preconditions)
        with _gone_is_fine():
            await self.core.delete_namespaced_pod(metadata["name"], metadata["namespace"], body=options)

    @property
    def _own_pods(self) -> str:
        return f"spec.nodeName={self.node_name}"

    @staticmethod
    async def _read(read: Any, namespace: str, name: str) -> Json | None:  # noqa: ANN401 - a method of the client
        response = await read(name, namespace)
        if response.status == HTTPStatus.NOT_FOUND:
            return None
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise ApiException(status=response.status, body=await response.text())
        found: Json = await response.json()
        return found


def message_of(error: Exception) -> str:
    """What the API server said, without the headers and the JSON around it."""
    if not isinstance(error, ApiException):
        return str(error)
    try:
        return str(json.loads(error.body or "")["message"])
    except (KeyError, TypeError, ValueError):
        return f"{error.status} {error.reason}"


@contextlib.asynccontextmanager
async def connect(kubeconfig: Path, node_name: str) -> AsyncIterator[Api]:
    """Open the connection that a kubeconfig describes."""
    configuration = client.Configuration()
    configuration.connection_pool_maxsize = _CONNECTIONS
    await config.load_kube_config(  # type: ignore[no-untyped-call]  # half typed
        config_file=str(kubeconfig), client_configuration=configuration, temp_file_path=str(kubeconfig.parent)
    )
    async with client.ApiClient(configuration) as api_client:
        yield Api(api_client, node_name)


@contextlib.contextmanager
def _gone_is_fine() -> Iterator[None]:
    try:
        yield
    except ApiException as error:
        # 409: another pod has the name by now; its uid isn't the one we know.
        if error.status not in (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT):
            raise
