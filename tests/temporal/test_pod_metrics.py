"""The SDK's own metrics as the source of the slots in use."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from temporalio.client import Client
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from controller.api.spec import PodMetrics
from controller.scaling.objective.started_tasks import NONE_STARTED
from controller.scaling.observation import SlotReport, SlotType
from controller.temporal.pod_metrics import PodMetricsReader
from localcluster.cluster import LocalCluster
from tests.support.waiting import wait_for_async
from tests.temporal.pages import page, used
from tests.temporal.workloads import activity_worker, start_errands, workflow_worker

LOOPBACK = "127.0.0.1"


@pytest.fixture
async def pods() -> AsyncIterator[PodMetricsReader]:
    """A reader that is closed after the test."""
    reader = PodMetricsReader()
    yield reader
    await reader.close()


def free_port() -> int:
    """A port without a listener."""
    with socket.socket() as unused:
        unused.bind((LOOPBACK, 0))
        port: int = unused.getsockname()[1]
        return port


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[int]:
    """A port that gives every request this answer; an empty one keeps it waiting."""

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if not answer:
            await asyncio.sleep(60)
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(respond, LOOPBACK, 0) as server:
        yield server.sockets[0].getsockname()[1]


async def test_slots_are_read_from_a_real_workers_metrics(
    pods: PodMetricsReader, cluster: LocalCluster, temporal_namespace: str
) -> None:
    """All three slots for activities are in use, and none of twenty for workflows."""
    port = free_port()
    runtime = Runtime(telemetry=TelemetryConfig(metrics=PrometheusConfig(bind_address=f"{LOOPBACK}:{port}")))
    client = await Client.connect(cluster.temporal_address, namespace=temporal_namespace, runtime=runtime)
    await start_errands(client, "flows", "errands", 4)
    now = time.time()

    async def busy() -> bool:
        read = await pods.read({"worker-0": LOOPBACK}, PodMetrics(port=port), temporal_namespace, now)
        slots = {r.task_queue: (r.slot_type, r.slots_used, r.slots_available) for r in read.get("worker-0", ())}
        return slots == {"errands": (SlotType.ACTIVITY, 3, 0), "flows": (SlotType.WORKFLOW, 0, 20)}

    async with workflow_worker(client, "flows"), activity_worker(client, "errands", 3):
        await wait_for_async(busy, 60, "3 slots in use, as the worker's own metrics say")
        assert await pods.read({"worker-0": LOOPBACK}, PodMetrics(port=port), "another", now) == {}


HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n",
        HEAD + b"# filler\n" * 500_000,
    ],
    ids=["silent", "not found", "not HTTP", "endless"],
)
async def test_a_pod_that_cannot_be_read_is_unknown_beside_those_that_can(
    pods: PodMetricsReader, answer: bytes
) -> None:
    """In time, and without a failure of the others."""
    good = HEAD + page(used("ActivityWorker", 2), used("ActivityWorker", 8, "available")).encode()
    started = time.monotonic()
    async with answering(good) as port, answering(answer) as bad_port:
        good_pods, bad_pods = await asyncio.gather(
            pods.read({"worker-0": LOOPBACK}, PodMetrics(port=port), "shop", 9.0),
            pods.read({"worker-1": LOOPBACK, "worker-2": "127.0.0.2"}, PodMetrics(port=bad_port), "shop", 9.0),
        )
    assert good_pods == {
        "worker-0": (SlotReport("orders", SlotType.ACTIVITY, 2, 8, 9.0, start_latencies=NONE_STARTED),)
    }
    assert bad_pods == {}
    assert time.monotonic() - started < 20


async def test_a_redirect_is_not_followed(pods: PodMetricsReader) -> None:
    """A pod could send the operator to any address that the operator reaches."""
    good = HEAD + page(used("ActivityWorker", 2)).encode()
    async with answering(good) as elsewhere:
        redirect = f"HTTP/1.1 302 Found\r\nLocation: http://{LOOPBACK}:{elsewhere}/\r\nContent-Length: 0\r\n\r\n"
        async with answering(redirect.encode()) as port:
            assert await pods.read({"worker-0": LOOPBACK}, PodMetrics(port=port), "shop", 9.0) == {}
