"""Real workflows that run beside a test."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from typing import Any, TypeVar

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import RateLimit
from temporalio.api.workflowservice.v1 import UpdateTaskQueueConfigRequest
from temporalio.client import Client

from examples.burst.result import BurstPlan, BurstResult
from examples.burst.run import BurstTarget, run_burst
from tests.system.place import Place

Outcome = TypeVar("Outcome")


@contextmanager
def running_burst(place: Place, target: BurstTarget, plan: BurstPlan) -> Iterator[Future[BurstResult]]:
    """Start a burst in a thread of its own; what it still waits for when the block ends is given up."""
    with _beside(place, lambda client: run_burst(client, target, plan)) as result:
        yield result


@contextmanager
def running_stream(place: Place, target: BurstTarget, plan: BurstPlan, seconds: float) -> Iterator[Future[BurstResult]]:
    """Start the workflows of a plan evenly over some seconds, and wait for them, in a thread of its own."""

    async def run(client: Client) -> BurstResult:
        one = replace(plan, workflows=1)
        async with asyncio.TaskGroup() as group:
            runs = []
            for _ in range(plan.workflows):
                runs.append(group.create_task(run_burst(client, target, one)))
                await asyncio.sleep(seconds / plan.workflows)
        results = [run.result() for run in runs]
        return BurstResult(
            plan=plan,
            started=sum(result.started for result in results),
            completed=sum(result.completed for result in results),
            failures=tuple(chain.from_iterable(result.failures for result in results)),
            reports=tuple(chain.from_iterable(result.reports for result in results)),
            duration_seconds=seconds + results[-1].duration_seconds,
        )

    with _beside(place, run) as result:
        yield result


def limit_rate(place: Place, task_queue: str, tasks_per_second: float) -> None:
    """Let the server hand out so many activities a second, as an operator of Temporal would."""

    async def update() -> None:
        client = await Client.connect(place.cluster.temporal_address, namespace=place.temporal_namespace)
        limit = UpdateTaskQueueConfigRequest.RateLimitUpdate(
            rate_limit=RateLimit(requests_per_second=tasks_per_second), reason="a system test"
        )
        await client.workflow_service.update_task_queue_config(
            UpdateTaskQueueConfigRequest(
                namespace=place.temporal_namespace,
                identity="a system test",
                task_queue=task_queue,
                task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
                update_queue_rate_limit=limit,
            )
        )

    asyncio.run(update())


@contextmanager
def _beside(place: Place, work: Callable[[Client], Coroutine[Any, Any, Outcome]]) -> Iterator[Future[Outcome]]:
    """Do work with a client of the place's Temporal namespace in a thread, until it is done or the block ends."""
    result: Future[Outcome] = Future()
    loop = asyncio.new_event_loop()

    async def run() -> Outcome:
        return await work(await Client.connect(place.temporal_address, namespace=place.temporal_namespace))

    task = loop.create_task(run())

    def play() -> None:
        try:
            result.set_result(loop.run_until_complete(task))
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is asked for
            result.set_exception(error)

    thread = threading.Thread(target=play, name="load")
    thread.start()
    try:
        yield result
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
        loop.close()
