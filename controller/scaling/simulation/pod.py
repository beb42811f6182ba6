"""One worker pod: its slots, its pollers, and what runs in them."""

from collections.abc import Callable

from controller.scaling.observation import SlotReport, SlotType
from controller.scaling.simulation.clock import Clock
from controller.scaling.simulation.world import World


class Attempt:
    """A task that is scheduled, and then runs in a pod. A task whose worker is killed gets a new attempt."""

    __slots__ = ("scheduled_at", "service_seconds")

    def __init__(self, scheduled_at: float, service_seconds: float) -> None:
        self.scheduled_at = scheduled_at
        self.service_seconds = service_seconds


class Pod:
    """A pod of the Deployment, from its order until it is gone."""

    __slots__ = (
        "_clock",
        "_freed",
        "_pollers_home",
        "_slots",
        "_world",
        "created_at",
        "listed",
        "name",
        "ready_at",
        "reported_at",
        "reported_used",
        "running",
        "scheduled_at",
        "slot_reports",
        "terminating",
    )

    def __init__(self, name: str, clock: Clock, world: World, freed: Callable[["Pod"], None]) -> None:
        self.name = name
        self.created_at = clock.now
        self.scheduled_at: float | None = None
        """When it got a node."""
        self.ready_at: float | None = None
        self.terminating = False
        """Whether it was asked to stop."""
        self.running: set[Attempt] = set()
        self.reported_at: float | None = None
        """When it last reported its slots; `None` before the first time."""
        self.reported_used = 0
        self.slot_reports: tuple[SlotReport, ...] = ()
        """The last report, as the scaler sees it."""
        self.listed = False
        """Whether the task queue has it among the pods that poll."""
        self._clock = clock
        self._freed = freed
        self._slots = world.slots
        self._world = world
        self._pollers_home = world.pollers

    @property
    def polls(self) -> bool:
        """Whether it would take a task now."""
        return (
            len(self.running) < self._slots
            and self._pollers_home != 0
            and self.ready_at is not None
            and not self.terminating
        )

    def start(self, attempt: Attempt) -> None:
        """Takes a task into a slot; its poller is away for a round trip."""
        self.running.add(attempt)
        self._clock.at(self._clock.now + attempt.service_seconds, self._finish, attempt)
        if self._pollers_home is not None:
            self._pollers_home -= 1
            self._clock.at(self._clock.now + self._world.round_trip_seconds, self._poller_returns, None)

    def report(self) -> None:
        """Sends a heartbeat: what runs now is what the scaler sees until the next one."""
        now, used, world = self._clock.now, len(self.running), self._world
        self.reported_at = now
        self.reported_used = used
        self.slot_reports = (SlotReport(world.task_queue, SlotType(world.task_type), used, world.slots - used, now),)

    def kill(self) -> set[Attempt]:
        """Ends everything that runs, and returns it."""
        killed, self.running = self.running, set()
        return killed

    def _finish(self, attempt: Attempt) -> None:
        if attempt in self.running:  # else it was killed
            self.running.discard(attempt)
            self._freed(self)

    def _poller_returns(self, _: None) -> None:
        if self._pollers_home is not None:
            self._pollers_home += 1
            self._freed(self)
