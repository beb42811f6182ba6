"""The SDK's own metrics as the source of the slots in use."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from temporalio.client import Client
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from controller.api.pool_spec.in_flight import PodMetrics
from controller.scaling.observation import SlotReport, SlotType
from controller.temporal.pod_metrics import PodMetricsReader, to_reports
from localcluster.cluster import LocalCluster
from tests.support.waiting import wait_for_async
from tests.temporal.workloads import activity_worker, start_errands, workflow_worker

LOOPBACK = "127.0.0.1"


@pytest.fixture
async def pods() -> AsyncIterator[PodMetricsReader]:
    """A reader that is closed after the test."""
    reader = PodMetricsReader()
    yield reader
    await reader.close()


def free_port() -> int:
    """A port that nobody listens on."""
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
        return set(read.get("worker-0", ())) == {
            SlotReport("errands", SlotType.ACTIVITY, 3, 0, now),
            SlotReport("flows", SlotType.WORKFLOW, 0, 20, now),
        }

    async with workflow_worker(client, "flows"), activity_worker(client, "errands", 3):
        await wait_for_async(busy, 60, "3 slots in use, as the worker's own metrics say")
        assert await pods.read({"worker-0": LOOPBACK}, PodMetrics(port=port), "another", now) == {}


def page(*lines: str) -> str:
    """A page of metrics."""
    return "\n".join(("# TYPE temporal_worker_task_slots_used gauge", *lines, ""))


def used(worker_type: str, value: float, metric: str = "used", task_queue: str = "orders") -> str:
    """A line as the SDK writes it."""
    labels = f'namespace="shop",task_queue="{task_queue}",worker_type="{worker_type}"'
    return f"temporal_worker_task_slots_{metric}{{{labels}}} {value}"


def test_every_type_of_slots_is_read() -> None:
    """Local activities and Nexus too; two workers on one queue add up."""
    text = page(
        used("ActivityWorker", 2),
        used("ActivityWorker", 8, "available"),
        used("LocalActivityWorker", 4),
        used("LocalActivityWorker", 6, "available"),
        used("NexusWorker", 1),
        used("NexusWorker", 0, "available"),
        "temporal_sticky_cache_size 5",
    )
    assert set(to_reports(text, "shop", 9.0)) == {
        SlotReport("orders", SlotType.ACTIVITY, 2, 8, 9.0),
        SlotReport("orders", SlotType.LOCAL_ACTIVITY, 4, 6, 9.0),
        SlotReport("orders", SlotType.NEXUS, 1, 0, 9.0),
    }


def test_free_slots_that_are_not_said_are_unknown() -> None:
    """A resource-based supplier gives no number, or -1; a type that is not polled has neither used nor free ones."""
    text = page(used("ActivityWorker", 0), used("WorkflowWorker", 0), used("WorkflowWorker", 0, "available"))
    assert to_reports(text, "shop", 9.0) == (SlotReport("orders", SlotType.ACTIVITY, 0, None, 9.0),)
    negative = page(used("ActivityWorker", 3), used("ActivityWorker", -1, "available"))
    assert to_reports(negative, "shop", 9.0) == (SlotReport("orders", SlotType.ACTIVITY, 3, None, 9.0),)


@pytest.mark.parametrize("text", ["", "<html>", page('temporal_worker_task_slots_used{worker_type="ActivityWorker" x')])
def test_a_page_without_such_metrics_says_nothing(text: str) -> None:
    """Nothing is made up of what is no metrics."""
    assert to_reports(text, "shop", 9.0) == ()


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
    assert good_pods == {"worker-0": (SlotReport("orders", SlotType.ACTIVITY, 2, 8, 9.0),)}
    assert bad_pods == {}
    assert time.monotonic() - started < 20


async def test_a_redirect_is_not_followed(pods: PodMetricsReader) -> None:
    """A pod could send the operator to any address that the operator reaches."""
    good = HEAD + page(used("ActivityWorker", 2)).encode()
    async with answering(good) as elsewhere:
        redirect = f"HTTP/1.1 302 Found\r\nLocation: http://{LOOPBACK}:{elsewhere}/\r\nContent-Length: 0\r\n\r\n"
        async with answering(redirect.encode()) as port:
            assert await pods.read({"worker-0": LOOPBACK}, PodMetrics(port=port), "shop", 9.0) == {}
