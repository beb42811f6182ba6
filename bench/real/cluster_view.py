"""The lives of the pods in a run's namespace and the Deployment's replicas, as watches report them."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from kubernetes.aio import client, config, watch
from kubernetes.aio.client.exceptions import ApiException

from bench.real.manifests import DEPLOYMENT
from bench.real.recording import Pod, ReplicaChange

RETRY_SECONDS = 0.5


@dataclass(slots=True)
class PodTimes:
    """The times of a pod, in Unix time: objects of the API have whole seconds only."""

    created: float
    ready: float | None = None
    deleted: float | None = None
    gone: float | None = None

    def since(self, begin: float) -> Pod:
        """The same in seconds since a run's beginning."""
        later = (None if at is None else at - begin for at in (self.ready, self.deleted, self.gone))
        return Pod(self.created - begin, *later)


@dataclass(slots=True)
class ClusterView:
    """Follows one namespace until it is cancelled."""

    api: client.ApiClient
    namespace: str
    replica_changes: list[ReplicaChange] = field(default_factory=list)
    """In Unix time."""
    _pods: dict[str, PodTimes] = field(default_factory=dict)

    @property
    def replicas(self) -> int:
        """`spec.replicas` of the Deployment."""
        return self.replica_changes[-1].replicas if self.replica_changes else 0

    @property
    def pods(self) -> list[PodTimes]:
        """All of the run."""
        return list(self._pods.values())

    @property
    def present(self) -> int:
        """Pods that exist, those that are ending included."""
        return sum(pod.gone is None for pod in self._pods.values())

    @property
    def ready(self) -> int:
        """Pods that have become ready and were not asked to end."""
        return sum(pod.ready is not None and pod.deleted is None and pod.gone is None for pod in self._pods.values())

    async def follow(self) -> None:
        """Follow until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow_pods())
            group.create_task(self._follow_deployment())

    async def _follow_pods(self) -> None:
        listing = client.CoreV1Api(self.api).list_namespaced_pod
        async for kind, pod in _events(listing, self.namespace):
            self.see_pod(kind, pod, time.time())

    async def _follow_deployment(self) -> None:
        listing = client.AppsV1Api(self.api).list_namespaced_deployment
        async for kind, deployment in _events(listing, self.namespace):
            replicas = deployment["spec"]["replicas"]
            if kind != "DELETED" and (not self.replica_changes or replicas != self.replicas):
                self.replica_changes.append(ReplicaChange(time.time(), replicas))

    def see_pod(self, kind: str, pod: dict[str, Any], now: float) -> None:
        """Take note of an event of a watch: its kind, the pod, and the Unix time at which it came."""
        times = self._pods.setdefault(pod["metadata"]["uid"], PodTimes(now))
        conditions = pod.get("status", {}).get("conditions") or ()
        if times.ready is None and any(c["type"] == "Ready" and c["status"] == "True" for c in conditions):
            times.ready = now
        if times.deleted is None and pod["metadata"].get("deletionTimestamp"):
            times.deleted = now
        if kind == "DELETED":
            times.gone = now


async def _events(listing: Any, namespace: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:  # noqa: ANN401 - half typed
    """What there is, then every change; a watch that ends is taken up where it was."""
    while True:
        async with watch.Watch(return_type=object) as stream:  # type: ignore[no-untyped-call]  # half typed
            with contextlib.suppress(ApiException, aiohttp.ClientError, OSError):
                async for event in stream.stream(listing, namespace):
                    yield event["type"], event["raw_object"]
        await asyncio.sleep(RETRY_SECONDS)


class Scale:
    """The scale subresource of the run's Deployment."""

    def __init__(self, api: client.ApiClient, namespace: str) -> None:
        self._apps = client.AppsV1Api(api)
        self._namespace = namespace

    async def read(self) -> tuple[int, int]:
        """`spec.replicas` and `status.replicas`."""
        scale = await self._apps.read_namespaced_deployment_scale(DEPLOYMENT, self._namespace)
        asked, there = scale.spec, scale.status
        return (asked and asked.replicas) or 0, there.replicas if there else 0

    async def write(self, replicas: int) -> None:
        """Set `spec.replicas`."""
        body = {"spec": {"replicas": replicas}}
        await self._apps.patch_namespaced_deployment_scale(DEPLOYMENT, self._namespace, body)


@contextlib.asynccontextmanager
async def connected(kubeconfig: Path) -> AsyncIterator[client.ApiClient]:
    """A connection to the API server of a kubeconfig."""
    configuration = client.Configuration()
    await config.load_kube_config(  # type: ignore[no-untyped-call]  # half typed
        config_file=str(kubeconfig), client_configuration=configuration, temp_file_path=str(kubeconfig.parent)
    )
    async with client.ApiClient(configuration) as api:
        yield api
