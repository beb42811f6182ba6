"""The rates that the server gives: in a plain form, and as Temporal's task tracker counts them."""

from collections import deque

WINDOW_SECONDS = 30
"""Rates are means over so long."""

BUCKET_SECONDS = 5
"""The server counts in buckets of so long."""

SHORTEST_SECONDS = 1
"""The plain form divides by no less, about."""


class WindowedRate:
    """The plain form: what was counted since the refresh 30 s ago, divided by the time since."""

    def __init__(self, refresh_seconds: float) -> None:
        self._total = 0
        self._totals: deque[tuple[float, int]] = deque([(0.0, 0)], maxlen=int(WINDOW_SECONDS // refresh_seconds) + 1)

    def count(self, _now: float) -> None:
        """One task."""
        self._total += 1

    def per_second(self, now: float, loaded_at: float) -> float:
        """The rate; it has to be asked for at each refresh, and only then."""
        self._totals.append((now, self._total))
        since, before = self._totals[0]
        return (self._total - before) / max(SHORTEST_SECONDS, now - max(since, loaded_at))


class BucketedRate:
    """Temporal's: seven buckets of 5 s, of which the youngest is not full, divided by the time that they span.

    In the first 30 s after the queue's first task it is divided by the time since: a burst looks large then.
    """

    def __init__(self) -> None:
        self._buckets: deque[int] = deque([0], maxlen=WINDOW_SECONDS // BUCKET_SECONDS + 1)
        self._bucket_began_at: float | None = None

    def count(self, now: float) -> None:
        """One task."""
        if self._bucket_began_at is None:
            self._bucket_began_at = now
        self._advance(now, self._bucket_began_at)
        self._buckets[-1] += 1

    def per_second(self, now: float, loaded_at: float) -> float:
        """The rate, at any time."""
        if self._bucket_began_at is None:
            return 0.0
        began_at = self._advance(now, self._bucket_began_at)
        seconds = min(WINDOW_SECONDS + now - began_at, now - loaded_at)
        return sum(self._buckets) / seconds if seconds > 0 else 0.0

    def _advance(self, now: float, began_at: float) -> float:
        """Begins the buckets that are due; returns since when the youngest one counts."""
        passed = int((now - began_at) // BUCKET_SECONDS)
        self._buckets.extend([0] * min(passed, WINDOW_SECONDS // BUCKET_SECONDS + 1))
        self._bucket_began_at = began_at + passed * BUCKET_SECONDS
        return self._bucket_began_at


Rate = WindowedRate | BucketedRate
