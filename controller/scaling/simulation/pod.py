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
        "_handing_over",
        "_pollers_home",
        "_slots",
        "_world",
        "began_at",
        "created_at",
        "deletion_cost",
        "ended",
        "listed",
        "name",
        "ready_at",
        "reported_at",
        "reported_used",
        "running",
        "scheduled_at",
        "slot_reports",
        "terminating",
        "uid",
    )

    def __init__(self, name: str, clock: Clock, world: World, freed: Callable[["Pod"], None]) -> None:
        self.name = name
        self.created_at = clock.now
        self.scheduled_at: float | None = None
        """When it got a node."""
        self.began_at: float | None = None
        """When its worker started, and took tasks from then on."""
        self.ready_at: float | None = None
        self.uid = 0.0
        """Settles ties between pods."""
        self.deletion_cost = 0
        """As it was written."""
        self.terminating = False
        """Whether it was asked to stop."""
        self.running: set[Attempt] = set()
        self.ended = 0
        """Tasks that have ended here."""
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
        self._handing_over = 0
        self._pollers_home = world.pollers

    @property
    def polls(self) -> bool:
        """Whether it would take a task now."""
        return (
            len(self.running) + self._handing_over < self._slots
            and self._pollers_home != 0
            and self.began_at is not None
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
        self.slot_reports = (
            SlotReport(
                task_queue=world.task_queue,
                slot_type=SlotType(world.task_type),
                slots_used=used,
                slots_available=world.slots - used,
                reported_at=now,
                tasks_ended=self.ended,
                worker=self.name,
                worker_started_at=self.began_at,
            ),
        )

    def kill(self) -> set[Attempt]:
        """Ends everything that runs, and returns it."""
        killed, self.running = self.running, set()
        return killed

    def _finish(self, attempt: Attempt) -> None:
        if attempt not in self.running:  # it was killed
            return
        self.running.discard(attempt)
        self.ended += 1
        if self._world.servers.hand_over_seconds and not self.terminating:
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
