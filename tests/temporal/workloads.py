"""Real workers and real work for the tests."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError
from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.worker import PollerBehaviorAutoscaling, Worker

HEARTBEAT_INTERVAL = timedelta(seconds=1)
"""The shortest that the SDK allows."""

FAIL_ONCE_SECONDS = 0.3
"""How long an attempt of `fail_once` takes."""

_runtime = Runtime(telemetry=TelemetryConfig(), worker_heartbeat_interval=HEARTBEAT_INTERVAL)


@workflow.defn
class Errand:
    """A workflow that waits for one activity."""

    @workflow.run
    async def run(self, task_queue: str) -> None:
        """Has the activity done on `task_queue`."""
        await workflow.execute_activity("wait", task_queue=task_queue, start_to_close_timeout=timedelta(minutes=5))


@activity.defn
async def wait() -> None:
    """Takes longer than any test."""
    await asyncio.sleep(600)


@workflow.defn
class SecondTry:
    """A workflow whose activity fails once."""

    @workflow.run
    async def run(self, task_queue: str) -> None:
        """Has the activity done on `task_queue`."""
        await workflow.execute_activity(
            "fail_once",
            task_queue=task_queue,
            start_to_close_timeout=timedelta(minutes=1),
            retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=100)),
        )


@activity.defn
async def fail_once() -> None:
    """Takes `FAIL_ONCE_SECONDS` and fails, but only at the first attempt."""
    await asyncio.sleep(FAIL_ONCE_SECONDS)
    if activity.info().attempt == 1:
        raise ApplicationError("The first attempt fails.")


async def connect(address: str, temporal_namespace: str) -> Client:
    """A client whose workers report often."""
    return await Client.connect(address, namespace=temporal_namespace, runtime=_runtime)


async def start_errands(client: Client, workflow_queue: str, activity_queue: str, count: int) -> None:
    """Starts workflows; they wait in their queue until a worker comes."""
    for _ in range(count):
        await client.start_workflow(Errand.run, activity_queue, id=f"errand-{uuid.uuid4()}", task_queue=workflow_queue)


@asynccontextmanager
async def workflow_worker(client: Client, task_queue: str) -> AsyncIterator[None]:
    """A worker that runs only workflows."""
    async with Worker(client, task_queue=task_queue, workflows=[Errand], max_concurrent_workflow_tasks=20):
        yield


@asynccontextmanager
async def activity_worker(
    client: Client, task_queue: str, slots: int, activities_per_second: float | None = None
) -> AsyncIterator[None]:
    """A worker that runs only activities; they are cancelled at the end. A rate limits the whole queue."""
    async with Worker(
        client,
        task_queue=task_queue,
        activities=[wait],
        max_concurrent_activities=slots,
        max_task_queue_activities_per_second=activities_per_second,
    ):
        yield


async def run_second_tries(client: Client, task_queue: str, count: int) -> None:
    """Runs workflows whose activities take two attempts each, and waits for their end; a worker must be there."""
    runs = (
        client.execute_workflow(SecondTry.run, task_queue, id=f"second-{uuid.uuid4()}", task_queue=task_queue)
        for _ in range(count)
    )
    await asyncio.gather(*runs)


@asynccontextmanager
async def second_try_worker(client: Client, task_queue: str) -> AsyncIterator[None]:
    """A worker that runs workflows, and four activities at once with pollers that the SDK scales."""
    async with Worker(
        client,
        task_queue=task_queue,
        workflows=[SecondTry],
        activities=[fail_once],
        max_concurrent_workflow_tasks=20,
        max_concurrent_activities=4,
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
    ):
        yield


@asynccontextmanager
async def held_worker(client: Client, task_queue: str, slots: int, release: asyncio.Event) -> AsyncIterator[Worker]:
    """A worker that runs errands; their activities end when they are released, and a stop waits for that."""

    @activity.defn(name="wait")
    async def held() -> None:
        await release.wait()

    worker = Worker(
        client,
        task_queue=task_queue,
        workflows=[Errand],
        activities=[held],
        max_concurrent_workflow_tasks=20,
        max_concurrent_activities=slots,
        graceful_shutdown_timeout=timedelta(minutes=5),
    )
    run = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        release.set()
        await worker.shutdown()
        await run
