"""Readiness: HTTP probes and the thresholds that turn single answers into a verdict."""

import asyncio
import errno
import os
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp

from localcluster.kubelet.pod_spec import HttpProbe

_STATUS_OK = range(200, 400)


@dataclass(frozen=True)
class ProbeResult:
    """One answer."""

    succeeded: bool
    message: str
    """Why not, in the real kubelet's words; empty on success."""


class Verdict:
    """Ready or not: changes after as many equal results in a row as the probe's thresholds ask for."""

    def __init__(self, probe: HttpProbe) -> None:
        self._thresholds = {True: probe.success_threshold, False: probe.failure_threshold}
        self._last = False
        self._in_a_row = 0
        self.ready = False

    def add(self, succeeded: bool) -> bool:  # noqa: FBT001 - the result itself
        """Take a result into account and return the verdict."""
        self._in_a_row = self._in_a_row + 1 if succeeded == self._last else 1
        self._last = succeeded
        if self._in_a_row >= self._thresholds[succeeded]:
            self.ready = succeeded
        return self.ready


async def http_get(session: aiohttp.ClientSession, probe: HttpProbe, address: str) -> ProbeResult:
    """Ask once: 200 to 399 is a success, as in the real kubelet."""
    url = f"http://{probe.host or address}:{probe.port}/{probe.path.removeprefix('/')}"
    timeout = aiohttp.ClientTimeout(total=probe.timeout_seconds)
    try:
        async with session.get(url, headers=probe.headers, timeout=timeout, allow_redirects=False) as response:
            if response.status in _STATUS_OK:
                return ProbeResult(succeeded=True, message="")
            return ProbeResult(succeeded=False, message=f"HTTP probe failed with statuscode: {response.status}")
    except (TimeoutError, aiohttp.ClientError) as error:
        return ProbeResult(succeeded=False, message=f'Get "{url}": {_why(error, probe)}')


def _why(error: Exception, probe: HttpProbe) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {probe.timeout_seconds:g} s"
    if isinstance(error, aiohttp.ClientConnectorError):
        reason = os.strerror(error.os_error.errno or errno.ECONNREFUSED).lower()
        return f"dial tcp {error.host}:{error.port}: connect: {reason}"
    return str(error)


async def watch_readiness(
    session: aiohttp.ClientSession,
    probe: HttpProbe,
    address: str,
    report: Callable[[bool, ProbeResult], None],
) -> None:
    """Probe for as long as the container runs (until cancelled); `report` gets each verdict with the latest result."""
    verdict = Verdict(probe)
    await asyncio.sleep(probe.initial_delay_seconds)
    while True:
        result = await http_get(session, probe, address)
        report(verdict.add(result.succeeded), result)
        await asyncio.sleep(probe.period_seconds)
