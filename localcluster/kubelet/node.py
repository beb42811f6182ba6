"""The Node object: registered once, kept alive by its Lease."""

import asyncio
import logging
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from kubernetes.aio import client
from kubernetes.aio.client.exceptions import ApiException

from localcluster.kubelet.api import API_ERRORS, Api, message_of
from localcluster.kubelet.status import timestamp
from localcluster.ports import LOOPBACK

_log = logging.getLogger(__name__)

LEASE_NAMESPACE = "kube-node-lease"
LEASE_SECONDS = 40
"""How long a Lease is good for, and below how often it is renewed: the real kubelet's defaults."""
RENEW_SECONDS = 10.0

_RETRY_SECONDS = 0.5


@dataclass(frozen=True)
class Capacity:
    """What the node says it has; the scheduler believes it, whatever this machine has."""

    cpu: str = "64"
    memory: str = "256Gi"
    pods: int = 250

    def as_json(self) -> dict[str, str]:
        """As `status.capacity`."""
        return {"cpu": self.cpu, "memory": self.memory, "pods": str(self.pods)}


async def register(api: Api, capacity: Capacity, kubelet_port: int) -> None:
    """Create the Node and say that it is ready; tries until the API server takes it.

    Args:
        api: The connection.
        capacity: What the node has.
        kubelet_port: Where the API server asks for logs.
    """
    while True:
        try:
            await _create(api)
            await api.core.patch_node_status(api.node_name, {"status": _status(capacity, kubelet_port)})
        except API_ERRORS as error:
            _log.warning("The node was not registered: %s", message_of(error))
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            return


async def renew_lease(api: Api) -> None:
    """Renew the node's Lease until cancelled."""
    while True:
        try:
            await _renew(api)
        except API_ERRORS as error:
            _log.warning("The node's Lease was not renewed: %s", message_of(error))
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            await asyncio.sleep(RENEW_SECONDS)


async def _create(api: Api) -> None:
    labels = {"kubernetes.io/hostname": api.node_name, "kubernetes.io/os": "linux"}
    node = client.V1Node(metadata=client.V1ObjectMeta(name=api.node_name, labels=labels))
    try:
        await api.core.create_node(node)
    except ApiException as error:
        if error.status != HTTPStatus.CONFLICT:
            raise


async def _renew(api: Api) -> None:
    spec = client.V1LeaseSpec(
        holder_identity=api.node_name, lease_duration_seconds=LEASE_SECONDS, renew_time=datetime.now(UTC)
    )
    lease = client.V1Lease(metadata=client.V1ObjectMeta(name=api.node_name), spec=spec)
    try:
        await api.coordination.patch_namespaced_lease(api.node_name, LEASE_NAMESPACE, lease)
    except ApiException as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        await api.coordination.create_namespaced_lease(LEASE_NAMESPACE, lease)


def _status(capacity: Capacity, kubelet_port: int) -> dict[str, Any]:
    now = timestamp(datetime.now(UTC))
    times = {"lastHeartbeatTime": now, "lastTransitionTime": now}
    pressures = [
        {"type": name, "status": "False", "reason": f"KubeletHasNo{name}", **times}
        for name in ("MemoryPressure", "DiskPressure", "PIDPressure")
    ]
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status"}
    return {
        "capacity": capacity.as_json(),
        "allocatable": capacity.as_json(),
        "conditions": [*pressures, {**ready, **times}],
        "addresses": [{"type": "InternalIP", "address": LOOPBACK}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": kubelet_port}},
        "nodeInfo": {
            "architecture": platform.machine(),
            "operatingSystem": "linux",
            "osImage": "local processes, no images",
            "kernelVersion": platform.release(),
            "containerRuntimeVersion": "process://1",
            "kubeletVersion": "v0.0.0-process",
            "kubeProxyVersion": "",
            "bootID": "",
            "machineID": "",
            "systemUUID": "",
        },
    }
