"""Starts the arrivals of a plan when they are due."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from temporalio.client import Client

from bench.real.profiles import Arrival, Profile
from bench.real.worker import TASK_QUEUE, Batch, Batches, attempt_timeout, nap

STARTS_AT_ONCE = 50
"""Requests that are under way at the same time; more would only queue in the server."""


@dataclass(slots=True)
class Load:
    """A load under way."""

    client: Client
    profile: Profile
    arrivals: Sequence[Arrival]
    started_at: dict[str, float] = field(default_factory=dict)
    """Unix time at which the server had taken each arrival, by its name."""
    _requests: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(STARTS_AT_ONCE))

    async def play(self, begin: float) -> None:
        """Start all arrivals, those whose time has passed at once.

        Args:
            begin: Unix time from which the arrivals count.

        Raises:
            temporalio.service.RPCError: The server refused one.
        """
        async with asyncio.TaskGroup() as group:
            for number, arrival in enumerate(self.arrivals):
                await asyncio.sleep(max(begin + arrival.at_seconds - time.time(), 0))
                group.create_task(self._start(name_of(number), arrival))

    async def _start(self, name: str, arrival: Arrival) -> None:
        async with self._requests:
            if workflow := self.profile.workflow:
                batch = Batch(name, workflow.rounds, workflow.activities, arrival.task_seconds)
                await self.client.start_workflow(Batches.run, batch, id=name, task_queue=TASK_QUEUE)
            else:
                await self.client.start_activity(
                    nap,
                    arrival.task_seconds,
                    id=name,
                    task_queue=TASK_QUEUE,
                    start_to_close_timeout=attempt_timeout(arrival.task_seconds),
                )
        self.started_at[name] = time.time()


def name_of(number: int) -> str:
    """Of an arrival: the ID of its activity or workflow."""
    return f"task-{number:05d}"
