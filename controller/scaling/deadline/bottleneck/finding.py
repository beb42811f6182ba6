"""What the need follows from here on, and the words that say why."""

from dataclasses import dataclass
from math import ceil

from controller.scaling.deadline.bottleneck.look import IDLE_SHARE, Look
from controller.scaling.deadline.bottleneck.memory import STEP_FACTOR, Bottleneck, Phase
from controller.scaling.reasons import Reason
from controller.scaling.words import does


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


def rate_limited(look: Look) -> Finding:
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


def finding(memory: Bottleneck, look: Look) -> Finding:
    """What is known, from where the question stands: the first that applies."""
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
