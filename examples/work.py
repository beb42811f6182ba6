"""The work of the examples: its input, the activity, and its result."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from temporalio import activity

HEARTBEAT_SECONDS = 1.0
"""Interval of a running activity's heartbeats; the answer has a cancellation."""


@dataclass(frozen=True)
class Batch:
    """Input of one workflow.

    Attributes:
        activities: How many activities the workflow runs at the same time.
        activity_seconds: How long each of them takes.
    """

    activities: int
    activity_seconds: float


@dataclass(frozen=True)
class ActivityReport:
    """The result of one activity.

    Attributes:
        scheduled_time: When the workflow asked for it (server's clock). The first attempt's, so that the wait of a
            retried activity includes what the lost attempts cost.
        started_time: When the attempt that finished was handed to a worker (server's clock).
        finished_time: When it was done (worker's clock).
        attempt: 1 unless an earlier attempt was lost or failed.
        cut_short: Whether an earlier attempt had begun. One that is lost on its way to a worker that stops has not.
    """

    scheduled_time: datetime
    started_time: datetime
    finished_time: datetime
    attempt: int
    cut_short: bool = False

    @property
    def wait_seconds(self) -> float:
        """Time from scheduled to started, in seconds."""
        return (self.started_time - self.scheduled_time).total_seconds()


async def perform(seconds: float) -> ActivityReport:
    """Stand in for `seconds` of work that waits for something else, and report on the activity that it is part of.

    It sleeps: a real activity would call a service or a program here. It heartbeats while it does, with the seconds
    that are left: Temporal hands them to the next attempt if this one is cut short.

    Raises:
        asyncio.CancelledError: The workflow was cancelled, or the worker's grace is over; nothing is left behind.
    """
    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0:
        activity.heartbeat(left)
        await asyncio.sleep(min(left, HEARTBEAT_SECONDS))
    info = activity.info()
    return ActivityReport(
        info.scheduled_time, info.started_time, datetime.now(UTC), info.attempt, cut_short=bool(info.heartbeat_details)
    )
