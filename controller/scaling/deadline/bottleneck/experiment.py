"""Do replicas help? Idle slots ask, history answers, or an experiment does: a step up, later the way down.

Each function takes the question one pass further, from the phase in which it stands.
"""

from dataclasses import replace

from controller.scaling.deadline.bottleneck.chance import differs
from controller.scaling.deadline.bottleneck.look import FULL_SHARE, IDLE_SHARE, Look
from controller.scaling.deadline.bottleneck.memory import Bottleneck, Phase
from controller.scaling.deadline.bottleneck.utilization import UTILIZATION, effective_slots

IDLE_POLLS = 3
"""Polls in a row that must raise the question."""

HISTORY_FACTOR = 2.0
"""A replica that lately dispatched this many times what it does now is not short of pollers."""

HELP_SHARE = 0.5
"""Share of the rise in proportion to the replicas that shows that they help."""

GONE_SECONDS = 40.0
"""Time after the last removal from which a lower rate tells something."""

LOST_SHARE = 0.25
"""Share of the rate whose loss after a removal proves that replicas do help."""

NEAR_BEST_SHARE = 0.9
"""Share of its best rate at which a replica counts as working as fast as it can."""


def ask(memory: Bottleneck, look: Look) -> Bottleneck:
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


def judge_experiment(memory: Bottleneck, look: Look) -> Bottleneck:
    """Replicas help once the rate has risen by half its share; they do not if it has not when it could have."""
    share = look.workers.ready / memory.ready_before - 1 if memory.ready_before else 1.0
    rise = look.rate - memory.rate_before
    if share > 0 and rise >= HELP_SHARE * share * memory.rate_before and differs(memory.rate_before, look.rate):
        capacity = max(memory.rate_before / max(1, memory.ready_before), look.rate_per_replica)
        return replace(memory, phase=Phase.NONE, capacity_per_second=capacity)
    if look.settled and look.workers.ready >= memory.step_replicas:
        return _begin(memory, look, Phase.ELSEWHERE)
    return memory


def judge_removal(memory: Bottleneck, look: Look) -> Bottleneck:
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


def _begin(memory: Bottleneck, look: Look, phase: Phase) -> Bottleneck:
    """A phase, with what it is measured against: rate, replicas and backlog as they are now."""
    return replace(
        memory,
        phase=phase,
        idle_polls=0,
        rate_before=look.rate,
        ready_before=look.workers.ready,
        backlog_before=look.backlog.tasks,
        removed_at=None,
    )
