"""One worker pod: the tasks that run in its slots, its pollers, and what it reports of them."""

from collections.abc import Callable

from controller.scaling.observation import SlotReport, SlotType
from controller.simulator.clock import Clock
from controller.simulator.scenario import Kind, Scenario


class Attempt:
    """A task that is scheduled, and then runs in a pod. A task whose worker is killed gets a new attempt."""

    __slots__ = ("kind", "scheduled_at", "service_seconds")

    def __init__(self, scheduled_at: float, service_seconds: float, kind: int = 0) -> None:
        self.scheduled_at = scheduled_at
        self.service_seconds = service_seconds
        self.kind = kind
        """Place of its kind in the scenario."""


class Slots:
    """The slots of a pod for one kind of tasks, and its pollers."""

    __slots__ = (
        "_clock",
        "_freed",
        "_handing_over",
        "_pollers_home",
        "_scenario",
        "ended",
        "has_enough_pollers",
        "kind",
        "listed",
        "open",
        "running",
    )

    def __init__(self, kind: Kind, clock: Clock, scenario: Scenario, freed: Callable[["Slots"], None]) -> None:
        self.kind = kind
        self.open = False
        """Whether the worker has started, and was not asked to stop."""
        self.running: dict[Attempt, None] = {}
        self.ended = 0
        """Tasks that have ended here."""
        self.has_enough_pollers = scenario.pollers is None
        """Whether pollers are never what limits a worker."""
        self.listed = False
        """Whether the task queue has them among those that poll."""
        self._clock = clock
        self._scenario = scenario
        self._freed = freed
        self._handing_over = 0
        self._pollers_home = scenario.pollers

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
        self.running[attempt] = None
        self._clock.at(self._clock.now + attempt.service_seconds, self._finish, attempt)
        if self._pollers_home is not None:
            self._pollers_home -= 1
            self._clock.at(self._clock.now + self._scenario.round_trip_seconds, self._poller_returns, None)

    def kill(self) -> tuple[Attempt, ...]:
        """Ends everything that runs, and returns it."""
        killed, self.running = tuple(self.running), {}
        return killed

    def _finish(self, attempt: Attempt) -> None:
        if attempt not in self.running:  # it was killed
            return
        del self.running[attempt]
        self.ended += 1
        if self._scenario.servers.hand_over_seconds and self.open:
            self._handing_over += 1
            self._clock.at(self._clock.now + self._scenario.servers.hand_over_seconds, self._handed_over, None)
        else:
            self._freed(self)

    def _handed_over(self, _: None) -> None:
        self._handing_over -= 1
        self._freed(self)

    def _poller_returns(self, _: None) -> None:
        if self._pollers_home is not None:
            self._pollers_home += 1
            self._freed(self)


class Pod:
    """A pod of the Deployment, from its creation until it is gone."""

    __slots__ = (
        "_clock",
        "_freed",
        "began_at",
        "created_at",
        "deletion_cost",
        "name",
        "ready_at",
        "reported_at",
        "reported_used",
        "scheduled_at",
        "slot_reports",
        "slots",
        "terminating",
        "uid",
    )

    def __init__(self, name: str, clock: Clock, scenario: Scenario, freed: Callable[["Pod", Slots], None]) -> None:
        self.name = name
        self.created_at = clock.now
        self.scheduled_at: float | None = None
        """When it got a node."""
        self.began_at: float | None = None
        """When its worker started, and took tasks from then on."""
        self.ready_at: float | None = None
        self.uid = 0.0
        """Decides between pods that are equal otherwise."""
        self.deletion_cost = 0
        """As it was written."""
        self.terminating = False
        """Whether it was asked to stop."""
        self.slots = tuple(Slots(kind, clock, scenario, self._slot_freed) for kind in scenario.kinds)
        """One entry for each kind of tasks."""
        self.reported_at: float | None = None
        """When it last reported its slots; `None` before the first time."""
        self.reported_used = 0
        self.slot_reports: tuple[SlotReport, ...] = ()
        """The last report, as the scaler gets it."""
        self._clock = clock
        self._freed = freed

    @property
    def used(self) -> int:
        """Tasks that run now."""
        return sum(len(slots.running) for slots in self.slots)

    def begin(self) -> None:
        """Its worker starts."""
        self.began_at = self._clock.now
        for slots in self.slots:
            slots.open = True

    def stop(self) -> None:
        """It is asked to stop, and takes no more tasks."""
        self.terminating = True
        for slots in self.slots:
            slots.open = False

    def report(self) -> None:
        """Sends a heartbeat: what runs now is what the scaler knows until the next one."""
        self.reported_at = self._clock.now
        self.reported_used = self.used
        self.slot_reports = tuple([self._report_of(slots) for slots in self.slots])

    def kill(self) -> list[Attempt]:
        """Ends everything that runs, and returns it."""
        return [attempt for slots in self.slots for attempt in slots.kill()]

    def _report_of(self, slots: Slots) -> SlotReport:
        used = len(slots.running)
        return SlotReport(
            task_queue=slots.kind.task_queue,
            slot_type=SlotType(slots.kind.task_type),
            slots_used=used,
            slots_available=slots.kind.slots - used,
            reported_at=self._clock.now,
            tasks_ended=slots.ended,
            worker=self.name,
            worker_started_at=self.began_at,
            pollers=slots.pollers,
            pollers_autoscale=slots.has_enough_pollers,
        )

    def _slot_freed(self, slots: Slots) -> None:
        self._freed(self, slots)
