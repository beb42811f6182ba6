"""The life of one container: pulled, created, run, restarted, stopped."""

import asyncio
import contextlib
import os
import secrets
import shutil
from collections.abc import Callable
from datetime import UTC, datetime

from localcluster.folders import ENVIRONMENT_BIN_FOLDER
from localcluster.kubelet.api import API_ERRORS, message_of
from localcluster.kubelet.back_off import BackOff
from localcluster.kubelet.context import PodContext, container_log_file
from localcluster.kubelet.environment import ConfigError, Known, container_environment, expand
from localcluster.kubelet.execution import Execution, Stop
from localcluster.kubelet.images import pull_failure, pull_seconds
from localcluster.kubelet.pod_spec import Container, annotations_of
from localcluster.kubelet.sandbox import Sandbox
from localcluster.kubelet.status import ContainerStatus, running, start_failed, terminated, waiting
from localcluster.kubelet.volumes import Mount
from localcluster.ports import LOOPBACK

CONFIG_RETRY_SECONDS = 1.0
"""Pause before missing ConfigMaps and Secrets are requested again, and for which a failed pull shows as such."""

_PASSED_ON = ("HOME", "LANG", "TZ")
"""What a container gets of this process's own environment, besides PATH."""


class ContainerRunner:
    """Runs one container until it is asked to stop, or until its restart policy says that it has ended."""

    def __init__(self, context: PodContext, container: Container) -> None:
        self.status = ContainerStatus(container.name, container.image)
        self._context = context
        self._container = container
        self._stop = Stop()
        self._crashes = BackOff(context.node.back_off_seconds, at_once=True)
        self._log_file = container_log_file(
            context.node.logs_folder, context.pod["metadata"]["namespace"], context.name, container.name
        )
        self._log_file.parent.mkdir(parents=True, exist_ok=True)

    async def run(self) -> None:
        """Pull, run and restart."""
        await self._pull()
        while not self._stop.requested.is_set():
            refers_to = await self._environment()
            if refers_to is None:
                await self._pause(CONFIG_RETRY_SECONDS)
                continue
            started = datetime.now(UTC)
            exit_code = await self._run_once(*refers_to, started)
            if self._stop.requested.is_set() or not self._restarts_after(exit_code):
                return
            await self._back_off((datetime.now(UTC) - started).total_seconds())

    def stop(self, grace_seconds: Callable[[], float]) -> None:
        """Make `run` end the container: its hook, SIGTERM, then SIGKILL when the grace period is over.

        Args:
            grace_seconds: What is left of the grace period; asked again and again, since it may be cut short.
        """
        self._stop.grace_seconds = grace_seconds
        self._stop.requested.set()

    async def _pull(self) -> None:
        """Returns once the image is there, or when the container is to stop."""
        image, back_off = self._container.image, BackOff(self._context.node.back_off_seconds)
        while (failure := pull_failure(image)) and not self._stop.requested.is_set():
            self._context.normal("Pulling", f'Pulling image "{image}"', self._container.name)
            self._warn_failed(f'Failed to pull image "{image}": {failure}')
            self._wait_for_image("ErrImagePull", failure)
            await self._pause(CONFIG_RETRY_SECONDS)
            self._context.normal("BackOff", f'Back-off pulling image "{image}"', self._container.name)
            self._wait_for_image("ImagePullBackOff", f'Back-off pulling image "{image}": ErrImagePull: {failure}')
            await self._pause(back_off.after(0))
        await self._pause(pull_seconds(annotations_of(self._context.pod)))

    def _wait_for_image(self, reason: str, message: str) -> None:
        self._warn_failed(f"Error: {reason}")
        self._set_state(waiting(reason, message))

    async def _environment(self) -> tuple[dict[str, str], tuple[Mount, ...]] | None:
        """The container's whole environment, and what it sees of volumes.

        `None` (said in its status) while something it refers to is missing.
        """
        context = self._context
        known = Known.of(context.address, LOOPBACK, context.node.capacity)
        try:
            own = await container_environment(self._container, context.pod, known, context.node.api)
            mounts = await context.volumes.mounts(context.pod, self._container.name, known)
        except (ConfigError, *API_ERRORS) as error:
            self._warn_failed(f"Error: {message_of(error)}")
            self._set_state(waiting("CreateContainerConfigError", message_of(error)))
            return None
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        path = f"{ENVIRONMENT_BIN_FOLDER}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        host, port = context.node.api.server
        server = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": str(port)}
        return {**passed_on, "PATH": path, "HOSTNAME": context.name, **server, **own}, mounts

    async def _run_once(self, environment: dict[str, str], mounts: tuple[Mount, ...], started: datetime) -> int:
        """Run the command once and return its exit code."""
        container_id = f"process://{secrets.token_hex(32)}"
        command = [expand(part, environment) for part in self._container.command]
        self.status.container_id = container_id
        if shutil.which(command[0], path=environment["PATH"]) is None:
            return self._fail_to_start(f'exec: "{command[0]}": executable file not found in $PATH', started)
        sandbox = await Sandbox.start(self._context.name, command, environment, self._log_file, mounts)
        self._context.normal("Created", "Container created", self._container.name)
        self._context.normal("Started", "Container started", self._container.name)
        self._set_state(running(started))
        execution = Execution(self._context, self._container, sandbox, self._report_ready)
        ending = await execution.until_end(self._stop, environment)
        self._set_state(terminated(ending.exit_code, started, datetime.now(UTC), container_id, ending.reason))
        return ending.exit_code

    def _fail_to_start(self, message: str, moment: datetime) -> int:
        state = start_failed(message, moment, self.status.container_id)
        self._warn_failed(f"Error: {message}")
        self._set_state(state)
        return int(state["terminated"]["exitCode"])

    def _warn_failed(self, message: str) -> None:
        self._context.warning("Failed", message, self._container.name)

    def _report_ready(self, ready: bool) -> None:  # noqa: FBT001 - a callback
        if ready != self.status.ready:
            self._set_state(self.status.state, ready=ready)

    def _restarts_after(self, exit_code: int) -> bool:
        policy = self._context.pod["spec"].get("restartPolicy", "Always")
        return policy == "Always" or (policy == "OnFailure" and exit_code != 0)

    async def _back_off(self, run_seconds: float) -> None:
        seconds = self._crashes.after(run_seconds)
        self.status.last_state = self.status.state
        if seconds:
            name, pod = self._container.name, self._context.full_name
            message = f"back-off {seconds:g}s restarting failed container={name} pod={pod}"
            self._set_state(waiting("CrashLoopBackOff", message))
            self._context.warning("BackOff", f"Back-off restarting failed container {name} in pod {pod}", name)
            await self._pause(seconds)
        self.status.restart_count += 1

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.requested.wait(), seconds)

    def _set_state(self, state: dict[str, object], *, ready: bool = False) -> None:
        self.status.state = state
        self.status.ready = ready
        self._context.changed()
