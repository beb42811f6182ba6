"""Identical reads are made once: whoever asks while one is under way, or just after, gets its answer."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Final, TypeVar

FRESH_SECONDS: Final = 1.0
"""For so long an answer counts as just given: the server's own is up to 5 s old (1 s before 1.29)."""

Value = TypeVar("Value")


class SharedReads:
    """Reads by what they ask for."""

    def __init__(self, fresh_seconds: float = FRESH_SECONDS) -> None:
        """Starts empty."""
        self._fresh_seconds = fresh_seconds
        self._reads: dict[Hashable, asyncio.Task[Any]] = {}

    async def get(self, key: Hashable, ask: Callable[[], Awaitable[Value]]) -> Value:
        """The answer of the read under that key; `ask` makes it when nobody just did.

        A caller that gives up does not end the read for the others.
        """
        read: asyncio.Task[Value] | None = self._reads.get(key)
        if read is None:
            read = asyncio.ensure_future(_asked(ask))
            self._reads[key] = read
            read.add_done_callback(lambda done: self._forget_later(key, done))
        return await asyncio.shield(read)

    async def close(self) -> None:
        """Ends the reads that are under way."""
        reads = list(self._reads.values())
        self._reads.clear()
        for read in reads:
            read.cancel()
        await asyncio.gather(*reads, return_exceptions=True)

    def _forget_later(self, key: Hashable, read: asyncio.Task[Any]) -> None:
        failed = read.cancelled() or read.exception() is not None
        pause = 0.0 if failed else self._fresh_seconds
        asyncio.get_running_loop().call_later(pause, self._forget, key, read)

    def _forget(self, key: Hashable, read: asyncio.Task[Any]) -> None:
        if self._reads.get(key) is read:
            del self._reads[key]


async def _asked(ask: Callable[[], Awaitable[Value]]) -> Value:
    return await ask()
