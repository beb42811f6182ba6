"""Step 2: is something else than the number of replicas the bottleneck?

A queue with a standing backlog leaves no slot idle, unless something holds it back: a rate limit, tasks that no worker
can get, or too few pollers. Which it is, the server says, history tells, or an experiment finds out: one step up. If
the dispatch rate follows, replicas help, and what one replica dispatches is its capacity from then on; if it does not,
more replicas are useless, and fewer are enough. What got through then is remembered as a limit: the next burst is not
answered with replicas that would wait for it too, unless full slots show that it is there no more.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil, exp, sqrt

from controller.scaling.deadline.believable_backlog import Backlog
from controller.scaling.deadline.task_count import WINDOW_SECONDS
from controller.scaling.deadline.workers import Workers
from controller.scaling.observation import QueueStatistics
from controller.scaling.reasons import Reason
from controller.scaling.words import does

SETTLED_SECONDS = 35.0
"""Time after the last pod became ready from which the rate, a mean of 30 s, is that of the pods that are there."""

IDLE_SHARE = 0.8
"""Slots in use below this share of the slots, under a standing backlog, raise the question."""

IDLE_POLLS = 3
"""Polls in a row that must raise the question."""

FULL_SHARE = 0.97
"""Slots in use from this share on count as full."""

FADING_SECONDS = 1200.0
"""Time constant with which the best rate of a replica fades."""

HISTORY_FACTOR = 2.0
"""A replica that lately dispatched this many times what it does now is not short of pollers."""

STEP_FACTOR = 1.5
"""The experiment's step up."""

HELP_SHARE = 0.5
"""Share of the rise in proportion to the replicas that shows that they help."""

SIGMAS = 2.0
"""Standard deviations of two Poisson counts that a difference must exceed."""

UTILIZATION = 0.85
"""Share of the slots, or of a replica's capacity, that is planned with where it was measured to be the limit."""

GONE_SECONDS = 40.0
"""Time after the last removal from which a lower rate tells something."""

LOST_SHARE = 0.25
"""Share of the rate whose loss after a removal proves that replicas do help."""

NEAR_BEST_SHARE = 0.9
"""Share of its best rate at which a replica counts as working as fast as it can."""


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
    """Believable backlog when the phase began."""
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


@dataclass(frozen=True, slots=True)
class Look:
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
        return self.now - self.workers.last_ready_at >= SETTLED_SECONDS

    def used_share(self, slots_per_replica: float) -> float | None:
        """Share of the slots in use, by pods heard since the backlog began; `None` if fewer than half were."""
        heard = self.workers.heard_since(self.standing_since)
        if not heard or 2 * len(heard) < self.workers.ready:
            return None
        return sum(h.slots_used for h in heard) / (len(heard) * slots_per_replica)


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of one pass."""

    elsewhere: bool
    """Whether the need follows the dispatch rate instead of arrivals and backlog."""
    replicas: int
    """Replicas that the experiment asks for; 0 outside of one."""
    reason: Reason
    message: str
    limit_per_second: float | None = None
    """Tasks that will get through, whatever the replicas, for all that is known; `None` where no such limit is."""


def slots_to_let_through(rate_per_second: float, service_seconds: float) -> float:
    """The slots for tasks that get through at a rate which replicas do not change, at the utilization planned with."""
    return max(rate_per_second * service_seconds, 1.0) / UTILIZATION


def effective_slots(slots_per_replica: int, capacity_per_second: float | None, service_seconds: float) -> float:
    """The tasks that one replica really runs at once: its slots, or what its pollers keep in use."""
    if capacity_per_second is None:
        return float(slots_per_replica)
    return max(0.01, min(slots_per_replica, UTILIZATION * capacity_per_second * service_seconds))


def bottleneck(memory: Bottleneck, look: Look) -> tuple[Finding, Bottleneck]:
    """Answers the question with what is known now, and what to remember."""
    memory = _note(memory, look)
    if look.statistics.rate_limiting_active:
        return _rate_limited(look), replace(_limited(memory, look), phase=Phase.NONE, idle_polls=0)
    if memory.phase != Phase.NONE and _is_burst(memory, look):
        memory = replace(memory, phase=Phase.NONE, limit_per_second=None)
    elif memory.phase != Phase.NONE and not look.backlog.stands:
        memory = replace(memory, phase=Phase.NONE)
    if memory.phase == Phase.EXPERIMENT:
        memory = _judge_experiment(memory, look)
    elif memory.phase == Phase.ELSEWHERE:
        memory = _judge_removal(memory, look)
    else:
        memory = _ask(memory, look)
    memory = _limited(memory, look) if memory.phase == Phase.ELSEWHERE else _doubt_limit(memory, look)
    return _finding(memory, look), memory


def _note(memory: Bottleneck, look: Look) -> Bottleneck:
    """Notes the best rate of a replica, removals, and whether full slots prove that there are enough pollers."""
    seconds = 0.0 if memory.at is None else max(0.0, look.now - memory.at)
    best = memory.best_rate * exp(-seconds / FADING_SECONDS)
    removed_at = look.now if look.workers.ready < memory.ready else memory.removed_at
    best = max(best, look.recent_rate / max(1.0, (memory.ready + look.workers.ready) / 2))
    capacity = memory.capacity_per_second
    if capacity is not None:
        share = look.used_share(look.slots_per_replica)
        if look.settled:
            capacity = max(capacity, look.rate_per_replica)
        if look.backlog.stands and share is not None and share >= FULL_SHARE:
            capacity = None
    return replace(
        memory,
        at=look.now,
        best_rate=best,
        removed_at=removed_at,
        ready=look.workers.ready,
        capacity_per_second=capacity,
    )


def _limited(memory: Bottleneck, look: Look) -> Bottleneck:
    """Notes what gets through while something else is the bottleneck."""
    return replace(memory, limit_per_second=max(look.rate, memory.limit_per_second or 0.0), limited_at=look.now)


def _doubt_limit(memory: Bottleneck, look: Look) -> Bottleneck:
    """Forgets a limit that is old, or exceeded, or that leaves no slot idle although there are enough for it."""
    limit = memory.limit_per_second
    if limit is None:
        return memory
    share = look.used_share(look.slots_per_replica)
    enough = look.workers.ready * look.slots_per_replica >= slots_to_let_through(limit, look.service_seconds)
    full = enough and look.backlog.stands and share is not None and share >= FULL_SHARE
    exceeded = look.rate > limit and differs(limit, look.rate)
    old = look.now - memory.limited_at > FADING_SECONDS
    known_otherwise = memory.capacity_per_second is not None
    return replace(memory, limit_per_second=None) if full or exceeded or old or known_otherwise else memory


def _is_burst(memory: Bottleneck, look: Look) -> bool:
    """Whether the slots fill while the backlog is twice what it was: then replicas are what is missing."""
    share = look.used_share(look.slots_per_replica)
    return share is not None and share >= FULL_SHARE and look.backlog.tasks >= 2 * memory.backlog_before


def _ask(memory: Bottleneck, look: Look) -> Bottleneck:
    """Counts the polls that raise the question; at the third, history answers or the experiment begins."""
    slots = effective_slots(look.slots_per_replica, memory.capacity_per_second, look.service_seconds)
    share = look.used_share(slots / (UTILIZATION if memory.capacity_per_second is not None else 1.0))
    if not (look.backlog.stands and share is not None and share < IDLE_SHARE):
        return replace(memory, idle_polls=0)
    memory = replace(memory, idle_polls=min(memory.idle_polls + 1, IDLE_POLLS))
    if memory.idle_polls < IDLE_POLLS:
        return memory
    used_to_be_faster = memory.best_rate >= HISTORY_FACTOR * max(look.recent_rate, look.rate) / max(
        1, look.workers.ready
    )
    if used_to_be_faster or memory.limit_per_second is not None:
        return _begin(memory, look, Phase.ELSEWHERE)
    return _begin(memory, look, Phase.EXPERIMENT) if look.settled else memory


def _begin(memory: Bottleneck, look: Look, phase: Phase) -> Bottleneck:
    return replace(
        memory,
        phase=phase,
        idle_polls=0,
        rate_before=look.rate,
        ready_before=look.workers.ready,
        backlog_before=look.backlog.tasks,
        removed_at=None,
    )


def _judge_experiment(memory: Bottleneck, look: Look) -> Bottleneck:
    """Replicas help once the rate has risen by half its share; they do not if it has not when it could have."""
    share = look.workers.ready / memory.ready_before - 1 if memory.ready_before else 1.0
    rise = look.rate - memory.rate_before
    if share > 0 and rise >= HELP_SHARE * share * memory.rate_before and differs(memory.rate_before, look.rate):
        capacity = max(memory.rate_before / max(1, memory.ready_before), look.rate_per_replica)
        return replace(memory, phase=Phase.NONE, capacity_per_second=capacity)
    if look.settled and look.workers.ready >= memory.step_replicas:
        return _begin(memory, look, Phase.ELSEWHERE)
    return memory


def _judge_removal(memory: Bottleneck, look: Look) -> Bottleneck:
    """A rate that fell with the replicas, while those that remain work as fast as they can, proves that they help."""
    if memory.removed_at is None or look.now - memory.removed_at < GONE_SECONDS:
        return memory
    fell = look.rate < (1 - LOST_SHARE) * memory.rate_before and differs(memory.rate_before, look.rate)
    share = look.used_share(look.slots_per_replica)
    if (
        fell
        and share is not None
        and share < FULL_SHARE
        and look.rate_per_replica >= NEAR_BEST_SHARE * memory.best_rate
    ):
        return replace(memory, phase=Phase.NONE, capacity_per_second=max(memory.best_rate, look.rate_per_replica))
    return memory


def differs(rate: float, other: float) -> bool:
    """Whether two rates differ by more than `SIGMAS` standard deviations of their counts in a window."""
    counts = rate * WINDOW_SECONDS, other * WINDOW_SECONDS
    return abs(counts[0] - counts[1]) >= SIGMAS * sqrt(counts[0] + counts[1])


def _rate_limited(look: Look) -> Finding:
    """The need follows what gets through; where slots are full all the same, both may limit: one step up."""
    message = f"A rate limit lets {look.rate:.2f} tasks/s through: more replicas would wait for it too."
    share = look.used_share(look.slots_per_replica)
    step = 0
    if look.backlog.stands and share is not None and share >= IDLE_SHARE:
        step = ceil(STEP_FACTOR * look.workers.ready)
        message = (
            f"A rate limit lets {look.rate:.2f} tasks/s through, but {share:.0%} of the slots are in use: one step up."
        )
    return Finding(elsewhere=True, replicas=step, reason=Reason.RATE_LIMITED, message=message)


def _finding(memory: Bottleneck, look: Look) -> Finding:
    waiting = does(look.backlog.tasks, "task", "wait")
    if memory.phase == Phase.EXPERIMENT:
        message = (
            f"{waiting} beside idle slots: do replicas help? {memory.step_replicas} are tried, "
            f"{memory.ready_before} dispatched {memory.rate_before:.2f} tasks/s."
        )
        return Finding(elsewhere=False, replicas=memory.step_replicas, reason=Reason.EXPERIMENT, message=message)
    if memory.phase == Phase.ELSEWHERE:
        message = (
            f"{waiting} beside idle slots, and replicas do not help: {look.rate:.2f} tasks/s get through. "
            "Look for tasks that no worker can take, or a rate limit."
        )
        return Finding(elsewhere=True, replicas=0, reason=Reason.BOTTLENECK_ELSEWHERE, message=message)
    if memory.capacity_per_second is not None:
        message = (
            f"One replica dispatches at most {memory.capacity_per_second:.2f} tasks/s, whatever its slots: raise its "
            "pollers to need fewer replicas."
        )
        return Finding(elsewhere=False, replicas=0, reason=Reason.POLLER_LIMITED, message=message)
    share = look.used_share(look.slots_per_replica)
    if look.backlog.stands and share is not None and share < IDLE_SHARE:
        message = f"{waiting} while {share:.0%} of the slots are in use: no replica is added for that."
        return Finding(elsewhere=False, replicas=0, reason=Reason.IDLE_SLOTS, message=message)
    if look.backlog.stands and memory.limit_per_second is not None:
        message = (
            f"Lately {memory.limit_per_second:.2f} tasks/s got through, whatever the replicas: none is added beyond "
            "what those need, unless their slots are full."
        )
        return Finding(
            elsewhere=False,
            replicas=0,
            reason=Reason.LIMIT_KNOWN,
            message=message,
            limit_per_second=memory.limit_per_second,
        )
    message = "The slots are what limits the replicas."
    return Finding(elsewhere=False, replicas=0, reason=Reason.SLOTS_LIMIT, message=message)
