"""Pauses between tries that grow while these follow one another, as those of client-go's reflector."""

import random
from collections.abc import Callable
from typing import Final

FIRST_PAUSE_SECONDS: Final = 0.8
"""Before the second try; each further pause is twice as long."""

LONGEST_PAUSE_SECONDS: Final = 30.0

RESET_SECONDS: Final = 120.0
"""After so long without a pause the next one is the first again."""


class BackOff:
    """How long to wait before a server is asked again."""

    def __init__(self, now: Callable[[], float], share: Callable[[], float] = random.random) -> None:
        """Starts anew.

        Args:
            now: Seconds of a clock that never steps back.
            share: Gives a number from 0 to 1, by which those who wait for the same server come apart.
        """
        self._now = now
        self._share = share
        self._base_seconds = FIRST_PAUSE_SECONDS
        self._last_at = float("-inf")

    def next_seconds(self) -> float:
        """The next pause: between once and twice what it is without chance, and at most `LONGEST_PAUSE_SECONDS`."""
        if self._now() - self._last_at > RESET_SECONDS:
            self._base_seconds = FIRST_PAUSE_SECONDS
        self._last_at = self._now()
        pause_seconds = self._base_seconds * (1 + self._share())
        self._base_seconds = min(2 * self._base_seconds, LONGEST_PAUSE_SECONDS / 2)
        return pause_seconds
