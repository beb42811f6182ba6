"""Bursts of real workflows that run beside a test."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from temporalio.client import Client

from examples.burst.result import BurstPlan, BurstResult
from examples.burst.run import BurstTarget, run_burst
from tests.system.place import Place


@contextmanager
def running_burst(place: Place, target: BurstTarget, plan: BurstPlan) -> Iterator[Future[BurstResult]]:
    """Start a burst in a thread of its own; what it still waits for when the block ends is given up."""
    result: Future[BurstResult] = Future()
    loop = asyncio.new_event_loop()

    async def run() -> BurstResult:
        client = await Client.connect(place.cluster.temporal_address, namespace=place.temporal_namespace)
        return await run_burst(client, target, plan)

    task = loop.create_task(run())

    def work() -> None:
        try:
            result.set_result(loop.run_until_complete(task))
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is asked for
            result.set_exception(error)

    thread = threading.Thread(target=work, name="burst")
    thread.start()
    try:
        yield result
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
        loop.close()
