"""Since when a task queue is watched: how young the server's rates may be.

The server counts for 30 s and divides by the time since it loaded the queue, if that is shorter: a burst of 50 tasks
reads as 185 a second at first. It does not say when it loaded it; to read a queue loads it, and keeps it loaded.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

TRUE_MEAN_SECONDS: Final = 30.0
"""The window of the server's rates."""

UNLOADED_SECONDS: Final = 300.0
"""A queue that nobody uses or reads for so long is unloaded (server 1.32, matching.maxTaskQueueIdleTime)."""


@dataclass(slots=True)
class _Sight:
    first_at: float
    last_at: float


class QueueSights:
    """When each queue was first read, and last, without a gap. Times are seconds of a clock that never steps."""

    def __init__(self) -> None:
        """Nothing was read yet."""
        self._sights: dict[Hashable, _Sight] = {}

    def seen(self, key: Hashable, now: float) -> bool:
        """Notes that the queue was read.

        Returns:
            Whether its rates may be young.
        """
        sight = self._sights.get(key)
        if sight is None or now - sight.last_at > UNLOADED_SECONDS:
            self._forget_unread(now)
            sight = self._sights[key] = _Sight(now, now)
        sight.last_at = now
        return now - sight.first_at < TRUE_MEAN_SECONDS

    def lost(self, key: Hashable) -> None:
        """Notes that the queue could not be read: a server that restarts loads it anew."""
        self._sights.pop(key, None)

    def _forget_unread(self, now: float) -> None:
        """Drops what pools that are gone left behind."""
        self._sights = {key: s for key, s in self._sights.items() if now - s.last_at <= UNLOADED_SECONDS}
