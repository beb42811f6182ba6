"""The steps of the deadline law for one (task queue, task type), in their order."""

from dataclasses import dataclass, field, replace
from math import ceil, sqrt

from controller.scaling.deadline.arrivals import RateWindow, TaskCount, arrival_rate, weighed_rate, windows
from controller.scaling.deadline.backlog_slots import Supply, backlog_slots
from controller.scaling.deadline.believable_backlog import Backlog, believable_backlog
from controller.scaling.deadline.bottleneck import (
    Bottleneck,
    Finding,
    Look,
    bottleneck,
    effective_slots,
    slots_to_let_through,
)
from controller.scaling.deadline.estimate import Estimate
from controller.scaling.deadline.load import load, load_on_demand, with_reserve
from controller.scaling.deadline.service_time import Busy, ServiceTime, service_time
from controller.scaling.deadline.terms import Terms
from controller.scaling.deadline.workers import Heard, Workers
from controller.scaling.observation import QueueStatistics
from controller.scaling.reasons import Reason
from controller.scaling.words import counted

SLOTS_COUNT = frozenset({Reason.SLOTS_LIMIT, Reason.IDLE_SLOTS, Reason.LIMIT_KNOWN})
"""Findings under which a backlog that stands fills the slots of pods that were not heard yet."""

RATE_MEMORY_SECONDS = 79.0
"""Length of one window in which a rate would be as uncertain: 30 s / (0.5^2 + 0.3^2 + 0.2^2)."""

MAX_REPLICAS = 1e6
"""Ceiling of any need, so that absurd readings stay numbers."""


@dataclass(frozen=True, slots=True)
class QueueReading:
    """What one pass saw of one (task queue, task type)."""

    name: str
    statistics: QueueStatistics
    workers: Workers
    slots_per_replica: int
    reports: bool = True
    """Whether there is a source that says how many slots are in use."""

    def busy_since(self, time: float) -> Busy:
        """Slots in use by the reports since a time: a pod that was not heard is like those that were, else full."""
        return self._busy(self.workers.heard_since(time))

    def busy_after(self, stood_at: float | None, *, standing: bool, service_seconds: float) -> Busy:
        """Slots in use by what the pods told, or, where they told nothing, by Little's law.

        Args:
            stood_at: When a backlog was last seen to stand: reports from before tell nothing about the slots after it.
            standing: Whether it was seen at the last look, so that the slots were full for most of the time since.
            service_seconds: T.
        """
        heard = self.workers.heard if stood_at is None else self.workers.heard_since(stood_at)
        if heard or not self.workers.ready:
            return self._busy(heard)
        per_pod = self.statistics.dispatch_rate_per_second * service_seconds / self.workers.ready
        reckoned = None if standing else service_seconds
        return Busy(
            min(per_pod, self.slots_per_replica), self.workers.ready, self.workers.slots_used_draining, reckoned
        )

    def busy(self) -> Busy:
        """Slots in use by the last reports, while a backlog stands: a pod that was not heard is like the others."""
        return self._busy(self.workers.heard)

    def _busy(self, heard: tuple[Heard, ...]) -> Busy:
        per_pod = sum(h.slots_used for h in heard) / len(heard) if heard else float(self.slots_per_replica)
        return Busy(per_pod, self.workers.ready, self.workers.slots_used_draining)


@dataclass(frozen=True, slots=True)
class QueueMemory:
    """What the law remembers of one (task queue, task type)."""

    service_time: ServiceTime = field(default_factory=ServiceTime)
    arrivals: TaskCount = field(default_factory=TaskCount)
    bottleneck: Bottleneck = field(default_factory=Bottleneck)
    dispatched: TaskCount = field(default_factory=TaskCount)
    rate_window: RateWindow = field(default_factory=RateWindow)
    standing_since: float | None = None
    """Arrival of the oldest task when the backlog began to stand; `None` while it does not."""
    stood_at: float | None = None
    """When a backlog was last seen to stand."""
    statistics: QueueStatistics | None = None
    """The last reading."""

    def read_at(self, statistics: QueueStatistics) -> float:
        """When a reading was made: one that says what the last one said came out of the server's cache."""
        last = self.statistics
        if last is None or not (statistics.backlog or statistics.dispatch_rate_per_second):
            return statistics.read_at
        return last.read_at if replace(last, read_at=statistics.read_at) == statistics else statistics.read_at


@dataclass(frozen=True, slots=True)
class QueueNeed:
    """What one (task queue, task type) needs, and the steps that say why."""

    name: str
    replicas: int
    steady_replicas: int
    """What the load alone needs, without the backlog."""
    stands: bool
    """Whether a backlog stands that replicas would help against."""
    service_seconds: float
    """How long a task runs: what was measured, or the whole assumption until something was."""
    assumed: bool
    """Whether the service time is more an assumption than a measurement."""
    active: bool
    """Whether tasks wait or run."""
    message: str
    """What the replicas are for, with the numbers."""
    estimates: tuple[Backlog | Finding | Estimate, ...]
    memory: QueueMemory


@dataclass(frozen=True, slots=True)
class _Known:
    """What the steps 1 to 4 found out."""

    backlog: Backlog
    finding: Finding
    service: Estimate
    arrivals: Estimate
    memory: QueueMemory
    slots_busy: float
    """Slots in use on ready pods, full where a pod was not heard since the backlog began."""

    @property
    def saturated(self) -> bool:
        """Whether replicas are what the waiting tasks wait for."""
        return self.backlog.stands and not self.finding.elsewhere


def queue_need(reading: QueueReading, memory: QueueMemory, terms: Terms, now: float) -> QueueNeed:
    """Takes the steps 1 to 7 for one (task queue, task type)."""
    known = _find_out(reading, memory, terms, now)
    seconds, assumed = known.service.value, known.service.reason == Reason.SERVICE_TIME_ASSUMED
    capacity = known.memory.bottleneck.capacity_per_second
    slots = effective_slots(reading.slots_per_replica, capacity, seconds)
    used = known.slots_busy
    coming = _coming_load(known, terms)
    held = max(coming.value, used if seconds > terms.objective_seconds else 0.0)
    waiting = _waiting(reading, known, terms, slots, coming)
    if known.finding.elsewhere:
        needed = steady = _replicas_elsewhere(reading, known, slots)
    else:
        needed = (held + waiting.value) / slots
        steady = (held + _spread(known.arrivals.value, seconds)) / slots
    active = known.backlog.tasks > 0 or used > 0
    if not active and held < 1:
        needed = 0.0
    ordered = reading.workers.ready + reading.workers.starting
    if known.finding.reason == Reason.IDLE_SLOTS or waiting.reason == Reason.UNTIL_MEASURED:
        needed = min(needed, ordered)
    if (limit := known.finding.limit_per_second) is not None:
        needed = min(needed, max(ordered, _whole(slots_to_let_through(limit, seconds) / slots)))
    replicas = max(_whole(needed), 1 if active else 0, known.finding.replicas)
    purpose = _purpose(known, terms, held, waiting.value, slots)
    return QueueNeed(
        name=reading.name,
        replicas=replicas,
        steady_replicas=_whole(steady) if held >= 1 else 0,
        stands=known.saturated,
        service_seconds=terms.prior_seconds if assumed else seconds,
        assumed=assumed,
        active=active,
        message=f"{reading.name} needs {counted(replicas, 'replica')} {purpose}",
        estimates=(known.backlog, known.finding, known.service, known.arrivals, coming, waiting),
        memory=known.memory,
    )


def _waiting(reading: QueueReading, known: _Known, terms: Terms, slots: float, coming: Estimate) -> Estimate:
    """Takes step 6. What is late anyway waits with an order until the replicas that start have told T."""
    if known.finding.elsewhere:
        return Estimate(0.0, Reason.BACKLOG_ELSEWHERE, "No slots for tasks that wait for something else.")
    starting = reading.workers.starting
    supply = Supply(reading.workers.ready * slots, slots, reading.workers.ready_in_seconds)
    waiting = backlog_slots(known.backlog, supply, coming.value, known.service.value, terms)
    is_assumed = known.service.reason == Reason.SERVICE_TIME_ASSUMED
    if waiting.reason != Reason.BACKLOG_LATE or not is_assumed or not starting:
        return waiting
    message = (
        f"{waiting.message} It is late anyway: what a task takes is told by the {starting} that start, before more."
    )
    return replace(waiting, reason=Reason.UNTIL_MEASURED, message=message)


def _coming_load(known: _Known, terms: Terms) -> Estimate:
    """Takes step 5."""
    seconds = known.service.value
    if seconds > terms.objective_seconds and terms.deadline_seconds > terms.reaction_seconds:
        return load_on_demand(known.slots_busy, seconds)
    rate = known.arrivals.value
    coming = load(known.slots_busy, rate, seconds, terms.reaction_seconds, saturated=known.saturated)
    return with_reserve(coming, seconds, terms.objective_seconds) if terms.orders_are_late else coming


def _find_out(reading: QueueReading, memory: QueueMemory, terms: Terms, now: float) -> _Known:
    """Takes the steps 1 to 4, each of which learns something."""
    backlog = believable_backlog(reading.statistics, terms.objective_seconds)
    standing_since = _standing_since(memory, backlog, now)
    statistics = reading.statistics
    read_at = memory.read_at(statistics)
    rate_window = memory.rate_window.observe(statistics, read_at)
    window_seconds = rate_window.seconds(read_at)
    dispatched = memory.dispatched.observe(read_at, statistics.dispatch_rate_per_second, window_seconds)
    by_reports = memory.bottleneck.capacity_per_second is not None
    look = Look(
        now,
        backlog,
        now if standing_since is None else standing_since,
        statistics,
        reading.workers,
        reading.slots_per_replica,
        service_time(memory.service_time, terms.prior_seconds, by_reports=by_reports).value,
        dispatched.recent_rate,
    )
    finding, question = bottleneck(memory.bottleneck, look)
    by_reports = finding.reason not in SLOTS_COUNT
    reported = _reported(reading, memory, backlog, look.service_seconds)
    busy = reported if by_reports or not backlog.stands else reading.busy_since(look.standing_since)
    if backlog.stands and not reading.workers.heard:  # full slots are a guess, and there may be few pollers
        busy = memory.service_time.as_dispatched(busy, memory.service_time.busy_believed, dispatched.totals[-1])
        reported = memory.service_time.as_dispatched(reported, memory.service_time.busy_reported, dispatched.totals[-1])
    learned = QueueMemory(
        service_time=memory.service_time.observe(reading.workers, now, dispatched.totals[-1], busy, reported)
        if reading.reports or backlog.stands
        else memory.service_time.pause(),
        arrivals=memory.arrivals.observe(read_at, statistics.add_rate_per_second, window_seconds),
        dispatched=dispatched,
        rate_window=rate_window,
        bottleneck=question,
        standing_since=standing_since,
        stood_at=now if backlog.stands else memory.stood_at,
        statistics=replace(statistics, read_at=read_at),
    )
    service = service_time(learned.service_time, terms.prior_seconds, by_reports=by_reports)
    arrivals = arrival_rate(learned.arrivals, look.rate if finding.elsewhere else None, hurried=terms.orders_are_late)
    return _Known(backlog, finding, service, arrivals, learned, busy.per_pod * busy.pods)


def _reported(reading: QueueReading, memory: QueueMemory, backlog: Backlog, service_seconds: float) -> Busy:
    """Slots in use as far as reports tell."""
    if reading.reports and backlog.stands:
        return reading.busy()
    standing = memory.standing_since is not None
    return reading.busy_after(memory.stood_at, standing=standing, service_seconds=service_seconds)


def _standing_since(memory: QueueMemory, backlog: Backlog, now: float) -> float | None:
    """When the backlog that stands now began."""
    if not backlog.stands:
        return None
    return now - backlog.age_seconds if memory.standing_since is None else memory.standing_since


def _replicas_elsewhere(reading: QueueReading, known: _Known, slots: float) -> float:
    """The replicas for the tasks that get through, at the utilization that is planned with.

    The rate is that of the last three windows, like the arrival rate: a mean of 30 s alone is too restless. Where the
    pollers limit a replica, that is in its `slots`.
    """
    seconds, counts = windows(known.memory.dispatched)
    rate = reading.statistics.dispatch_rate_per_second
    if counts:
        rate = weighed_rate(seconds, counts)
    return slots_to_let_through(rate, known.service.value) / slots


def _purpose(known: _Known, terms: Terms, held: float, waiting: float, slots: float) -> str:
    """What the replicas of a need are for."""
    if known.finding.elsewhere:
        return f"for what gets through, {slots:.1f} slots per replica."
    if known.finding.replicas:
        return "to find out whether they help."
    return (
        f"for tasks to start within {terms.objective_seconds:g} s: {held:.1f} slots for the load and {waiting:.1f} for "
        f"{known.backlog.tasks} waiting tasks, {slots:.1f} per replica."
    )


def _spread(rate_per_second: float, service_seconds: float) -> float:
    """One standard deviation of the load that a Poisson stream seems to bring, as its rate is measured."""
    return service_seconds * sqrt(rate_per_second / RATE_MEMORY_SECONDS)


def _whole(replicas: float) -> int:
    """Rounded up, but not for the rounding error of a sum."""
    return ceil(min(replicas, MAX_REPLICAS) - 1e-6)
