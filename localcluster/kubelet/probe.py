"""Readiness and liveness: HTTP probes and the thresholds that turn single answers into a verdict."""

import asyncio
import errno
import os
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp

from localcluster.kubelet.pod_spec import HttpGet, HttpProbe

_STATUS_OK = range(200, 400)


@dataclass(frozen=True)
class ProbeResult:
    """One answer."""

    succeeded: bool
    message: str
    """Why not, in the real kubelet's words; empty on success."""


class Verdict:
    """Ready or not, alive or not: changes after as many equal results in a row as the probe's thresholds ask for."""

    def __init__(self, probe: HttpProbe, *, at_first: bool) -> None:
        self._thresholds = {True: probe.success_threshold, False: probe.failure_threshold}
        self._last = at_first
        self._in_a_row = 0
        self._value = at_first

    def add(self, succeeded: bool) -> bool:  # noqa: FBT001 - the result itself
        """Take a result into account and return the verdict."""
        self._in_a_row = self._in_a_row + 1 if succeeded == self._last else 1
        self._last = succeeded
        if self._in_a_row >= self._thresholds[succeeded]:
            self._value = succeeded
        return self._value


async def http_get(session: aiohttp.ClientSession, get: HttpGet, address: str, timeout_seconds: float) -> ProbeResult:
    """Ask once: 200 to 399 is a success, as in the real kubelet."""
    url = f"http://{get.host or address}:{get.port}/{get.path.removeprefix('/')}"
    timeout = aiohttp.ClientTimeout(total=timeout_seconds)
    try:
        async with session.get(url, headers=get.headers, timeout=timeout, allow_redirects=False) as response:
            if response.status in _STATUS_OK:
                return ProbeResult(succeeded=True, message="")
            return ProbeResult(succeeded=False, message=f"HTTP probe failed with statuscode: {response.status}")
    except (TimeoutError, aiohttp.ClientError) as error:
        return ProbeResult(succeeded=False, message=f'Get "{url}": {_why(error, timeout_seconds)}')


def _why(error: Exception, timeout_seconds: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {timeout_seconds:g} s"
    if isinstance(error, aiohttp.ClientConnectorError):
        reason = os.strerror(error.os_error.errno or errno.ECONNREFUSED).lower()
        return f"dial tcp {error.host}:{error.port}: connect: {reason}"
    return str(error)


Report = Callable[[bool, ProbeResult], None]
"""Gets each verdict with the latest result."""


async def watch_readiness(session: aiohttp.ClientSession, probe: HttpProbe, address: str, report: Report) -> None:
    """Probe for as long as the container runs (until cancelled): it is not ready until a probe succeeds."""
    await _watch(session, probe, address, Verdict(probe, at_first=False), report)


async def watch_startup(session: aiohttp.ClientSession, probe: HttpProbe, address: str, report: Report) -> None:
    """Probe until it succeeds; it is starting until too many probes in a row have failed."""
    started = asyncio.Event()

    def judge(alive: bool, result: ProbeResult) -> None:  # noqa: FBT001 - a callback
        report(alive, result)
        if result.succeeded:
            started.set()

    watch = asyncio.create_task(_watch(session, probe, address, Verdict(probe, at_first=True), judge))
    try:
        await started.wait()
    finally:
        watch.cancel()


async def watch_liveness(session: aiohttp.ClientSession, probe: HttpProbe, address: str, report: Report) -> None:
    """Probe for as long as the container runs (until cancelled): it is alive until probes fail."""
    await _watch(session, probe, address, Verdict(probe, at_first=True), report)


async def _watch(
    session: aiohttp.ClientSession, probe: HttpProbe, address: str, verdict: Verdict, report: Report
) -> None:
    await asyncio.sleep(probe.initial_delay_seconds)
    while True:
        result = await http_get(session, probe.get, address, probe.timeout_seconds)
        report(verdict.add(result.succeeded), result)
        await asyncio.sleep(probe.period_seconds)
