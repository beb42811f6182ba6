"""Whether the hosts of the workers have room for more tasks, or too little for those that they run."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import inf
from statistics import median

from typing_extensions import override

from controller.scaling.observation import PodObservation, Usage

UNDERUSED_CPU = 0.6
"""Below it a host has room: with half as many tasks again it stays below `SATURATED`, so a raise is not taken back."""

UNDERUSED_MEMORY = 0.75
"""Below it a host has room. Memory does not rise in proportion to the tasks: much of it is the process itself."""

SATURATED = 0.9
"""From this share on, of CPU or memory, tasks hinder each other."""

HEARD_SHARE = 0.5
"""Share of the ready pods whose usage must be known to speak for all."""


@dataclass(frozen=True, slots=True)
class Share:
    """What the pods use of a resource, 1 being all."""

    median: float
    highest: float


@dataclass(frozen=True, slots=True)
class Hosts:
    """The hosts of the ready pods, as far as they are known."""

    cpu: Share | None
    memory: Share | None

    @property
    def known(self) -> bool:
        """Whether both resources are known."""
        return self.cpu is not None and self.memory is not None

    @property
    def underused(self) -> bool:
        """Whether every host that is known has room for more tasks."""
        if self.cpu is None or self.memory is None:
            return False
        return self.cpu.highest < UNDERUSED_CPU and self.memory.highest < UNDERUSED_MEMORY

    @property
    def saturated(self) -> bool:
        """Whether half of the hosts have no room left in one of the resources."""
        return any(share is not None and share.median > SATURATED for share in (self.cpu, self.memory))

    @property
    def room(self) -> float:
        """By what factor the tasks may grow until the fullest host is saturated, if its use grew in proportion."""
        shares = (share for share in (self.cpu, self.memory) if share and share.highest)
        return min((SATURATED / share.highest for share in shares), default=inf)

    @override
    def __str__(self) -> str:
        """For a sentence, such as `hosts use 20 % CPU and 35 % memory`."""
        parts = [f"{share.highest:.0%} {name}" for share, name in ((self.cpu, "CPU"), (self.memory, "memory")) if share]
        return f"hosts use up to {' and '.join(parts)}" if parts else "nobody says what the hosts use"


def hosts_of(ready: Iterable[PodObservation]) -> Hosts:
    """The hosts of some ready pods."""
    pods = tuple(ready)
    return Hosts(_share(pods, lambda usage: usage.cpu), _share(pods, lambda usage: usage.memory))


def _share(pods: tuple[PodObservation, ...], of: Callable[[Usage], float | None]) -> Share | None:
    known = [share for pod in pods if (share := of(pod.usage)) is not None]
    if not known or len(known) < HEARD_SHARE * len(pods):
        return None
    return Share(median(known), max(known))
