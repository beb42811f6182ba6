"""Step 2: does a standing backlog wait for slots, or for something else?

A queue with a standing backlog leaves no slot idle, unless something else holds it back: a rate limit, tasks that no
worker can take, or too few pollers. Where a server or worker says so, that is the answer. Else idle slots beside a
backlog raise the question, and history answers it, or an experiment does.

| state | becomes | when |
|---|---|---|
| `NONE` | `EXPERIMENT` | slots idle beside a standing backlog in `IDLE_POLLS` polls, and nothing is known of why |
| `NONE` | `ELSEWHERE` | the same, and a replica was lately `HISTORY_FACTOR` times as fast, or a limit is known |
| `NONE` | `ELSEWHERE` | the same, and the SDK scales the pollers, so that those are not what is missing |
| `EXPERIMENT` | `NONE`, with a capacity per replica | the rate rose with the replicas: they help, not by their slots |
| `EXPERIMENT` | `ELSEWHERE` | the replicas of the experiment are ready and settled, and the rate did not rise |
| `ELSEWHERE` | `NONE`, with a capacity per replica | replicas went, the rate too, and the rest work at their best |
| any | `NONE` | no backlog stands, the server reports a rate limit, or slots fill beside twice the backlog |
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil, exp, sqrt

from controller.scaling.deadline.backlog import Backlog
from controller.scaling.deadline.workers import PodReport, Workers
from controller.scaling.observation import QueueStatistics
from controller.scaling.reasons import StepReason
from controller.scaling.server_times import LONGEST_RATE_SECONDS, RATE_SECONDS
from controller.scaling.text import does, per_second, percent

SIGMAS = 2.0
"""Standard deviations of two Poisson counts that a difference must exceed."""


def differs(rate: float, other: float) -> bool:
    """Whether two rates differ by more than `SIGMAS` standard deviations of their counts in a window."""
    counts = rate * RATE_SECONDS, other * RATE_SECONDS
    return abs(counts[0] - counts[1]) >= SIGMAS * sqrt(counts[0] + counts[1])


UTILIZATION = 0.85
"""Share of the slots, or of a replica's capacity, that is planned with where it was measured to be the limit."""


def slots_to_let_through(rate_per_second: float, service_seconds: float) -> float:
    """The slots for tasks that get through at a rate which replicas do not change, at the utilization planned with."""
    return max(rate_per_second * service_seconds, 1.0) / UTILIZATION


def effective_slots(slots_per_replica: int, capacity_per_second: float | None, service_seconds: float) -> float:
    """The tasks that one replica really runs at once: its slots, or what its pollers keep in use."""
    if capacity_per_second is None:
        return float(slots_per_replica)
    return max(0.01, min(slots_per_replica, UTILIZATION * capacity_per_second * service_seconds))


NEAR_SHARE = 0.9
"""Share of a reported rate limit, or of a replica's best rate, from which on it counts as reached."""

FILL_SECONDS = 2.0
"""How long free slots take to fill once tasks wait: a report from before says nothing of a bottleneck."""

IDLE_SHARE = 0.8
"""Slots in use below this share of the slots, under a standing backlog, raise the question."""

FULL_SHARE = 0.97
"""Slots in use from this share on count as full."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What the question is judged by at one pass."""

    now: float
    backlog: Backlog
    standing_since: float
    """Arrival of the oldest task when the backlog began to stand."""
    statistics: QueueStatistics
    workers: Workers
    slots_per_replica: int
    service_seconds: float
    recent_rate: float
    """Tasks dispatched per second by all replicas in the last 10 s or so."""

    @property
    def rate(self) -> float:
        """Tasks dispatched per second by all replicas."""
        return self.statistics.dispatch_rate_per_second

    @property
    def rate_per_replica(self) -> float:
        """Tasks dispatched per second and ready replica."""
        return self.rate / self.workers.ready if self.workers.ready else 0.0

    @property
    def settled(self) -> bool:
        """Whether the rate is that of the pods that are ready now."""
        if self.workers.starting or self.workers.last_ready_at is None:
            return False
        return self.now - self.workers.last_ready_at >= LONGEST_RATE_SECONDS

    @property
    def reaches_limit(self) -> bool:
        """Whether tasks wait for a rate limit that the server reports."""
        limit = self.statistics.rate_limit_per_second
        return limit is not None and self.backlog.stands and self.rate >= NEAR_SHARE * limit

    @property
    def _reports(self) -> list[PodReport]:
        """What pods reported once their slots could be full: a worker that has just started says 0, whatever waits."""
        reports = self.workers.reported_since(self.standing_since + FILL_SECONDS)
        return [report for report in reports if report.reported_at >= report.ready_since + FILL_SECONDS]

    def used_share(self, slots_per_replica: float) -> float | None:
        """Share of the slots in use, by reports since the backlog began; `None` if fewer than half of the pods did."""
        reports = self._reports
        if not reports or 2 * len(reports) < self.workers.ready:
            return None
        return sum(report.slots_used for report in reports) / (len(reports) * slots_per_replica)

    @property
    def slots_idle(self) -> bool:
        """Whether a backlog stands beside idle slots by all that was reported, be it by few pods."""
        reports = self._reports
        used = sum(report.slots_used for report in reports)
        return self.backlog.stands and used < IDLE_SHARE * len(reports) * self.slots_per_replica

    @property
    def slots_full(self) -> bool:
        """Whether the slots are known to be full."""
        share = self.used_share(self.slots_per_replica)
        return share is not None and share >= FULL_SHARE


STEP_FACTOR = 1.5
"""The experiment's step up."""

FADING_SECONDS = 1200.0
"""Time constant with which the best rate of a replica fades, and how long a limit counts."""


class Phase(StrEnum):
    """Where the question stands."""

    NONE = "None"
    EXPERIMENT = "Experiment"
    ELSEWHERE = "Elsewhere"


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """What is remembered of the question for one (task queue, task type)."""

    phase: Phase = Phase.NONE
    idle_polls: int = 0
    """Polls in a row with idle slots under a standing backlog."""
    capacity_per_second: float | None = None
    """Tasks that one replica can dispatch, once it is known that this, and not its slots, is its limit."""
    best_rate: float = 0.0
    """The best rate of a ready replica that was lately seen, tasks/s, fading."""
    at: float | None = None
    """Time of the last pass."""
    rate_before: float = 0.0
    """Dispatch rate of all replicas when the phase began."""
    ready_before: int = 0
    """Ready replicas when the phase began."""
    backlog_before: int = 0
    """Plausible backlog when the phase began."""
    ready: int = 0
    """Ready replicas at the last pass."""
    removed_at: float | None = None
    """When ready replicas last went since the phase began."""
    limit_per_second: float | None = None
    """The most that got through while something else than the replicas was the bottleneck, tasks/s."""
    limited_at: float = 0.0
    """When something else was last seen to be the bottleneck."""

    @property
    def step_replicas(self) -> int:
        """Replicas that the experiment asks for."""
        return max(self.ready_before + 1, ceil(self.ready_before * STEP_FACTOR))


def note(memory: Bottleneck, signals: Signals) -> Bottleneck:
    """Notes what every pass shows, wherever the question stands: the best rate of a replica, its capacity, removals."""
    seconds = 0.0 if memory.at is None else max(0.0, signals.now - memory.at)
    removed_at = signals.now if signals.workers.ready < memory.ready else memory.removed_at
    best = memory.best_rate * exp(-seconds / FADING_SECONDS)
    if removed_at is None or signals.now - removed_at >= LONGEST_RATE_SECONDS:
        best = max(best, signals.recent_rate / max(1.0, (memory.ready + signals.workers.ready) / 2))
    return replace(
        memory,
        at=signals.now,
        best_rate=best,
        removed_at=removed_at,
        ready=signals.workers.ready,
        capacity_per_second=_capacity(memory.capacity_per_second, signals),
    )


def _capacity(known_per_second: float | None, signals: Signals) -> float | None:
    """The best settled rate of a replica, until full slots prove that there are enough pollers."""
    if known_per_second is None or (signals.backlog.stands and signals.slots_full):
        return None
    return max(known_per_second, signals.rate_per_replica) if signals.settled else known_per_second


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of one pass."""

    elsewhere: bool
    """Whether the need follows the dispatch rate instead of arrivals and backlog."""
    replicas: int
    """Replicas that the experiment asks for; 0 outside of one."""
    reason: StepReason
    message: str
    limit_per_second: float | None = None
    """Tasks that will get through, whatever the replicas, for all that is known; `None` where no such limit is."""
    slots_limit: bool = False
    """Whether slots are what limits a replica: then a backlog that stands fills those of pods without a report, too."""
    holds_growth: bool = False
    """Whether no replica is added beyond those that are there or start."""
    rate_limited: bool = False
    """Whether a rate limit holds tasks back, as the server reports it or as its effective limit is reached."""


def rate_limited(signals: Signals) -> Finding:
    """The need follows what gets through; where slots are full all the same, both may limit: one step up."""
    limit = f"a rate limit lets {per_second(signals.rate)} through"
    message = f"More replicas would not help: {limit}."
    share = signals.used_share(signals.slots_per_replica)
    step = 0
    if signals.backlog.stands and share is not None and share >= IDLE_SHARE:
        step = ceil(STEP_FACTOR * signals.workers.ready)
        message = f"Trying {step} replicas: {limit}, but {percent(share)} of the slots are in use, too."
    return Finding(elsewhere=True, replicas=step, reason=StepReason.RATE_LIMITED, message=message, rate_limited=True)


def finding(memory: Bottleneck, signals: Signals) -> Finding:
    """What is known, from where the question stands: the first that applies."""
    waiting = does(signals.backlog.tasks, "task", "wait")
    if memory.phase == Phase.EXPERIMENT:
        before = f"{memory.ready_before} dispatched {per_second(memory.rate_before)}"
        message = f"Probing: {waiting} although slots are idle. Trying {memory.step_replicas} replicas ({before})."
        return Finding(elsewhere=False, replicas=memory.step_replicas, reason=StepReason.EXPERIMENT, message=message)
    if memory.phase == Phase.ELSEWHERE:
        message = (
            f"Something else than replicas is the bottleneck: {waiting} although slots are idle, and "
            f"{per_second(signals.rate)} get through. Check for tasks that no worker can take, and for a rate limit."
        )
        return Finding(elsewhere=True, replicas=0, reason=StepReason.BOTTLENECK_ELSEWHERE, message=message)
    if memory.capacity_per_second is not None:
        most = per_second(memory.capacity_per_second)
        message = f"Pollers are the bottleneck: a replica takes at most {most}. More pollers would need fewer replicas."
        return Finding(elsewhere=False, replicas=0, reason=StepReason.POLLER_LIMITED, message=message)
    share = signals.used_share(signals.slots_per_replica)
    if memory.idle_polls >= CAUTIOUS_POLLS and share is not None and signals.slots_idle:
        message = f"No replica is added: {waiting}, but only {percent(share)} of the slots are in use."
        return Finding(
            elsewhere=False,
            replicas=0,
            reason=StepReason.IDLE_SLOTS,
            message=message,
            slots_limit=True,
            holds_growth=True,
        )
    if signals.backlog.stands and memory.limit_per_second is not None:
        message = (
            f"At most {per_second(memory.limit_per_second)} got through lately, whatever the replicas: none is added "
            "beyond what these tasks need, unless all slots are full."
        )
        return Finding(
            elsewhere=False,
            replicas=0,
            reason=StepReason.LIMIT_KNOWN,
            message=message,
            limit_per_second=memory.limit_per_second,
            slots_limit=True,
        )
    message = "Worker slots are the limiting resource."
    return Finding(elsewhere=False, replicas=0, reason=StepReason.SLOTS_LIMIT, message=message, slots_limit=True)


def note_limit(memory: Bottleneck, signals: Signals) -> Bottleneck:
    """Notes what gets through while something else is the bottleneck."""
    return replace(memory, limit_per_second=max(signals.rate, memory.limit_per_second or 0.0), limited_at=signals.now)


def doubt_limit(memory: Bottleneck, signals: Signals) -> Bottleneck:
    """Forgets a limit that is old, or exceeded, or that leaves no slot idle although there are enough for it."""
    limit = memory.limit_per_second
    if limit is None:
        return memory
    enough = signals.workers.ready * signals.slots_per_replica >= slots_to_let_through(limit, signals.service_seconds)
    full = enough and signals.backlog.stands and signals.slots_full
    exceeded = signals.rate > limit and differs(limit, signals.rate)
    # Where a clock went back, it may be of the future.
    old = not 0 <= signals.now - memory.limited_at <= FADING_SECONDS
    known_otherwise = memory.capacity_per_second is not None
    return replace(memory, limit_per_second=None) if full or exceeded or old or known_otherwise else memory


IDLE_POLLS = 3
"""Polls in a row that must raise the question."""

CAUTIOUS_POLLS = 2
"""Polls in a row after which no replica is added until it is answered: one may have found slots just being filled."""

HISTORY_FACTOR = 2.0
"""A replica that lately dispatched this many times what it does now is not short of pollers."""

HELP_SHARE = 0.5
"""Share of the rise in proportion to the replicas that shows that they help."""

LOST_SHARE = 0.25
"""Share of the rate whose loss after a removal proves that replicas do help."""


def ask(memory: Bottleneck, signals: Signals) -> Bottleneck:
    """Counts the polls that raise the question; at the third, history answers or the experiment begins."""
    slots = effective_slots(signals.slots_per_replica, memory.capacity_per_second, signals.service_seconds)
    share = signals.used_share(slots / (UTILIZATION if memory.capacity_per_second is not None else 1.0))
    if not (signals.backlog.stands and share is not None and share < IDLE_SHARE):
        return replace(memory, idle_polls=0)
    memory = replace(memory, idle_polls=min(memory.idle_polls + 1, IDLE_POLLS))
    if memory.idle_polls < IDLE_POLLS:
        return memory
    used_to_be_faster = memory.best_rate >= HISTORY_FACTOR * max(signals.recent_rate, signals.rate) / max(
        1, signals.workers.ready
    )
    if used_to_be_faster or memory.limit_per_second is not None or signals.workers.pollers_autoscale:
        return _begin(memory, signals, Phase.ELSEWHERE)
    rate_is_theirs = memory.removed_at is None or signals.now - memory.removed_at >= LONGEST_RATE_SECONDS
    return _begin(memory, signals, Phase.EXPERIMENT) if signals.settled and rate_is_theirs else memory


def judge_experiment(memory: Bottleneck, signals: Signals) -> Bottleneck:
    """Replicas help once the rate has risen by half its share; they do not if it has not when it could have."""
    share = signals.workers.ready / memory.ready_before - 1 if memory.ready_before else 1.0
    rise = signals.rate - memory.rate_before
    if share > 0 and rise >= HELP_SHARE * share * memory.rate_before and differs(memory.rate_before, signals.rate):
        capacity = max(memory.rate_before / max(1, memory.ready_before), signals.rate_per_replica)
        return replace(memory, phase=Phase.NONE, capacity_per_second=capacity)
    if signals.settled and signals.workers.ready >= memory.step_replicas:
        return _begin(memory, signals, Phase.ELSEWHERE)
    return memory


def judge_removal(memory: Bottleneck, signals: Signals) -> Bottleneck:
    """A rate that fell with the replicas, while those that remain work as fast as they can, proves that they help."""
    if memory.removed_at is None or signals.now - memory.removed_at < LONGEST_RATE_SECONDS:
        return memory
    fell = signals.rate < (1 - LOST_SHARE) * memory.rate_before and differs(memory.rate_before, signals.rate)
    share = signals.used_share(signals.slots_per_replica)
    if fell and share is not None and share < FULL_SHARE and signals.rate_per_replica >= NEAR_SHARE * memory.best_rate:
        return replace(memory, phase=Phase.NONE, capacity_per_second=max(memory.best_rate, signals.rate_per_replica))
    return memory


def _begin(memory: Bottleneck, signals: Signals, phase: Phase) -> Bottleneck:
    """A phase, with what it is measured against: rate, replicas and backlog as they are now."""
    return replace(
        memory,
        phase=phase,
        idle_polls=0,
        rate_before=signals.rate,
        ready_before=signals.workers.ready,
        backlog_before=signals.backlog.tasks,
        removed_at=None,
    )


def bottleneck(memory: Bottleneck, signals: Signals) -> tuple[Finding, Bottleneck]:
    """Answers the question with what is known now, and what to remember."""
    memory = note(memory, signals)
    if signals.statistics.rate_limiting_active or signals.reaches_limit:
        return rate_limited(signals), replace(note_limit(memory, signals), phase=Phase.NONE, idle_polls=0)
    memory = _go_on(_end(memory, signals), signals)
    memory = note_limit(memory, signals) if memory.phase == Phase.ELSEWHERE else doubt_limit(memory, signals)
    found = finding(memory, signals)
    if (limit := signals.statistics.rate_limit_per_second) is not None:
        found = replace(found, limit_per_second=min(limit, found.limit_per_second or limit))
    return found, memory


def _end(memory: Bottleneck, signals: Signals) -> Bottleneck:
    """A question ends when nothing waits any more, or with a burst, which no known limit explains."""
    if memory.phase == Phase.NONE:
        return memory
    if _is_burst(memory, signals):
        return replace(memory, phase=Phase.NONE, limit_per_second=None)
    return memory if signals.backlog.stands else replace(memory, phase=Phase.NONE)


def _is_burst(memory: Bottleneck, signals: Signals) -> bool:
    """Whether the slots fill while the backlog is twice what it was: then replicas are what is missing."""
    return signals.slots_full and signals.backlog.tasks >= 2 * memory.backlog_before


def _go_on(memory: Bottleneck, signals: Signals) -> Bottleneck:
    """Takes the question one pass further, from the phase in which it stands."""
    if memory.phase == Phase.EXPERIMENT:
        return judge_experiment(memory, signals)
    if memory.phase == Phase.ELSEWHERE:
        return judge_removal(memory, signals)
    return ask(memory, signals)
