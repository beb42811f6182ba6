"""`/health` and `/ready` for the kubelet: whether the process lives, and whether it takes work."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class State(StrEnum):
    """Where the worker is in its life."""

    STARTING = "starting"
    """Not connected to Temporal yet."""
    POLLING = "polling"
    """It takes work; the only state that is ready."""
    STOPPING = "stopping"
    """It was asked to stop and finishes what runs."""


@dataclass
class WorkerStatus:
    """The state that the probes report, set by the worker's main."""

    state: State = State.STARTING


@asynccontextmanager
async def serve_health(status: WorkerStatus, *, host: str, port: int) -> AsyncIterator[None]:
    """Answer probes while the context is open.

    `/health` answers 200 as long as the event loop turns: an unreachable Temporal server is no reason to be restarted.
    `/ready` answers 200 while the worker polls and 503 before and after. Both bodies are `{"state": …}`.

    Raises:
        OSError: The address can't be listened on.
    """

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"state": status.state})

    async def ready(_: web.Request) -> web.Response:
        return web.json_response({"state": status.state}, status=200 if status.state is State.POLLING else 503)

    application = web.Application()
    application.add_routes([web.get("/health", health), web.get("/ready", ready)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield
    finally:
        await runner.cleanup()
