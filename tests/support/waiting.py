"""Waiting for a condition, with an error that shows what was there instead."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Value = TypeVar("Value")

POLL_SECONDS = 0.1
"""Pause between two looks."""


def wait_for(condition: Callable[[], Value | None], timeout_seconds: float, what: str) -> Value:
    """Look until `condition()` is true, and return what it returned.

    A condition may raise: that counts as not true yet, and the last error is shown at the end.

    Args:
        condition: What to look at.
        timeout_seconds: Generous: a slow, busy machine with 2 cores must do.
        what: Completes the sentence "waited for ...".

    Raises:
        AssertionError: The time is over; with the last value or error.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        value, error = _attempt(condition)
        if value:
            return value
        if time.monotonic() > deadline:
            raise _timed_out(what, timeout_seconds, value, error) from error
        time.sleep(POLL_SECONDS)


async def wait_for_async(condition: Callable[[], Awaitable[Value | None]], timeout_seconds: float, what: str) -> Value:
    """The same for a condition that must be awaited; see `wait_for`."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        value: Value | None = None
        error: Exception | None = None
        try:
            value = await condition()
        except Exception as raised:  # noqa: BLE001 - shown at the end
            error = raised
        if value:
            return value
        if time.monotonic() > deadline:
            raise _timed_out(what, timeout_seconds, value, error) from error
        await asyncio.sleep(POLL_SECONDS)


def _attempt(condition: Callable[[], Value | None]) -> tuple[Value | None, Exception | None]:
    try:
        return condition(), None
    except Exception as error:  # noqa: BLE001 - shown at the end
        return None, error


def _timed_out(what: str, timeout_seconds: float, value: object, error: Exception | None) -> AssertionError:
    last = f"the last look failed: {error}" if error else f"the last value was {value!r}"
    return AssertionError(f"waited {timeout_seconds:g} s for {what}; {last}")
