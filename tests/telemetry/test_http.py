"""The endpoint: metrics, and probes with the cause of a failure."""

import aiohttp
import pytest
from prometheus_client import CollectorRegistry, Gauge

from controller.telemetry.http import serve


async def _get(port: int, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as response:
        return response.status, await response.text()


async def test_metrics_are_served_in_prometheus_text() -> None:
    """What is registered is what is scraped."""
    registry = CollectorRegistry()
    Gauge("answer", "The answer.", registry=registry).set(42)
    async with serve(registry, lambda: None, lambda: None, "127.0.0.1", 0) as port:
        status, text = await _get(port, "/metrics")
    assert (status, "answer 42.0" in text) == (200, True)


@pytest.mark.parametrize(("path", "status", "text"), [("/healthz", 200, "ok"), ("/readyz", 503, "pods are missing")])
async def test_a_failing_probe_returns_the_cause(path: str, status: int, text: str) -> None:
    """The kubelet reads the status, a person the words."""
    async with serve(CollectorRegistry(), lambda: None, lambda: "pods are missing", "127.0.0.1", 0) as port:
        assert await _get(port, path) == (status, text)


async def test_a_taken_port_is_an_error() -> None:
    """The operator must not run without its probes."""
    async with serve(CollectorRegistry(), lambda: None, lambda: None, "127.0.0.1", 0) as port:
        with pytest.raises(OSError, match="address already in use"):
            async with serve(CollectorRegistry(), lambda: None, lambda: None, "127.0.0.1", port):
                pass
