"""The life of one container: created, run, probed, restarted, stopped."""

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from localcluster.folders import ENVIRONMENT_BIN_FOLDER
from localcluster.kubelet.api import API_ERRORS, Api, message_of
from localcluster.kubelet.environment import ConfigError, container_environment, expand
from localcluster.kubelet.pod_spec import Container, Json
from localcluster.kubelet.probe import ProbeResult, watch_readiness
from localcluster.kubelet.recorder import Recorder
from localcluster.kubelet.sandbox import Sandbox
from localcluster.kubelet.status import ContainerStatus, running, start_failed, terminated, waiting
from localcluster.ports import LOOPBACK

RESTART_SECONDS = 2.0
"""Pause before an ended container is started again. The real kubelet starts with 10 s and doubles up to 5 minutes."""

CONFIG_RETRY_SECONDS = 1.0
"""Pause before missing ConfigMaps and Secrets are looked for again."""

_GRACE_POLL_SECONDS = 0.5
"""How soon a grace period that is cut short is noticed."""

_PASSED_ON = ("HOME", "LANG", "TZ")
"""What a container gets of this process's own environment, besides PATH."""


@dataclass(frozen=True)
class Node:
    """What the containers of all pods share."""

    api: Api
    recorder: Recorder
    http: aiohttp.ClientSession
    logs_folder: Path


@dataclass(frozen=True)
class PodContext:
    """What the containers of one pod share."""

    node: Node
    pod: Json
    address: str
    """`status.podIP`."""
    changed: Callable[[], None]
    """To be called whenever the status of a container changes."""

    @property
    def name(self) -> str:
        """The pod's name, which is its host name, too."""
        return str(self.pod["metadata"]["name"])

    @property
    def full_name(self) -> str:
        """As the real kubelet names pods in messages."""
        metadata = self.pod["metadata"]
        return f"{metadata['name']}_{metadata['namespace']}({metadata['uid']})"


def container_log_file(logs_folder: Path, namespace: str, pod: str, container: str) -> Path:
    """Where a container's output goes, that of restarts after each other."""
    return logs_folder / f"{namespace}_{pod}" / f"{container}.log"


class ContainerRunner:
    """Runs one container until it is told to stop, or until its restart policy says that it has ended."""

    def __init__(self, context: PodContext, container: Container) -> None:
        self.status = ContainerStatus(container.name, container.image)
        self._context = context
        self._container = container
        self._stopping = asyncio.Event()
        self._grace_seconds: Callable[[], float] = lambda: 0.0
        self._log_file = container_log_file(
            context.node.logs_folder, context.pod["metadata"]["namespace"], context.name, container.name
        )
        self._log_file.parent.mkdir(parents=True, exist_ok=True)

    async def run(self) -> None:
        """Run and restart."""
        while not self._stopping.is_set():
            environment = await self._environment()
            if environment is None:
                await self._pause(CONFIG_RETRY_SECONDS)
                continue
            exit_code = await self._run_once(environment)
            if self._stopping.is_set() or not self._restarts_after(exit_code):
                return
            await self._back_off()

    def stop(self, grace_seconds: Callable[[], float]) -> None:
        """Make `run` end the container: SIGTERM, then SIGKILL when the grace period is over.

        Args:
            grace_seconds: What is left of the grace period; asked again and again, since it may be cut short.
        """
        self._grace_seconds = grace_seconds
        self._stopping.set()

    async def _environment(self) -> dict[str, str] | None:
        """The container's whole environment, or `None` (said in its status) while something it refers to is missing."""
        context = self._context
        addresses = {"status.podIP": context.address, "status.hostIP": LOOPBACK}
        try:
            own = await container_environment(self._container, context.pod, addresses, context.node.api)
        except (ConfigError, *API_ERRORS) as error:
            self._refuse(message_of(error))
            return None
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        path = f"{ENVIRONMENT_BIN_FOLDER}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        return {**passed_on, "PATH": path, "HOSTNAME": context.name, **own}

    def _refuse(self, message: str) -> None:
        name = self._container.name
        self._context.node.recorder.warning(self._context.pod, "Failed", f"Error: {message}", name)
        self._set_state(waiting("CreateContainerConfigError", message))

    async def _run_once(self, environment: dict[str, str]) -> int:
        """Run the command once and return its exit code."""
        container_id = f"process://{secrets.token_hex(32)}"
        command = [expand(part, environment) for part in self._container.command]
        started = datetime.now(UTC)
        self.status.container_id = container_id
        if shutil.which(command[0], path=environment["PATH"]) is None:
            return self._fail_to_start(f'exec: "{command[0]}": executable file not found in $PATH', started)
        sandbox = await Sandbox.start(self._context.name, command, environment, self._log_file)
        self._record_start()
        self._set_state(running(started), ready=self._container.readiness_probe is None)
        async with self._probing():
            exit_code = await self._until_end(sandbox)
        self._set_state(terminated(exit_code, started, datetime.now(UTC), container_id))
        return exit_code

    async def _until_end(self, sandbox: Sandbox) -> int:
        """Wait for the command's end, and bring it about when the container is to stop."""
        end = asyncio.create_task(sandbox.wait())
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({end, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not end.done():
            await self._terminate(sandbox, end)
        return await end

    async def _terminate(self, sandbox: Sandbox, end: asyncio.Task[int]) -> None:
        name = self._container.name
        self._context.node.recorder.normal(self._context.pod, "Killing", f"Stopping container {name}", name)
        await sandbox.signal(signal.SIGTERM)
        while not end.done() and (left := self._grace_seconds()) > 0:
            await asyncio.wait({end}, timeout=min(left, _GRACE_POLL_SECONDS))
        await sandbox.signal(signal.SIGKILL)

    def _fail_to_start(self, message: str, moment: datetime) -> int:
        state = start_failed(message, moment, self.status.container_id)
        self._context.node.recorder.warning(self._context.pod, "Failed", f"Error: {message}", self._container.name)
        self._set_state(state)
        return int(state["terminated"]["exitCode"])

    def _record_start(self) -> None:
        for reason, message in (("Created", "Container created"), ("Started", "Container started")):
            self._context.node.recorder.normal(self._context.pod, reason, message, self._container.name)

    @contextlib.asynccontextmanager
    async def _probing(self) -> AsyncIterator[None]:
        probe = self._container.readiness_probe
        if probe is None:
            yield
            return
        task = asyncio.create_task(
            watch_readiness(self._context.node.http, probe, self._context.address, self._report_readiness)
        )
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _report_readiness(self, ready: bool, result: ProbeResult) -> None:  # noqa: FBT001 - a callback
        if not result.succeeded:
            message = f"Readiness probe failed: {result.message}"
            self._context.node.recorder.warning(self._context.pod, "Unhealthy", message, self._container.name)
        if ready != self.status.ready:
            self._set_state(self.status.state, ready=ready)

    def _restarts_after(self, exit_code: int) -> bool:
        policy = self._context.pod["spec"].get("restartPolicy", "Always")
        return policy == "Always" or (policy == "OnFailure" and exit_code != 0)

    async def _back_off(self) -> None:
        name, pod = self._container.name, self._context.full_name
        self.status.last_state = self.status.state
        message = f"back-off {RESTART_SECONDS:g}s restarting failed container={name} pod={pod}"
        self._set_state(waiting("CrashLoopBackOff", message))
        event = f"Back-off restarting failed container {name} in pod {pod}"
        self._context.node.recorder.warning(self._context.pod, "BackOff", event, name)
        await self._pause(RESTART_SECONDS)
        self.status.restart_count += 1

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    def _set_state(self, state: dict[str, object], *, ready: bool = False) -> None:
        self.status.state = state
        self.status.ready = ready
        self._context.changed()
