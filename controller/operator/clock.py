"""The clock of the passes: wall time, as Kubernetes and Temporal give it, and how far it steps.

Times are compared with those that others give, so they are wall time; and they are kept from pass to pass, so a step
of the wall clock would change all intervals. A pool notices the step at its next pass, and shifts what it remembers.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

STEP_SECONDS: Final = 1.0
"""A smaller difference is no step: readings of two clocks differ a little, and a clock that is slewed catches up."""


def elapsed() -> float:
    """Seconds that passed, those in which the machine was suspended too where the system counts them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


@dataclass(frozen=True, slots=True)
class Clock:
    """Gives the time, and shows whether it was set since."""

    wall: Callable[[], float] = time.time
    """Seconds since the Unix epoch, by this machine."""
    elapsed: Callable[[], float] = elapsed
    """Seconds since some moment; it never steps."""

    def now(self) -> float:
        """Seconds since the Unix epoch."""
        return self.wall()

    def origin(self) -> float:
        """The wall time of the moment from which `elapsed` counts: only a step of the wall clock changes it."""
        return self.wall() - self.elapsed()


def step(before: float | None, origin: float) -> float:
    """Seconds by which the wall clock was set between two origins, forward with a positive number; 0: it was not."""
    difference = 0.0 if before is None else origin - before
    return difference if abs(difference) >= STEP_SECONDS else 0.0
