"""The life of one pod: its containers started together, its status kept up to date, its deletion carried out."""

import asyncio
import logging
from datetime import UTC, datetime
from typing import Any

from localcluster.kubelet.addresses import PodNetwork
from localcluster.kubelet.api import API_ERRORS, message_of
from localcluster.kubelet.container import ContainerRunner
from localcluster.kubelet.context import Node, PodContext
from localcluster.kubelet.execution import MINIMUM_GRACE_SECONDS
from localcluster.kubelet.pod_spec import Json, parse_containers, unsupported
from localcluster.kubelet.status import ContainerStatus, conditions, phase, timestamp, waiting
from localcluster.kubelet.volumes import Volumes, unsupported_volumes
from localcluster.ports import LOOPBACK

_log = logging.getLogger(__name__)

_WRITE_RETRY_SECONDS = 0.5


class PodWorker:
    """Carries one pod from its binding to its removal."""

    def __init__(self, node: Node, network: PodNetwork, pod: Json) -> None:
        self._node = node
        self._network = network
        self._pod = pod
        self._removed = False
        self._address = network.allocate()
        self._started = datetime.now(UTC)
        self._changed = asyncio.Event()
        self._deletion = asyncio.Event()
        self._deletion_seen: float = 0
        self._ending = False
        self._conditions: dict[str, Json] = {}
        self._statuses: list[ContainerStatus] = []

    def is_running(self, namespace: str, name: str) -> bool:
        """Whether this is the pod of that name, and its containers haven't ended for good."""
        metadata = self._pod["metadata"]
        return (metadata["namespace"], metadata["name"]) == (namespace, name) and not self._ending

    def update(self, pod: Json) -> None:
        """Take note of a new version of the pod."""
        self._pod = pod
        if "deletionTimestamp" in pod["metadata"]:
            self._request_deletion()

    def remove(self) -> None:
        """Take note that the pod is gone from the API: it was deleted by force."""
        self._removed = True
        self._request_deletion()

    async def run(self) -> None:
        """Run the pod until it is deleted."""
        volumes = Volumes(self._node.volumes_folder / self._pod["metadata"]["uid"], self._node.api)
        context = PodContext(self._node, self._pod, self._address, self._changed.set, volumes)
        self.update(self._pod)
        writer = asyncio.create_task(self._write_statuses())
        try:
            await self._run_containers(context)
            await self._deletion.wait()
        finally:
            writer.cancel()
            self._network.release(self._address)
            volumes.remove()
        self._ending = True
        await self._finish()

    async def _run_containers(self, context: PodContext) -> None:
        """Returns when all have ended: on deletion, or by the restart policy."""
        if reasons := [*unsupported(self._pod), *unsupported_volumes(self._pod["spec"])]:
            self._refuse(context, "; ".join(reasons))
            return
        runners = [ContainerRunner(context, container) for container in parse_containers(self._pod)]
        self._statuses = [runner.status for runner in runners]
        self._changed.set()
        stopper = asyncio.create_task(self._stop_on_deletion(runners))
        await asyncio.gather(*(runner.run() for runner in runners))
        stopper.cancel()
        self._ending = True
        self._changed.set()

    async def _stop_on_deletion(self, runners: list[ContainerRunner]) -> None:
        await self._deletion.wait()
        for runner in runners:
            runner.stop(self._grace_seconds)

    def _refuse(self, context: PodContext, message: str) -> None:
        """Leave the pod as it is, with a reason that a person can act on."""
        for container in self._pod["spec"]["containers"]:
            state = waiting("CreateContainerConfigError", message)
            self._statuses.append(ContainerStatus(container["name"], container.get("image", ""), state=state))
            context.node.recorder.warning(self._pod, "Failed", f"Error: {message}", container["name"])
        self._changed.set()

    def _request_deletion(self) -> None:
        if not self._deletion.is_set():
            self._deletion_seen = asyncio.get_running_loop().time()
            self._deletion.set()

    def _grace_seconds(self) -> float:
        """What is left of the grace period; a later deletion with a shorter one cuts it short."""
        grace = 0 if self._removed else self._pod["metadata"].get("deletionGracePeriodSeconds", 0)
        passed = asyncio.get_running_loop().time() - self._deletion_seen
        return float(max(grace, MINIMUM_GRACE_SECONDS) - passed)

    async def _write_statuses(self) -> None:
        """Write the status whenever it has changed, until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self._write_status()

    async def _write_status(self) -> None:
        status = self._status(datetime.now(UTC))
        while True:
            try:
                await self._node.api.patch_pod_status(self._pod, status)
            except API_ERRORS as error:
                _log.warning("Status of pod %s was not written: %s", self._pod["metadata"]["name"], message_of(error))
                await asyncio.sleep(_WRITE_RETRY_SECONDS)
            else:
                return

    def _status(self, now: datetime) -> dict[str, Any]:
        restarts = not self._ending
        pod_phase = phase(self._statuses, restarts=restarts)
        current = conditions(self._statuses, pod_phase, self._conditions, now)
        self._conditions = {condition["type"]: condition for condition in current}
        return {
            "phase": pod_phase,
            "conditions": current,
            "hostIP": LOOPBACK,
            "hostIPs": [{"ip": LOOPBACK}],
            "podIP": self._address,
            "podIPs": [{"ip": self._address}],
            "startTime": timestamp(self._started),
            "containerStatuses": [each.as_json() for each in self._statuses],
        }

    async def _finish(self) -> None:
        """Write how the containers ended and remove the pod, as the last word of its node."""
        if not self._removed:
            await self._write_status()
            await self._delete()
        self._node.recorder.forget(self._pod)

    async def _delete(self) -> None:
        while True:
            try:
                await self._node.api.delete_pod(self._pod)
            except API_ERRORS as error:
                _log.warning("Pod %s was not removed: %s", self._pod["metadata"]["name"], message_of(error))
                await asyncio.sleep(_WRITE_RETRY_SECONDS)
            else:
                return
