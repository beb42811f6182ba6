"""What passes learned of a pool. A pass works on a copy, which is kept once, when the pass ends."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Self

from controller.api.status import TemporalWorkerPoolStatus
from controller.cluster.events import Event
from controller.operator.actuate.journal import Applied, Journal
from controller.operator.clock import step
from controller.operator.inputs.learned import Learned
from controller.operator.pool import Pool
from controller.operator.report.event_rate import EventRate
from controller.operator.report.events import ON_DEPLOYMENT, on_deployment, rescaled
from controller.operator.report.outbox import Outbox, with_events
from controller.operator.report.override_warnings import Warned
from controller.operator.report.report import Report
from controller.operator.report.reporter import Reported
from controller.operator.report.status import attainment_of, remembered
from controller.scaling.clock_step import shifted
from controller.scaling.decision import Decision
from controller.scaling.memory import Memory
from controller.scaling.objective.attainment import Attainment
from controller.scaling.observation import Observation
from controller.telemetry.counts import PoolCounts


@dataclass(frozen=True, slots=True)
class PoolState:
    """What this process knows of a pool beside what the API server says. Passes of one pool never overlap."""

    memory: Memory = field(default_factory=Memory)
    learned: Learned = field(default_factory=Learned)
    """What was learned of the workers."""
    attainment: Attainment = field(default_factory=Attainment)
    """Whether tasks started within the objective."""
    applied: Applied = field(default_factory=Applied)
    """What was changed, and what may have been."""
    reported: Reported = field(default_factory=Reported)
    """What the pool's status says."""
    warned: Warned = field(default_factory=Warned)
    """Which warnings were given about the override in force."""
    outbox: Outbox = ()
    """Events that are still to be written."""
    event_rate: EventRate = field(default_factory=EventRate)
    """How many more may be."""
    observation: Observation | None = None
    """What the last pass saw, for metrics and triggers."""
    decision: Decision | None = None
    """What the last pass decided; `None` where it could not."""
    reconciled_at: float | None = None
    """When the last pass ended, in seconds since the Unix epoch; `None` before the first."""
    read_at: float | None = None
    """When a pass last read all that a decision is based on; `None` if none did."""
    certificate_expires_at: float | None = None
    """When the first certificate of the connection expires; `None` where there is none, or it is not known."""
    counts: PoolCounts = field(default_factory=PoolCounts)
    consecutive_failures: int = 0
    """Passes in a row that could not do their work: they stretch the time to the next one."""
    last_pool: Pool | None = None
    """The pool that the last pass worked on."""
    clock_origin: float | None = None
    """Origin of the clock by which the times of this pool were taken; `None` before the first pass."""

    @classmethod
    def restored(cls, status: TemporalWorkerPoolStatus, unread: Iterable[str] = ()) -> Self:
        """What a restarted operator begins with.

        Args:
            status: What could be read of it.
            unread: Paths of what could not.
        """
        return cls(
            memory=remembered(status, unread),
            learned=Learned.of(status),
            attainment=attainment_of(status),
            reported=Reported(status),
        )

    def for_pass(self, pool: Pool, origin: float) -> tuple[Self, float]:
        """The state that a pass begins with, and the seconds by which the clock was set since the last one, mostly 0.

        A pool that its owner changed has not failed yet.
        """
        seconds = step(self.clock_origin, origin)
        unchanged = self.last_pool is not None and pool.asks_the_same(self.last_pool)
        state = replace(
            self._shifted(seconds) if seconds else self,
            clock_origin=origin if self.clock_origin is None or seconds else self.clock_origin,
            consecutive_failures=self.consecutive_failures if unchanged else 0,
            last_pool=pool,
        )
        return state, seconds

    def _shifted(self, seconds: float) -> Self:
        """With all times as if the clock had always been set so, so that intervals stay what they were."""
        return replace(
            self,
            memory=self.memory.shifted(seconds),
            learned=shifted(self.learned, seconds),
            attainment=shifted(self.attainment, seconds),
            applied=replace(self.applied, unanswered=shifted(self.applied.unanswered, seconds)),
            reported=shifted(self.reported, seconds),
            event_rate=shifted(self.event_rate, seconds),
            warned=shifted(self.warned, seconds),
        )


@dataclass(slots=True)
class Pass:
    """One pass: the pool that it began with, and the state that it is to leave."""

    pool: Pool
    state: PoolState
    report: Report | None = None
    """What it has to say."""
    rendered: TemporalWorkerPoolStatus | None = None
    """The status that says so."""

    def keep(self, **changes: Any) -> None:  # noqa: ANN401 - fields of the state
        """Keeps what was found out, whatever becomes of the rest of the pass."""
        self.state = replace(self.state, **changes)

    def announce(self, events: Iterable[Event], at: float) -> None:
        """Puts Events into the outbox, of what happened at a time in seconds since the Unix epoch.

        There is a limit to their rate. What was done to the Deployment is announced there, too.
        """
        rate, admitted = self.state.event_rate.admit(events, at)
        outbox, name, target = self.state.outbox, self.pool.metadata.name, self.state.applied.deployment
        for event in admitted:
            outbox = with_events(outbox, (event,), at, name)
            if target and event.reason in ON_DEPLOYMENT:
                outbox = with_events(outbox, (on_deployment(event, name),), at, target.name, target.reference)
        self.keep(outbox=outbox, event_rate=rate)

    @contextmanager
    def journal(self) -> Iterator[Journal]:
        """A journal of changes, which are remembered, counted and announced however this block ends."""
        journal = Journal(self.state.memory, self.state.applied)
        try:
            yield journal
        finally:
            self.keep(memory=journal.memory, applied=journal.applied)
            for action in journal.actions:
                self.keep(counts=self.state.counts.with_scaling(action.change))
                self.announce([rescaled(action)], action.at)
