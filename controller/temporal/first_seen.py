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
    """The last report of each worker. Times are seconds of a clock that never steps, unless they are the worker's."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._seen: dict[Hashable, _Seen] = {}
        self._swept_at = float("-inf")

    def age_seconds(self, worker: Hashable, sent_at: float, now: float) -> float:
        """How long ago this report was seen first.

        Args:
            worker: Who sent it.
            sent_at: When it was sent, by the worker's clock: one report has one such time.
            now: Seconds of the clock that never steps.
        """
        seen = self._seen.get(worker)
        if seen is None or seen.sent_at != sent_at:
            seen = self._seen[worker] = _Seen(sent_at, now, now)
        seen.last_at = now
        return now - seen.first_at

    def forget_gone(self, now: float) -> None:
        """Drops workers that are listed no more; does so now and then."""
        if now - self._swept_at < FORGOTTEN_SECONDS / 10:
            return
        self._swept_at = now
        self._seen = {key: seen for key, seen in self._seen.items() if now - seen.last_at <= FORGOTTEN_SECONDS}
