"""When the operator first saw each report of a worker: whatever the worker's clock says, it was made before that."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

FORGOTTEN_SECONDS: Final = 600.0
"""A worker that was not listed for so long is gone: the server lists it for 5 minutes after its last report."""


@dataclass(slots=True)
class _Seen:
    sent_at: float
    first_at: float
    last_at: float


class FirstSeen:
    """The last report of each worker. Times are seconds since the Unix epoch."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._seen: dict[Hashable, _Seen] = {}
        self._swept_at = 0.0

    def at(self, worker: Hashable, sent_at: float, now: float) -> float:
        """When this report was seen first.

        Args:
            worker: Who sent it.
            sent_at: When it was sent, by the worker's clock: one report has one such time.
            now: By the operator's clock; if that was set back, what was seen after counts as seen now.
        """
        seen = self._seen.get(worker)
        if seen is None or seen.sent_at != sent_at:
            seen = self._seen[worker] = _Seen(sent_at, now, now)
        seen.first_at, seen.last_at = min(seen.first_at, now), now
        return seen.first_at

    def forget_gone(self, now: float) -> None:
        """Drops workers that are listed no more; does so now and then."""
        if 0 <= now - self._swept_at < FORGOTTEN_SECONDS / 10:
            return
        self._swept_at = now
        self._seen = {key: seen for key, seen in self._seen.items() if 0 <= now - seen.last_at <= FORGOTTEN_SECONDS}
