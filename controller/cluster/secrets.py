"""Reads TemporalConnections, and the Secrets and ConfigMaps that they name, one by one; pools share the answers."""

import asyncio
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from controller.cluster.client import Cluster, answer_to
from controller.cluster.fields import Fields
from controller.cluster.resources import CONFIG_MAPS, CONNECTIONS, SECRETS, Resource, get

SHARED_SECONDS: Final = 2.0
"""Pools share an answer for so long. It is less than the shortest polling interval (5 s), so that a rotated Secret is
used with the next poll, and long enough for the pools of one connection to need one read."""


@dataclass(frozen=True, slots=True)
class ObjectData:
    """A Secret or ConfigMap. Its data is not in its repr."""

    labels: Mapping[str, str]
    data: Mapping[str, bytes] = field(repr=False)


class ConnectionObjects:
    """Reads the objects of a connection by name.

    Not by list or watch as Deployments: that needs the permission to read every Secret of the namespace, since RBAC
    knows no labels. Nothing is kept for longer than `SHARED_SECONDS`.
    """

    def __init__(self, cluster: Cluster) -> None:
        """Reads from this cluster."""
        self.account = cluster.account
        """User name of the operator; empty where the API server does not give it."""
        self._client = cluster.client
        self._reads: dict[tuple[str, str, str], tuple[float, asyncio.Task[dict[str, Any]]]] = {}

    async def connection_spec(self, namespace: str, name: str) -> Any:  # noqa: ANN401 - validated by the caller
        """The spec of a TemporalConnection, not validated.

        Raises:
            NotFoundError: It does not exist, or its CRD is not installed.
            ClusterError: Another failure; the text has the reason and the fix.
        """
        manifest = await self._shared("TemporalConnection", CONNECTIONS, namespace, name)
        return manifest.get("spec")

    async def secret(self, namespace: str, name: str) -> ObjectData:
        """A Secret with its data decoded.

        Raises:
            NotFoundError: It does not exist.
            ClusterError: Another failure; the text has the reason and the fix.
        """
        return _decoded(await self._shared("Secret", SECRETS, namespace, name))

    async def config_map(self, namespace: str, name: str) -> ObjectData:
        """A ConfigMap, `data` and `binaryData` together.

        Raises:
            NotFoundError: It does not exist.
            ClusterError: Another failure; the text has the reason and the fix.
        """
        manifest = await self._shared("ConfigMap", CONFIG_MAPS, namespace, name)
        texts = {key: text.encode(errors="replace") for key, text in Fields(manifest).labels("data").items()}
        binary = _decoded({**manifest, "data": manifest.get("binaryData")})
        return ObjectData(binary.labels, {**texts, **binary.data})

    async def _shared(self, kind: str, resource: Resource, namespace: str, name: str) -> dict[str, Any]:
        now = asyncio.get_running_loop().time()
        self._reads = {key: read for key, read in self._reads.items() if now - read[0] < SHARED_SECONDS}
        key = kind, namespace, name
        if key not in self._reads:
            request = get(self._client, resource.path(namespace, name))
            read = asyncio.create_task(answer_to(f"read {kind} {namespace}/{name}", request))
            read.add_done_callback(_retrieve_exception)
            self._reads[key] = now, read
        # A caller that is cancelled does not cancel the read for the others.
        return await asyncio.shield(self._reads[key][1])


def _retrieve_exception(read: asyncio.Task[dict[str, Any]]) -> None:
    """Keeps asyncio from logging the failure of a read whose callers were all cancelled."""
    if not read.cancelled():
        read.exception()


def _decoded(manifest: Mapping[str, Any]) -> ObjectData:
    fields = Fields(manifest)
    return ObjectData(fields.part("metadata").labels("labels"), dict(_bytes(fields.part("data").raw)))


def _bytes(data: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """The decoded values; null is empty, and a value that is not base64 is left out."""
    for key, value in data.items():
        with suppress(ValueError, TypeError):
            yield key, b64decode(value or "")
