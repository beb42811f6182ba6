"""What speaks for other slots, by what is seen in one pass."""

from dataclasses import dataclass
from math import ceil, floor

from controller.scaling.slots.hosts import Hosts
from controller.scaling.slots.shortage import Late
from controller.scaling.slots.tuned_slots import TunedSlots
from controller.scaling.slots.variable import Variable
from controller.scaling.text import counted

LARGEST_STEP = 1.5
"""The largest factor of one change: with it, hosts that were underused do not become saturated."""

HELP_SHARE = 0.5
"""Share of a raise by which a replica must have got faster for the raise to count as a help."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Other slots, and why."""

    slots: int
    why: str
    late: tuple[Late, ...] = ()
    """The tasks that it is to help, with a wish for more."""
    urgent: bool = False
    """Whether waiting costs work: a container that runs out of memory takes its running tasks with it, while a pod that
    is asked to stop finishes them."""

    def differs(self, in_force: int) -> bool:
        """Whether it is a change in the direction that it means."""
        return self.slots > in_force if self.late else self.slots < in_force


def fewer(variable: Variable, hosts: Hosts, in_force: int, *, out_of_memory: bool) -> Wish | None:
    """Fewer slots, where the hosts have too little room for the tasks that they run."""
    if not out_of_memory and not hosts.saturated:
        return None
    why = (
        f"a container ran out of memory with {counted(in_force, 'slot')}"
        if out_of_memory
        else f"{hosts}, which is too much"
    )
    step = max(1, min(in_force - 1, ceil(in_force / LARGEST_STEP)))
    return Wish(max(step, variable.range.min_slots), why, urgent=out_of_memory)


def more(hosts: Hosts, late: tuple[Late, ...], in_force: int, bound: int) -> Wish:
    """More slots, for tasks that start too late on hosts that have room.

    Args:
        hosts: They limit the step: what they use is reckoned to grow with the slots.
        late: At least one kind of tasks.
        in_force: Slots as they are.
        bound: The most slots to choose.
    """
    step = max(in_force + 1, floor(in_force * min(LARGEST_STEP, hosts.room)))
    return Wish(min(step, bound), f"{late[0]}, and {hosts}", late)


def why_not_more(late: tuple[Late, ...], hosts: Hosts, memory: TunedSlots, in_force: int) -> str | None:
    """Why more slots would not help tasks that start too late; `None` if they may."""
    if all(queue.elsewhere for queue in late):
        return "something else than slots holds them back: see the step Bottleneck"
    if not any(queue.full and not queue.elsewhere for queue in late):
        return f"{late[0].slots_used} of {counted(late[0].slots, 'reported slot')} in use: no more are needed"
    if not hosts.known:
        return f"{hosts}: serve the heartbeats of workers (Temporal 1.30) or the API metrics.k8s.io"
    if not hosts.underused:
        return f"{hosts}: there is no room for more tasks"
    before, rate = memory.raised_from, rate_per_replica(late)
    if before and in_force > before and rate < memory.rate_before * (1 + HELP_SHARE * (in_force / before - 1)):
        figures = f"one replica was given {memory.rate_before:.3g} tasks/s then and {rate:.3g} now"
        return f"the raise from {before} to {in_force} slots did not help: {figures}. Look at what the tasks call"
    return None


def rate_per_replica(late: tuple[Late, ...]) -> float:
    """Tasks per second that one replica is given, all kinds together."""
    return sum(queue.rate_per_replica for queue in late)
