"""A worker as process 1 of a container: `python -m tests.temporal.busy_process ADDRESS QUEUE`."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from temporalio.worker import Worker

from tests.temporal.workloads import Errand, connect, wait

IDENTITY = "1@restarted"


async def run(address: str, task_queue: str) -> None:
    """Works until it is killed."""
    client = await connect(address, "default")
    async with Worker(
        client,
        task_queue=task_queue,
        workflows=[Errand],
        activities=[wait],
        identity=IDENTITY,
        max_concurrent_activities=4,
    ):
        await asyncio.Event().wait()


@contextmanager
def busy_process(address: str, task_queue: str) -> Iterator[subprocess.Popen[bytes]]:
    """Such a process, which is killed at the end."""
    with subprocess.Popen([sys.executable, "-m", __name__, address, task_queue], stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:3]))
