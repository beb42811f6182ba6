"""The kubelet itself: one worker for each pod that is bound to the node."""

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from localcluster.kubelet.addresses import PodNetwork
from localcluster.kubelet.api import API_ERRORS, Api, connect, message_of
from localcluster.kubelet.context import Node
from localcluster.kubelet.log_server import LogServer
from localcluster.kubelet.node import Capacity, register, renew_lease
from localcluster.kubelet.pod import PodWorker
from localcluster.kubelet.pod_spec import Json
from localcluster.kubelet.recorder import Recorder

_log = logging.getLogger(__name__)

_RETRY_SECONDS = 0.5


@dataclass(frozen=True)
class Settings:
    """What the kubelet is started with."""

    kubeconfig: Path
    """With the node's own token."""
    node_name: str
    logs_folder: Path
    """Gets a folder for each pod."""
    volumes_folder: Path
    """Gets a folder for each pod with volumes."""
    capacity: Capacity
    port: int
    """Of the log server."""
    certificate: Path
    key: Path
    back_off_seconds: float
    """First pause after a crash or a failed pull."""


async def run_kubelet(settings: Settings) -> None:
    """Register the node and run its pods until cancelled."""
    async with connect(settings.kubeconfig, settings.node_name) as api, aiohttp.ClientSession() as http:
        recorder = Recorder(api)
        folders = settings.logs_folder, settings.volumes_folder
        node = Node(api, recorder, http, *folders, settings.back_off_seconds, settings.capacity)
        pods = Pods(node)
        logs = LogServer(settings.logs_folder, pods.is_running)
        async with logs.serve(settings.port, settings.certificate, settings.key), asyncio.TaskGroup() as tasks:
            tasks.create_task(recorder.run())
            tasks.create_task(renew_lease(api))
            await register(api, settings.capacity, settings.port)
            tasks.create_task(pods.run())


class Pods:
    """The workers of all pods of the node."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._network = PodNetwork()
        self._workers: dict[str, PodWorker] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def is_running(self, namespace: str, name: str) -> bool:
        """Whether a pod of this name runs, or will run again."""
        return any(worker.is_running(namespace, name) for worker in self._workers.values())

    async def run(self) -> None:
        """Follow the API until cancelled: list, then watch, and list again when the watch can't go on."""
        while True:
            try:
                await self._follow(self._node.api)
            except API_ERRORS as error:
                # Also 410: the version to watch from is too old, which a new list fixes.
                _log.warning("Pods are listed anew: %s", message_of(error))
                await asyncio.sleep(_RETRY_SECONDS)

    async def _follow(self, api: Api) -> None:
        pods, resource_version = await api.pods()
        present = {pod["metadata"]["uid"] for pod in pods}
        for uid in self._workers.keys() - present:
            self._workers[uid].remove()
        for pod in pods:
            self._apply(pod)
        async for kind, pod in api.pod_events(resource_version):
            if kind == "DELETED":
                self._remove(pod)
            else:
                self._apply(pod)

    def _apply(self, pod: Json) -> None:
        uid = pod["metadata"]["uid"]
        if uid in self._workers:
            self._workers[uid].update(pod)
        elif pod["status"].get("phase") not in ("Succeeded", "Failed"):
            self._start(uid, pod)

    def _start(self, uid: str, pod: Json) -> None:
        worker = PodWorker(self._node, self._network, pod)
        self._workers[uid] = worker
        task = asyncio.create_task(worker.run(), name=pod["metadata"]["name"])
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._ended(uid, done))

    def _remove(self, pod: Json) -> None:
        if worker := self._workers.get(pod["metadata"]["uid"]):
            worker.remove()

    def _ended(self, uid: str, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._workers.pop(uid, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("The worker of pod %s failed", task.get_name(), exc_info=error)
