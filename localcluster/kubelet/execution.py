"""One run of a container's command: probed, watched, and brought to its end."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, assert_never

from localcluster.kubelet.context import PodContext
from localcluster.kubelet.pod_spec import Container, ExecHook, Hook, HttpGet, SleepHook
from localcluster.kubelet.probe import ProbeResult, http_get, watch_liveness, watch_readiness, watch_startup
from localcluster.kubelet.sandbox import Sandbox

MINIMUM_GRACE_SECONDS = 2.0
"""A container gets at least this long, even when the pod was deleted by force or a hook has taken all of the grace
period (the real kubelet's figure)."""

HOOK_HTTP_SECONDS = 30.0
"""How long the answer to a hook's HTTP request after the start may take."""

_GRACE_POLL_SECONDS = 0.5
"""How soon a grace period that is cut short is noticed."""

_MEMORY_POLL_SECONDS = 0.25
"""How soon a container that exceeds its memory limit is noticed; the kernel does it at once."""


@dataclass
class Stop:
    """The request that a container ends for good; it may come at any time."""

    requested: asyncio.Event = field(default_factory=asyncio.Event)
    grace_seconds: Callable[[], float] = lambda: 0.0
    """What is left of the grace period; asked again and again, since it may be cut short."""


@dataclass(frozen=True)
class Ending:
    """How a run ended."""

    exit_code: int
    reason: str | None = None
    """`OOMKilled`, or what its exit code says."""


class Execution:
    """One run."""

    def __init__(
        self, context: PodContext, container: Container, sandbox: Sandbox, report_ready: Callable[[bool], None]
    ) -> None:
        self._context = context
        self._container = container
        self._sandbox = sandbox
        self._report_ready = report_ready
        self._started = asyncio.Event()
        self._unhealthy = asyncio.Event()
        self._fault = "FailedPostStartHook"
        """Why it is restarted, in the real kubelet's words."""
        self._out_of_memory = False

    async def until_end(self, stop: Stop, environment: Mapping[str, str]) -> Ending:
        """Wait for the command's end, and bring it about when it is to stop or no longer answers its liveness probe.

        Args:
            stop: Asks the container to end for good.
            environment: That of the command, which its hooks get, too.
        """
        end = asyncio.create_task(self._sandbox.wait())
        async with _running(self._watch_memory(), self._watch_readiness()):
            async with _running(self._watch_startup(environment), self._watch_liveness()):
                await _first(end, stop.requested.wait(), self._unhealthy.wait())
            if not end.done():
                await self._bring_about(end, stop, environment)
            return Ending(await end, "OOMKilled" if self._out_of_memory else None)

    async def _bring_about(self, end: asyncio.Task[int], stop: Stop, environment: Mapping[str, str]) -> None:
        name, now = self._container.name, asyncio.get_running_loop().time
        restart_until = now() + self._context.grace_seconds

        def left() -> float:
            return stop.grace_seconds() if stop.requested.is_set() else restart_until - now()

        stopping = f"Stopping container {name}"
        self._context.normal("Killing", stopping if stop.requested.is_set() else self._fault, name)
        least_until = 0.0
        if self._container.pre_stop:
            hook = asyncio.create_task(self._run_hook("PreStop", self._container.pre_stop, environment, left()))
            await _wait_while(left, end, hook)
            await _cancelled(hook)
            least_until = now() + MINIMUM_GRACE_SECONDS
        await self._sandbox.signal(signal.SIGTERM)
        await _wait_while(lambda: max(left(), least_until - now()), end)
        await self._sandbox.signal(signal.SIGKILL)

    async def _run_hook(
        self, name: str, hook: Hook, environment: Mapping[str, str], timeout_seconds: float | None
    ) -> bool:
        """Whether it succeeded; no timeout: it may take any time."""
        match hook:
            case ExecHook(command):
                succeeded = await self._sandbox.execute(command, environment) in {0, None}
            case SleepHook(seconds):
                await asyncio.sleep(seconds)
                succeeded = True
            case HttpGet():
                context = self._context
                seconds = HOOK_HTTP_SECONDS if timeout_seconds is None else timeout_seconds
                answer = await http_get(context.node.http, hook, context.address, seconds)
                succeeded = answer.succeeded
            case _:
                assert_never(hook)
        if not succeeded:
            self._context.warning(f"Failed{name}Hook", f"{name}Hook failed", self._container.name)
        return succeeded

    async def _watch_memory(self) -> None:
        limit = self._container.memory_limit_bytes
        while limit is not None:
            await asyncio.sleep(_MEMORY_POLL_SECONDS)
            if await self._sandbox.memory_bytes() > limit:
                self._out_of_memory = True
                await self._sandbox.signal(signal.SIGKILL)

    async def _watch_startup(self, environment: Mapping[str, str]) -> None:
        hook = self._container.post_start
        if hook and not await self._run_hook("PostStart", hook, environment, None):
            self._unhealthy.set()
            return
        if probe := self._container.startup_probe:
            await watch_startup(self._context.node.http, probe, self._context.address, self._judge_startup)
        self._started.set()

    async def _watch_readiness(self) -> None:
        await self._started.wait()
        if probe := self._container.readiness_probe:
            await watch_readiness(self._context.node.http, probe, self._context.address, self._judge_readiness)
        else:
            self._report_ready(True)  # noqa: FBT003 - a callback

    async def _watch_liveness(self) -> None:
        await self._started.wait()
        if probe := self._container.liveness_probe:
            await watch_liveness(self._context.node.http, probe, self._context.address, self._judge_liveness)

    def _judge_startup(self, alive: bool, result: ProbeResult) -> None:  # noqa: FBT001 - a callback
        self._record_failure("Startup", result)
        self._restart_unless(alive, "startup")

    def _judge_readiness(self, ready: bool, result: ProbeResult) -> None:  # noqa: FBT001 - a callback
        self._record_failure("Readiness", result)
        self._report_ready(ready)

    def _judge_liveness(self, alive: bool, result: ProbeResult) -> None:  # noqa: FBT001 - a callback
        self._record_failure("Liveness", result)
        self._restart_unless(alive, "liveness")

    def _restart_unless(self, alive: bool, probe: str) -> None:  # noqa: FBT001 - a probe's answer
        if not alive:
            self._fault = f"Container {self._container.name} failed {probe} probe, will be restarted"
            self._unhealthy.set()

    def _record_failure(self, probe: str, result: ProbeResult) -> None:
        if not result.succeeded:
            self._context.warning("Unhealthy", f"{probe} probe failed: {result.message}", self._container.name)


@asynccontextmanager
async def _running(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Work that goes on beside the block and ends with it."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield
    finally:
        await _cancelled(*tasks)


async def _cancelled(*tasks: asyncio.Task[Any]) -> None:
    """End tasks; what one of them raised before is raised here."""
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            raise result


async def _first(end: asyncio.Task[int], *others: Coroutine[Any, Any, object]) -> None:
    """Wait for the end or for one of the others."""
    tasks = [asyncio.create_task(each) for each in others]
    await asyncio.wait({end, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    await _cancelled(*tasks)


async def _wait_while(left_seconds: Callable[[], float], *tasks: asyncio.Task[Any]) -> None:
    """Wait until one of the tasks is done or no time is left, which may be cut short."""
    while not any(task.done() for task in tasks) and (left := left_seconds()) > 0:
        await asyncio.wait(tasks, timeout=min(left, _GRACE_POLL_SECONDS), return_when=asyncio.FIRST_COMPLETED)
