"""How far something is that takes longer than a second: one line on standard error, at a terminal alone."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TextIO

PATIENCE_SECONDS = 1.0
"""What takes no longer says nothing."""

PAUSE_SECONDS = 0.2
"""Between two lines."""


@dataclass(slots=True)
class Progress:
    """A line that is written over itself, and cleared at the end."""

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    clock: Callable[[], float] = time.monotonic
    _started: float = field(init=False)
    _shown: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self._started = self.clock()

    def at(self, text: Callable[[], str]) -> None:
        """Shows how far it is, where it is time to."""
        now = self.clock()
        if now - self._started < PATIENCE_SECONDS or now - self._shown < PAUSE_SECONDS or not self.stream.isatty():
            return
        self._shown = now
        self.stream.write(f"\r\x1b[K{text()}")
        self.stream.flush()

    def clear(self) -> None:
        """Takes the line away, before anything else is printed."""
        if self._shown:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
