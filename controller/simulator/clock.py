"""Events in the order of time."""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import TypeVar

Argument = TypeVar("Argument")


class Clock:
    """The time of a simulation, and what is due in it."""

    def __init__(self) -> None:
        self.now = 0.0
        """Seconds since the start of the scenario."""
        self._agenda: list[tuple[float, int, Callable[..., None], object]] = []
        self._sequence = 0

    def at(self, time: float, action: Callable[[Argument], None], argument: Argument) -> None:
        """Calls `action(argument)` at `time`, after whatever was planned earlier for that time."""
        self._sequence += 1
        heappush(self._agenda, (time, self._sequence, action, argument))

    def run_until(self, time: float) -> None:
        """Lets everything happen that is planned for up to and including `time`, which is then the time of now."""
        agenda = self._agenda
        while agenda and agenda[0][0] <= time:
            self.now, _, action, argument = heappop(agenda)
            action(argument)
        self.now = time
