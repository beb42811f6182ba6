"""The HTTP endpoint: `/metrics` for Prometheus, `/healthz` and `/readyz` for the kubelet."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from typing_extensions import override

Probe = Callable[[], str | None]
"""What is wrong, as a sentence; `None` when healthy."""


@asynccontextmanager
async def serve(
    registry: CollectorRegistry, health: Probe, readiness: Probe, host: str, port: int
) -> AsyncIterator[int]:
    """Serves until the context ends.

    Yields:
        The port, which is a free one if `port` is 0.

    Raises:
        OSError: The port is taken, or the address is not this machine's.
    """
    app = web.Application()
    app.add_routes(
        [
            web.get("/metrics", _metrics(registry)),
            web.get("/healthz", _answer(health)),
            web.get("/readyz", _answer(readiness)),
        ]
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def _metrics(registry: CollectorRegistry) -> Handler:
    async def scrape(_: web.Request) -> web.Response:
        # Collected here, where pools change; the text of a thousand pools would hold up passes for half a second.
        text = await asyncio.to_thread(generate_latest, _Collected(tuple(registry.collect())))
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    return scrape


@dataclass(frozen=True, slots=True)
class _Collected(Collector):
    """Metrics as they were at one time."""

    metrics: tuple[Metric, ...]

    @override
    def collect(self) -> Iterable[Metric]:
        return self.metrics


def _answer(probe: Probe) -> Handler:
    async def ask(_: web.Request) -> web.Response:
        problem = probe()
        return web.Response(text=problem or "ok", status=503 if problem else 200)

    return ask
