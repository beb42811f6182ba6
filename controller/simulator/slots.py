"""The slots of one pod for one kind of tasks: its pollers, and what runs in them."""

from collections.abc import Callable

from controller.simulator.clock import Clock
from controller.simulator.world import Kind, World


class Attempt:
    """A task that is scheduled, and then runs in a pod. A task whose worker is killed gets a new attempt."""

    __slots__ = ("kind", "scheduled_at", "service_seconds")

    def __init__(self, scheduled_at: float, service_seconds: float, kind: int = 0) -> None:
        self.scheduled_at = scheduled_at
        self.service_seconds = service_seconds
        self.kind = kind
        """Place of its kind in the world."""


class Slots:
    """So many tasks of a kind run here at once."""

    __slots__ = (
        "_clock",
        "_freed",
        "_handing_over",
        "_pollers_home",
        "_world",
        "ended",
        "has_enough_pollers",
        "kind",
        "listed",
        "open",
        "running",
    )

    def __init__(self, kind: Kind, clock: Clock, world: World, freed: Callable[["Slots"], None]) -> None:
        self.kind = kind
        self.open = False
        """Whether the worker has started, and was not asked to stop."""
        self.running: set[Attempt] = set()
        self.ended = 0
        """Tasks that have ended here."""
        self.has_enough_pollers = world.pollers is None
        """Whether pollers are never what limits a worker."""
        self.listed = False
        """Whether the task queue has them among those that poll."""
        self._clock = clock
        self._world = world
        self._freed = freed
        self._handing_over = 0
        self._pollers_home = world.pollers

    @property
    def polls(self) -> bool:
        """Whether one of them would take a task now."""
        return self.open and len(self.running) + self._handing_over < self.kind.slots and self._pollers_home != 0

    @property
    def pollers(self) -> int:
        """Polls that are open: as many as there are free slots, and no more than pollers at home."""
        free = self.kind.slots - len(self.running) if self.open else 0
        return free if self._pollers_home is None else min(free, self._pollers_home)

    def start(self, attempt: Attempt) -> None:
        """Takes a task; its poller is away for a round trip."""
        self.running.add(attempt)
        self._clock.at(self._clock.now + attempt.service_seconds, self._finish, attempt)
        if self._pollers_home is not None:
            self._pollers_home -= 1
            self._clock.at(self._clock.now + self._world.round_trip_seconds, self._poller_returns, None)

    def kill(self) -> set[Attempt]:
        """Ends everything that runs, and returns it."""
        killed, self.running = self.running, set()
        return killed

    def _finish(self, attempt: Attempt) -> None:
        if attempt not in self.running:  # it was killed
            return
        self.running.discard(attempt)
        self.ended += 1
        if self._world.servers.hand_over_seconds and self.open:
            self._handing_over += 1
            self._clock.at(self._clock.now + self._world.servers.hand_over_seconds, self._handed_over, None)
        else:
            self._freed(self)

    def _handed_over(self, _: None) -> None:
        self._handing_over -= 1
        self._freed(self)

    def _poller_returns(self, _: None) -> None:
        if self._pollers_home is not None:
            self._pollers_home += 1
            self._freed(self)
