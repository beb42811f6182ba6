"""Changes to a Deployment all the time, as fast as the API server takes them."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from controller.cluster.client import answer_to, connect
from controller.cluster.resources import DEPLOYMENTS, MERGE_PATCH, patch
from controller.cluster.writes import OperatorClient

WRITERS = 4
"""Requests under way at a time: about 70 changes a second on 2 cores."""


@dataclass
class Writes:
    """What was written so far."""

    count: int = 0


@contextmanager
def busy_writer(kubeconfig: Path, namespace: str, deployment: str) -> Iterator[Writes]:
    """Change an annotation of a Deployment, again and again, until the block ends."""
    writes, stop = Writes(), threading.Event()

    async def write(client: OperatorClient, number: int) -> None:
        while not stop.is_set():
            changes = {"metadata": {"annotations": {f"tests/writer-{number}": str(writes.count)}}}
            path = DEPLOYMENTS.path(namespace, deployment)
            await answer_to("write", patch(client, path, MERGE_PATCH, changes))
            writes.count += 1

    async def run() -> None:
        connected = await connect(kubeconfig)
        try:
            await asyncio.gather(*(write(connected.client, number) for number in range(WRITERS)))
        finally:
            await connected.close()

    thread = threading.Thread(target=asyncio.run, args=(run(),), name="busy writer")
    thread.start()
    try:
        yield writes
    finally:
        stop.set()
        thread.join()
