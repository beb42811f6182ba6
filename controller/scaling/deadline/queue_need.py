"""What one (task queue, task type) needs: the steps 1 to 7 in their order."""

from dataclasses import dataclass, field, replace
from math import ceil, inf, sqrt
from typing import NamedTuple

from controller.scaling.deadline.arrivals import Estimate, RateWindow, TaskCount, arrival_rate, weighed_rate, windows
from controller.scaling.deadline.backlog import Backlog, Supply, due, plausible_backlog, slots_by_deadline
from controller.scaling.deadline.bottleneck import (
    Bottleneck,
    Finding,
    Signals,
    bottleneck,
    effective_slots,
    slots_to_let_through,
)
from controller.scaling.deadline.load import load, with_reserve
from controller.scaling.deadline.service_time import ServiceTime, TaskDuration
from controller.scaling.deadline.start_up import Terms
from controller.scaling.deadline.workers import Span, Workers
from controller.scaling.observation import QueueStatistics
from controller.scaling.reasons import StepReason
from controller.scaling.server_times import RATE_SECONDS, REMEMBERED_SECONDS
from controller.scaling.text import brief, counted, number, per_second

RATE_MEMORY_SECONDS = 79.0
"""Length of one window in which a rate would be as uncertain: 30 s / (0.5^2 + 0.3^2 + 0.2^2)."""

MAX_REPLICAS = 1e6
"""Ceiling of any need, so that absurd readings stay numbers."""


@dataclass(frozen=True, slots=True)
class QueueReading:
    """What one poll read of one (task queue, task type)."""

    name: str
    statistics: QueueStatistics
    workers: Workers
    slots_per_replica: int
    reports: bool = True
    """Whether there is a source that says how many slots are in use."""

    def slots_used(self, standing_since: float | None, dispatched: TaskCount, duration: TaskDuration) -> float:
        """Slots that may be in use on pods that take tasks: a pod that has not reported is like those that have.

        Args:
            standing_since: Since when a backlog stands that waits for slots: a pod that has not reported since is full.
            dispatched: What was dispatched after a report may run; where T is measured, for no longer than that.
            duration: T; where nothing is reported at all, Little's law says what runs.
        """
        workers = self.workers
        full = float(self.slots_per_replica * workers.ready)
        if standing_since is not None:
            reports = workers.reported_since(standing_since)
            used = sum(report.slots_used for report in reports) / len(reports) * workers.ready if reports else full
            return max(used, self.slots_used_at_most(dispatched, duration.longest)) if self.reports else used
        if not self.reports:
            return min(full, self.statistics.dispatch_rate_per_second * duration.likely)
        return self.slots_used_at_most(dispatched, inf if duration.assumed else duration.longest)

    def slots_used_at_most(self, dispatched: TaskCount, within_seconds: float = inf) -> float:
        """Slots in use by the reports, and by all that was dispatched since, or within some seconds."""
        workers = self.workers
        reported_at = min((each.reported_at for each in workers.reports), default=min(workers.ready_since, default=inf))
        if not dispatched.times or reported_at == inf:
            return 0.0
        since = max(reported_at, dispatched.times[-1] - within_seconds)
        running = workers.slots_used + dispatched.totals[-1] - dispatched.total_at(since)
        return min(float(self.slots_per_replica * workers.ready), running)


@dataclass(frozen=True, slots=True)
class QueueMemory:
    """What is remembered of one (task queue, task type)."""

    service_time: ServiceTime = field(default_factory=ServiceTime)
    arrivals: TaskCount = field(default_factory=TaskCount)
    bottleneck: Bottleneck = field(default_factory=Bottleneck)
    dispatched: TaskCount = field(default_factory=TaskCount)
    rate_window: RateWindow = field(default_factory=RateWindow)
    full: tuple[Span, ...] = ()
    """When a backlog stood that waited for slots, oldest first."""
    calm: tuple[Span, ...] = ()
    """When nothing waited and nothing was dispatched, oldest first."""
    standing_since: float | None = None
    """Arrival of the oldest task when the backlog began to stand; `None` while it does not."""
    statistics: QueueStatistics | None = None
    """The last reading."""

    def read_at(self, statistics: QueueStatistics) -> float:
        """When a reading was made; one that came out of the server's cache is as old as the one that it repeats."""
        last = self.statistics
        return last.read_at if last and statistics.repeats(last) else statistics.read_at


@dataclass(frozen=True, slots=True)
class QueueNeed:
    """What one (task queue, task type) needs, and the steps that say why."""

    name: str
    replicas: int
    steady_replicas: int
    """What the load alone needs, without the backlog."""
    stands: bool
    """Whether a backlog stands that replicas would help against."""
    duration: TaskDuration
    active: bool
    """Whether tasks wait or run."""
    rate_limited: bool
    """Whether a rate limit holds tasks back."""
    message: str
    """What the replicas are for, with the numbers."""
    estimates: tuple[Backlog | Finding | TaskDuration | Estimate, ...]
    memory: QueueMemory


@dataclass(frozen=True, slots=True)
class _Known:
    """What the steps 1 to 4 found out."""

    backlog: Backlog
    read_at: float
    finding: Finding
    duration: TaskDuration
    arrivals: Estimate
    memory: QueueMemory
    slots_used: float
    """On pods that take tasks, full where a pod has not reported since the backlog began."""

    @property
    def waits_for_slots(self) -> bool:
        """Whether replicas are what the waiting tasks wait for."""
        return self.backlog.stands and not self.finding.elsewhere


def queue_need(reading: QueueReading, memory: QueueMemory, terms: Terms, now: float) -> QueueNeed:
    """Takes the steps 1 to 7 for one (task queue, task type)."""
    known = _find_out(reading, memory, terms, now)
    capacity = known.memory.bottleneck.capacity_per_second
    slots = effective_slots(reading.slots_per_replica, capacity, known.duration.likely)
    coming = _coming_load(known, terms)
    held = max(coming.value, known.slots_used if known.duration.likely > terms.objective_seconds else 0.0)
    waiting = _waiting(reading, known, terms, slots, now)
    if known.finding.elsewhere:
        needed = steady = _replicas_elsewhere(reading, known, slots)
    else:
        needed = max(held, waiting.value) / slots
        steady = (
            known.arrivals.value * known.duration.likely + _spread(known.arrivals.value, known.duration.likely)
        ) / slots
    active = known.backlog.tasks > 0 or known.slots_used > 0
    if not active and held < 1:
        needed = 0.0
    useful = _at_most(needed, reading, known, slots, terms)
    replicas = max(_whole(useful), 1 if active else 0, known.finding.replicas)
    purpose = _purpose(known, terms, _Sizing(held, waiting.value, slots, _whole(needed), _whole(useful)), replicas)
    return QueueNeed(
        name=reading.name,
        replicas=replicas,
        steady_replicas=_whole(steady) if held >= 1 else 0,
        stands=known.waits_for_slots,
        duration=known.duration,
        active=active,
        rate_limited=known.finding.rate_limited,
        message=f"{brief(reading.name)} needs {counted(replicas, 'replica')}: {purpose}.",
        estimates=(known.backlog, known.finding, known.duration, known.arrivals, coming, waiting),
        memory=known.memory,
    )


def _at_most(needed: float, reading: QueueReading, known: _Known, slots: float, terms: Terms) -> float:
    """No more than is there while slots idle; no more than a known limit lets through, within D or while one runs."""
    requested = reading.workers.ready + reading.workers.starting
    if known.finding.holds_growth:
        needed = min(needed, requested)
    if (limit := known.finding.limit_per_second) is not None:
        seconds = max(known.duration.likely, terms.deadline_seconds)
        needed = min(needed, max(requested, _whole(slots_to_let_through(limit, seconds) / slots)))
    return needed


def _waiting(reading: QueueReading, known: _Known, terms: Terms, slots: float, now: float) -> Estimate:
    """Takes step 6."""
    if known.finding.elsewhere:
        return Estimate(0.0, StepReason.BACKLOG_ELSEWHERE, "No slots are added for tasks that wait for something else.")
    there = reading.workers.ready * slots
    free = 0.0 if known.backlog.stands else max(0.0, there - known.slots_used)
    supply = Supply(there, slots, reading.workers.ready_in_seconds, free)
    waiting_since_seconds = now - known.read_at
    dues = due(known.backlog, known.memory.arrivals, terms.deadline_seconds - waiting_since_seconds, known.read_at)
    return slots_by_deadline(dues, supply, known.duration, known.arrivals.value, terms)


def _coming_load(known: _Known, terms: Terms) -> Estimate:
    """Takes step 5."""
    seconds = known.duration.likely
    rate = known.arrivals.value
    coming = load(known.slots_used, rate, seconds, terms.reaction_seconds, saturated=known.waits_for_slots)
    return with_reserve(coming, seconds, terms.objective_seconds) if terms.starts_are_late else coming


def _find_out(reading: QueueReading, memory: QueueMemory, terms: Terms, now: float) -> _Known:
    """Takes the steps 1 to 4, each of which learns something."""
    read_at = memory.read_at(reading.statistics)
    statistics = replace(reading.statistics, read_at=read_at)
    backlog = plausible_backlog(statistics, terms.objective_seconds)
    standing_since = _standing_since(memory, backlog, now)
    counts = _count(memory, statistics, read_at)
    by_reports = memory.bottleneck.capacity_per_second is not None
    signals = Signals(
        now,
        backlog,
        now if standing_since is None else standing_since,
        statistics,
        reading.workers,
        reading.slots_per_replica,
        memory.service_time.duration(terms.prior_seconds, hinted=terms.hinted, by_reports=by_reports).likely,
        counts.dispatched.recent_rate,
    )
    finding, question = bottleneck(memory.bottleneck, signals)
    counts = replace(
        counts,
        full=_full_spans(memory.full, signals, read_at, slots_limit=finding.slots_limit),
        calm=_calm_spans(memory, backlog, counts.dispatched),
        statistics=statistics,
        standing_since=standing_since,
    )
    measured, service_time = _measure(reading, memory, counts, signals, slots_limit=finding.slots_limit)
    running = reading.slots_used_at_most(counts.dispatched)
    duration = measured.duration(terms.prior_seconds, running, hinted=terms.hinted, by_reports=not finding.slots_limit)
    learned = replace(counts, service_time=service_time, bottleneck=question)
    rate = arrival_rate(counts.arrivals, signals.rate if finding.elsewhere else None)
    used = reading.slots_used(standing_since if finding.slots_limit else None, counts.dispatched, duration)
    return _Known(backlog, read_at, finding, duration, rate, learned, used)


def _count(memory: QueueMemory, statistics: QueueStatistics, read_at: float) -> QueueMemory:
    """Adds what came and went up to a reading."""
    rate_window = memory.rate_window.observe(statistics, read_at)
    seconds = rate_window.seconds(read_at)
    return replace(
        memory,
        rate_window=rate_window,
        dispatched=memory.dispatched.observe(read_at, statistics.dispatch_rate_per_second, seconds),
        arrivals=memory.arrivals.observe(read_at, statistics.add_rate_per_second, seconds),
    )


def _measure(
    reading: QueueReading, memory: QueueMemory, counts: QueueMemory, signals: Signals, *, slots_limit: bool
) -> tuple[ServiceTime, ServiceTime]:
    """What is known of how long a task takes: what counts now, and what to remember."""
    known = memory.service_time.without_server() if signals.slots_idle else memory.service_time
    reported = known.add_reports(reading.workers, counts.full, counts.calm)
    dispatched, most = counts.dispatched.totals[-1], _most_started(memory, signals.backlog, counts.arrivals)
    polled = reported.poll(
        reading.workers,
        reading.slots_per_replica,
        signals.statistics.read_at,
        min(dispatched, reported.dispatched + most),
        counts.full if slots_limit else (),
    )
    polled = replace(polled, dispatched=dispatched)
    # What the server alone says of a time that was not known to be full counts from the next poll on: more waiting
    # tasks must not give fewer slots.
    at = memory.service_time.at
    was_full = at is not None and any(span.since <= at <= span.until for span in memory.full)
    return polled if was_full else reported, polled if reading.reports or signals.backlog.stands else polled.pause()


def _most_started(memory: QueueMemory, backlog: Backlog, arrivals: TaskCount) -> float:
    """Tasks that can have begun since the last poll: those that came, and those that wait no longer.

    When the tasks of a mean came is a guess: one that leaves it may seem to be one that begins, and what waits can't.
    """
    if memory.statistics is None:
        return inf
    return max(0.0, arrivals.last + memory.statistics.backlog - backlog.tasks)


def _full_spans(known: tuple[Span, ...], signals: Signals, read_at: float, *, slots_limit: bool) -> tuple[Span, ...]:
    """The times at which all slots were full, that of a backlog that stands now added, unless slots are idle."""
    kept = tuple(span for span in known if span.until > read_at - REMEMBERED_SECONDS)
    if signals.slots_idle:
        return tuple(
            Span(s.since, min(s.until, signals.standing_since)) for s in kept if s.since < signals.standing_since
        )
    if not signals.backlog.stands or not slots_limit:
        return kept
    start = read_at - signals.backlog.age_seconds
    before = tuple(span for span in kept if span.until < start)
    joined = min((span.since for span in kept if start <= span.until), default=start)
    return (*before, Span(max(min(joined, start), read_at - REMEMBERED_SECONDS), read_at))


def _calm_spans(memory: QueueMemory, backlog: Backlog, dispatched: TaskCount) -> tuple[Span, ...]:
    """The times in which no slot was newly filled, that since the last poll added."""
    now = dispatched.times[-1]
    kept = tuple(span for span in memory.calm if span.until > now - REMEMBERED_SECONDS)
    if backlog.tasks or len(dispatched.times) < 2 or memory.statistics is None or memory.statistics.backlog_age_seconds:
        return kept
    before = dispatched.times[-2]
    if dispatched.last >= 1 or before < now - RATE_SECONDS or before >= now:
        return kept
    if kept and kept[-1].until >= before:
        return (*kept[:-1], Span(kept[-1].since, now))
    return (*kept, Span(before, now))


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
    return slots_to_let_through(rate, known.duration.likely) / slots


class _Sizing(NamedTuple):
    """What the replicas of a need come from."""

    load: float
    """Slots for what runs and arrives."""
    waiting: float
    """Slots for what waits, and for what arrives until that has started."""
    slots_per_replica: float
    needed: int
    """Replicas for these slots."""
    useful: int
    """As many of them as help, for all that is known."""


def _purpose(known: _Known, terms: Terms, sizing: _Sizing, replicas: int) -> str:
    """What the replicas of a need are for."""
    if replicas == 0:
        return "no tasks wait or run"
    if known.finding.replicas > sizing.useful:
        return "to find out whether more replicas help"
    if sizing.useful < sizing.needed and known.finding.limit_per_second is not None:
        return f"more would not help, as at most {per_second(known.finding.limit_per_second)} get through"
    if sizing.useful < sizing.needed:
        return "none is added while slots are idle"
    return _purpose_of_slots(known, terms, sizing, replicas)


def _purpose_of_slots(known: _Known, terms: Terms, sizing: _Sizing, replicas: int) -> str:
    """What most of the slots of a need are for."""
    if known.finding.elsewhere:
        return f"enough for the tasks that get through, at {number(sizing.slots_per_replica)} slots per replica"
    total = f"of {'its' if replicas == 1 else 'their'} {number(replicas * sizing.slots_per_replica)} slots"
    waiting = known.backlog.tasks
    if not waiting or sizing.load > sizing.waiting:
        return f"{_shown(sizing.load, sizing)} {total} will be in use by running and arriving tasks"
    by_then = f"within {terms.objective_seconds:g} s"
    if known.backlog.age_seconds + terms.start_up_seconds > terms.deadline_seconds:
        by_then = f"as soon as possible (objective {terms.objective_seconds:g} s)"
    the_waiting = "the waiting task" if waiting == 1 else f"the {waiting} waiting tasks"
    return f"{_shown(sizing.waiting, sizing)} {total} start {the_waiting} {by_then}"


def _shown(slots: float, sizing: _Sizing) -> str:
    """A number of slots: whole where those of a replica are."""
    return number(slots) if sizing.slots_per_replica % 1 else str(max(1, ceil(slots - 1e-6)))


def _spread(rate_per_second: float, service_seconds: float) -> float:
    """One standard deviation of the load that a Poisson stream seems to bring, as its rate is measured."""
    return service_seconds * sqrt(rate_per_second / RATE_MEMORY_SECONDS)


def _whole(replicas: float) -> int:
    """Rounded up, but not for the rounding error of a sum."""
    return ceil(min(replicas, MAX_REPLICAS) - 1e-6)
