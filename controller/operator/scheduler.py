"""Whose turn it is: one loop that starts the passes of all pools, at their own intervals, some of a group at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from random import uniform
from typing import Final, NoReturn
from weakref import WeakValueDictionary

import structlog

from controller.operator.pool import PoolKey

log = structlog.get_logger()

JITTER: Final = 0.1
"""Pauses are longer by up to this share, so that pools that were created together do not ask together for ever. None is
shorter: an answer of the Temporal server that is asked for again within 5 s is the last one, out of its cache."""

UNFINISHED_SECONDS: Final = 60.0
"""Pause after work that raised or was cancelled, and so did not say when its next turn is."""

PULSE_SECONDS: Final = 5.0
"""The loop turns at least this often, so that its pulse shows whether the scheduler is stuck."""


class Scheduler:
    """Runs `work(key)` again and again for each key; it returns the seconds until its next turn."""

    def __init__(
        self,
        work: Callable[[PoolKey], Awaitable[float]],
        concurrency: int,
        group: Callable[[PoolKey], Hashable] = lambda _: None,
    ) -> None:
        """Runs at most `concurrency` works of one group at a time, and never two of one key.

        Keys whose works wait for the same server are a group: one that hangs holds up its own group and no other.
        """
        self._work = work
        self._group = group
        self._concurrency = concurrency
        self._slots: WeakValueDictionary[Hashable, asyncio.Semaphore] = WeakValueDictionary()
        self._due: dict[PoolKey, float] = {}
        self._running: dict[PoolKey, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()
        self.pulse_at = _now()
        """When the loop last turned, on the event loop's clock."""

    @property
    def pulse_age_seconds(self) -> float:
        """How long ago the loop last turned; far above `PULSE_SECONDS` means that it is stuck."""
        return _now() - self.pulse_at

    def enqueue(self, key: PoolKey) -> None:
        """Gives a key its turn now; if it is being worked on, once more right after."""
        self._due[key] = _now()
        self._woken.set()

    def forget(self, key: PoolKey) -> None:
        """Gives a key no further turn; work under way is finished."""
        self._due.pop(key, None)

    async def run(self) -> NoReturn:
        """Gives every key its turn when it is due, until it is cancelled; works under way are cancelled with it."""
        try:
            while True:
                self.pulse_at = _now()
                self._woken.clear()
                self._start_due()
                await self._until_next()
        finally:
            for task in self._running.values():
                task.cancel()

    def _start_due(self) -> None:
        now = _now()
        for key, due in list(self._due.items()):
            if due <= now and key not in self._running:
                self._due[key] = float("inf")
                self._running[key] = asyncio.create_task(self._turn(key), name=f"pass {key[0]}/{key[1]}")

    async def _turn(self, key: PoolKey) -> None:
        pause = UNFINISHED_SECONDS
        try:
            slots = self._slots.setdefault(self._group(key), asyncio.Semaphore(self._concurrency))
            async with slots:
                pause = await self._work(key)
        except Exception:
            log.exception("turn_failed", pool="/".join(key))
        finally:
            self._end_turn(key, pause)

    def _end_turn(self, key: PoolKey, pause_seconds: float) -> None:
        """Gives a key its next turn, however this one ended; one that was forgotten meanwhile gets none."""
        del self._running[key]
        self._woken.set()
        if key in self._due:
            pause = pause_seconds * uniform(1, 1 + JITTER)  # noqa: S311 - no secret
            self._due[key] = min(self._due[key], _now() + pause)

    async def _until_next(self) -> None:
        waiting = (due for key, due in self._due.items() if key not in self._running)
        pause = min(min(waiting, default=float("inf")) - _now(), PULSE_SECONDS)
        # Not `wait_for`: before Python 3.12 it swallows a cancellation that comes together with the event.
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._woken.wait()


def _now() -> float:
    return asyncio.get_running_loop().time()
