"""Events of the kubelet, in the real kubelet's words; a repeated one is counted, not written again."""

import asyncio
import logging
import secrets
from datetime import UTC, datetime

from kubernetes.aio import client

from localcluster.kubelet.api import API_ERRORS, Api, message_of
from localcluster.kubelet.pod_spec import Json
from localcluster.kubelet.status import timestamp

_log = logging.getLogger(__name__)


class Recorder:
    """Writes Events one after the other, so that their order is that of what happened."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._queue: asyncio.Queue[tuple[Json, str, str, str, str | None]] = asyncio.Queue()
        self._written: dict[tuple[str, str | None, str, str], tuple[str, int]] = {}

    def normal(self, pod: Json, reason: str, message: str, container: str | None = None) -> None:
        """Something that belongs to a pod's life."""
        self._queue.put_nowait((pod, "Normal", reason, message, container))

    def warning(self, pod: Json, reason: str, message: str, container: str | None = None) -> None:
        """Something that a person may have to fix."""
        self._queue.put_nowait((pod, "Warning", reason, message, container))

    def forget(self, pod: Json) -> None:
        """Drop what is remembered about a pod that is gone."""
        uid = pod["metadata"]["uid"]
        self._written = {key: value for key, value in self._written.items() if key[0] != uid}

    async def run(self) -> None:
        """Write until cancelled. An Event that can't be written is logged and dropped, as everywhere in Kubernetes."""
        while True:
            pod, kind, reason, message, container = await self._queue.get()
            try:
                await self._write(pod, kind, reason, message, container)
            except API_ERRORS as error:
                _log.warning("Event %s of %s was not written: %s", reason, pod["metadata"]["name"], message_of(error))

    async def _write(self, pod: Json, kind: str, reason: str, message: str, container: str | None) -> None:
        metadata = pod["metadata"]
        key = (metadata["uid"], container, reason, message)
        now = datetime.now(UTC).replace(microsecond=0)
        if key in self._written:
            name, count = self._written[key]
            body: dict[str, object] = {"count": count + 1, "lastTimestamp": timestamp(now)}
            await self._api.core.patch_namespaced_event(name, metadata["namespace"], body)
            self._written[key] = name, count + 1
            return
        name = f"{metadata['name']}.{secrets.token_hex(8)}"
        event = client.CoreV1Event(
            metadata=client.V1ObjectMeta(name=name, namespace=metadata["namespace"]),
            involved_object=_reference(pod, container),
            type=kind,
            reason=reason,
            message=message,
            source=client.V1EventSource(component="kubelet", host=self._api.node_name),
            first_timestamp=now,
            last_timestamp=now,
            count=1,
            reporting_component="kubelet",
            reporting_instance=self._api.node_name,
        )
        await self._api.core.create_namespaced_event(metadata["namespace"], event)
        self._written[key] = name, 1


def _reference(pod: Json, container: str | None) -> client.V1ObjectReference:
    metadata = pod["metadata"]
    return client.V1ObjectReference(
        api_version="v1",
        kind="Pod",
        name=metadata["name"],
        namespace=metadata["namespace"],
        uid=metadata["uid"],
        resource_version=metadata["resourceVersion"],
        field_path=f"spec.containers{{{container}}}" if container else None,
    )
