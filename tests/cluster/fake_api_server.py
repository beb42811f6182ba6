"""A fake API server, for answers that the real one does not give: it serves one list, of any kind, and its watch."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from kubernetes.aio.client import Configuration

from controller.cluster.client import Cluster
from controller.cluster.writes import OperatorClient

Watch = Callable[[web.StreamResponse], Awaitable[None]]
"""Writes the data of a watch."""


async def say_nothing(_: web.StreamResponse) -> None:
    """A watch without an event."""


class FakeApiServer:
    """Counts what it is asked."""

    def __init__(self, *items: Any, watch: Watch = say_nothing, lasts: bool = True, page: Any = None) -> None:
        """Lists these items, or gives `page` in place of a list; a watch has what `watch` writes, and may last."""
        self.over = asyncio.Event()
        self._lasts = lasts
        self.lists = 0
        self.watches = 0
        self.page = page or {"kind": "PodList", "metadata": {"resourceVersion": "1"}, "items": list(items)}
        self._watch = watch

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """A list, or a watch."""
        if "watch" not in request.query:
            self.lists += 1
            return web.json_response(self.page)
        self.watches += 1
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        await self._watch(response)
        if self._lasts:
            await self.over.wait()
        return response


@asynccontextmanager
async def serving(server: FakeApiServer) -> AsyncIterator[Cluster]:
    """A connection to the fake server, which runs inside the block."""
    application = web.Application()
    application.router.add_get("/{path:.*}", server.answer)
    runner = web.AppRunner(application, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    client = OperatorClient(Configuration(host=f"http://127.0.0.1:{port}"))
    try:
        yield Cluster(client, "default")
    finally:
        server.over.set()
        await client.close()  # type: ignore[no-untyped-call]
        await runner.cleanup()


def event(event_type: str, manifest: Any) -> bytes:
    """One line of a watch."""
    return json.dumps({"type": event_type, "object": manifest}).encode() + b"\n"
