"""Readiness and liveness probes: single answers and the verdict."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from localcluster.kubelet.pod_spec import HttpGet, HttpProbe
from localcluster.kubelet.probe import ProbeResult, Verdict, http_get
from localcluster.ports import LOOPBACK, free_ports


def get(**values: Any) -> HttpGet:
    """A request for `/ready`, and changes."""
    return HttpGet(**{"path": "/ready", "port": 80, "host": None, "headers": {}, **values})


def probe(**values: Any) -> HttpProbe:
    """A probe with the API server's defaults, and changes."""
    defaults = {
        "get": get(),
        "initial_delay_seconds": 0,
        "period_seconds": 10,
        "timeout_seconds": 5,
        "success_threshold": 1,
        "failure_threshold": 3,
    }
    return HttpProbe(**{**defaults, **values})


@pytest_asyncio.fixture
async def server() -> AsyncIterator[int]:
    """A real HTTP server: `/<status>` answers with that status, `/hang` never, `/header` with that of the probe."""

    async def answer(request: web.Request) -> web.Response:
        wanted = request.match_info["wanted"]
        if wanted == "hang":
            await asyncio.Event().wait()
        if wanted == "header":
            return web.Response(status=int(request.headers["X-Status"]))
        return web.Response(status=int(wanted), headers={"Location": "/500"})

    app = web.Application()
    app.router.add_get("/{wanted}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, LOOPBACK, 0)
    await site.start()
    yield runner.addresses[0][1]
    await runner.cleanup()


async def ask(wanted: HttpGet, timeout_seconds: float = 60) -> ProbeResult:
    """One answer."""
    async with aiohttp.ClientSession() as session:
        return await http_get(session, wanted, LOOPBACK, timeout_seconds)


@pytest.mark.parametrize(("status", "succeeded"), [(200, True), (302, True), (399, True), (404, False), (503, False)])
async def test_the_status_code_decides(server: int, status: int, *, succeeded: bool) -> None:
    """200 to 399 is a success, and a redirect isn't followed."""
    message = "" if succeeded else f"HTTP probe failed with statuscode: {status}"
    assert await ask(get(path=f"/{status}", port=server)) == ProbeResult(succeeded, message)


async def test_the_headers_of_the_probe_are_sent(server: int) -> None:
    """An application may distinguish a probe from other requests."""
    assert (await ask(get(path="header", port=server, headers={"X-Status": "204"}))).succeeded


async def test_no_answer_in_time_is_a_failure(server: int) -> None:
    """The message has the time that was waited."""
    result = await ask(get(path="/hang", port=server), timeout_seconds=0.2)
    assert result == ProbeResult(False, f'Get "http://127.0.0.1:{server}/hang": no answer within 0.2 s')  # noqa: FBT003


async def test_nobody_listening_is_a_failure() -> None:
    """The message is the real kubelet's."""
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}/ready"
    expected = f'Get "{url}": dial tcp 127.0.0.1:{port}: connect: connection refused'
    assert await ask(get(port=port)) == ProbeResult(False, expected)  # noqa: FBT003


@pytest.mark.parametrize(
    ("thresholds", "results", "verdicts"),
    [
        pytest.param((1, 3), [False, True], [False, True], id="the first success makes it ready"),
        pytest.param((2, 3), [True, True], [False, True], id="a threshold of two asks for two successes"),
        pytest.param((2, 3), [True, False, True], [False, False, False], id="a failure between starts the count anew"),
        pytest.param((1, 3), [True, False, False, True], [True, True, True, True], id="two failures are forgiven"),
        pytest.param((1, 3), [True, False, False, False], [True, True, True, False], id="three failures are not"),
        pytest.param((1, 1), [True, False, True], [True, False, True], id="a threshold of one follows at once"),
    ],
)
def test_thresholds_turn_results_into_verdicts(
    thresholds: tuple[int, int], results: list[bool], verdicts: list[bool]
) -> None:
    """As many equal results in a row as the threshold says change the verdict."""
    verdict = Verdict(probe(success_threshold=thresholds[0], failure_threshold=thresholds[1]), at_first=False)
    assert [verdict.add(result) for result in results] == verdicts


def test_what_lives_is_alive_until_so_many_probes_in_a_row_fail() -> None:
    """A container that starts isn't dead."""
    verdict = Verdict(probe(failure_threshold=2), at_first=True)
    assert [verdict.add(result) for result in (False, True, False, False)] == [True, True, True, False]
