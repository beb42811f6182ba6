"""What is remembered of the question from pass to pass, and what every pass adds to it."""

from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil, exp

from controller.scaling.deadline.bottleneck.look import Look

STEP_FACTOR = 1.5
"""The experiment's step up."""

FADING_SECONDS = 1200.0
"""Time constant with which the best rate of a replica fades, and how long a limit is believed."""


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


def note(memory: Bottleneck, look: Look) -> Bottleneck:
    """Notes what every pass tells, wherever the question stands: the best rate of a replica, its capacity, removals."""
    seconds = 0.0 if memory.at is None else max(0.0, look.now - memory.at)
    faded = memory.best_rate * exp(-seconds / FADING_SECONDS)
    rate_per_replica = look.recent_rate / max(1.0, (memory.ready + look.workers.ready) / 2)
    return replace(
        memory,
        at=look.now,
        best_rate=max(faded, rate_per_replica),
        removed_at=look.now if look.workers.ready < memory.ready else memory.removed_at,
        ready=look.workers.ready,
        capacity_per_second=_capacity(memory.capacity_per_second, look),
    )


def _capacity(known_per_second: float | None, look: Look) -> float | None:
    """The best settled rate of a replica, until full slots prove that there are enough pollers."""
    if known_per_second is None or (look.backlog.stands and look.slots_full):
        return None
    return max(known_per_second, look.rate_per_replica) if look.settled else known_per_second
