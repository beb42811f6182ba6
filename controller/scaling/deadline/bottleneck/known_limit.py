"""What gets through where replicas do not help, and when to believe in that limit no more."""

from dataclasses import replace

from controller.scaling.deadline.bottleneck.chance import differs
from controller.scaling.deadline.bottleneck.look import Look
from controller.scaling.deadline.bottleneck.memory import FADING_SECONDS, Bottleneck
from controller.scaling.deadline.bottleneck.utilization import slots_to_let_through


def note_limit(memory: Bottleneck, look: Look) -> Bottleneck:
    """Notes what gets through while something else is the bottleneck."""
    return replace(memory, limit_per_second=max(look.rate, memory.limit_per_second or 0.0), limited_at=look.now)


def doubt_limit(memory: Bottleneck, look: Look) -> Bottleneck:
    """Forgets a limit that is old, or exceeded, or that leaves no slot idle although there are enough for it."""
    limit = memory.limit_per_second
    if limit is None:
        return memory
    enough = look.workers.ready * look.slots_per_replica >= slots_to_let_through(limit, look.service_seconds)
    full = enough and look.backlog.stands and look.slots_full
    exceeded = look.rate > limit and differs(limit, look.rate)
    # Where a clock went back, it may be of the future.
    old = not 0 <= look.now - memory.limited_at <= FADING_SECONDS
    known_otherwise = memory.capacity_per_second is not None
    return replace(memory, limit_per_second=None) if full or exceeded or old or known_otherwise else memory
