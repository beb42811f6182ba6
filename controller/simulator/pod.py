"""One worker pod: its slots of each kind, and what it reports of them."""

from collections.abc import Callable

from controller.scaling.observation import SlotReport, SlotType
from controller.simulator.clock import Clock
from controller.simulator.slots import Attempt, Slots
from controller.simulator.world import World


class Pod:
    """A pod of the Deployment, from its order until it is gone."""

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

    def __init__(self, name: str, clock: Clock, world: World, freed: Callable[["Pod", Slots], None]) -> None:
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
        self.slots = tuple(Slots(kind, clock, world, self._slot_freed) for kind in world.kinds)
        """One entry for each kind of tasks."""
        self.reported_at: float | None = None
        """When it last reported its slots; `None` before the first time."""
        self.reported_used = 0
        self.slot_reports: tuple[SlotReport, ...] = ()
        """The last report, as the scaler sees it."""
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
        """Sends a heartbeat: what runs now is what the scaler sees until the next one."""
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
