"""What servers turned out not to know: they are asked in another way for a while, because they may be upgraded."""

from collections.abc import Hashable
from typing import Final

RETRIED_SECONDS: Final = 600.0
"""After this time a server is asked for what it did not know once more."""


class Lacking:
    """What was missing, and since when. Times are seconds of a clock that never steps."""

    def __init__(self) -> None:
        """Starts with servers that know everything."""
        self._until: dict[Hashable, float] = {}

    def note(self, key: Hashable, now: float) -> None:
        """Notes that something is missing; `key` says what and where, and is kept until it is asked for again."""
        self._until = {other: until for other, until in self._until.items() if now < until}
        self._until[key] = now + RETRIED_SECONDS

    def has(self, key: Hashable, now: float) -> bool:
        """Whether that was found missing a while ago."""
        return now < self._until.get(key, now)
