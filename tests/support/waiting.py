"""Waiting for a condition, with an error that shows what was there instead."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Value = TypeVar("Value")

SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 0.25
"""Between two polls: what takes long is polled less often, since each poll costs the servers as much as the test."""

PAUSE_SHARE = 0.05
"""Of the time waited so far: a pause adds no more than that to a wait."""


def wait_for(condition: Callable[[], Value | None], timeout_seconds: float, what: str) -> Value:
    """Poll until `condition()` is true, and return what it returned.

    A condition may raise: that counts as not true yet, and the last error is shown at the end.

    Args:
        condition: What to poll.
        timeout_seconds: Generous: a slow, busy machine with 2 cores must do.
        what: Completes the sentence "waited for ...".

    Raises:
        AssertionError: The time is over; with the last value or error.
    """
    started = time.monotonic()
    while True:
        value, error = _attempt(condition)
        if value:
            return value
        if (waited := time.monotonic() - started) > timeout_seconds:
            raise _timed_out(what, timeout_seconds, value, error) from error
        time.sleep(_pause_seconds(waited))


async def wait_for_async(condition: Callable[[], Awaitable[Value | None]], timeout_seconds: float, what: str) -> Value:
    """The same for a condition that must be awaited; see `wait_for`."""
    started = time.monotonic()
    while True:
        value: Value | None = None
        error: Exception | None = None
        try:
            value = await condition()
        except Exception as raised:  # noqa: BLE001 - shown at the end
            error = raised
        if value:
            return value
        if (waited := time.monotonic() - started) > timeout_seconds:
            raise _timed_out(what, timeout_seconds, value, error) from error
        await asyncio.sleep(_pause_seconds(waited))


def _pause_seconds(waited_seconds: float) -> float:
    return min(max(PAUSE_SHARE * waited_seconds, SHORTEST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)


def _attempt(condition: Callable[[], Value | None]) -> tuple[Value | None, Exception | None]:
    try:
        return condition(), None
    except Exception as error:  # noqa: BLE001 - shown at the end
        return None, error


def _timed_out(what: str, timeout_seconds: float, value: object, error: Exception | None) -> AssertionError:
    last = f"the last poll failed: {error}" if error else f"the last value was {value!r}"
    return AssertionError(f"waited {timeout_seconds:g} s for {what}; {last}")
