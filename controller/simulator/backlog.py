"""The tasks that wait: in one partition in the order in which they came, in several only nearly so."""

from collections import deque
from collections.abc import Iterator
from random import Random

from controller.simulator.slots import Attempt


class Backlog:
    """Tasks in the partitions of a task queue: each task and each poll goes to any of them.

    A poll that comes to an empty partition is forwarded to one where tasks wait.
    """

    def __init__(self, partitions: int, random: Random) -> None:
        self._partitions = tuple(deque[Attempt]() for _ in range(partitions))
        self._random = random
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Attempt]:
        for partition in self._partitions:
            yield from partition

    def append(self, attempt: Attempt) -> None:
        """Adds a task."""
        self._count += 1
        self._any(self._partitions).append(attempt)

    def take(self) -> Attempt:
        """Takes the oldest task of some partition; there must be one."""
        self._count -= 1
        return self._any([partition for partition in self._partitions if partition]).popleft()

    @property
    def oldest_at(self) -> float | None:
        """When the oldest task of all came; `None` when none waits."""
        return min((partition[0].scheduled_at for partition in self._partitions if partition), default=None)

    def _any(self, partitions: tuple[deque[Attempt], ...] | list[deque[Attempt]]) -> deque[Attempt]:
        return partitions[0] if len(partitions) == 1 else self._random.choice(partitions)
