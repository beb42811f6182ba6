"""The result of a run: how long tasks waited, what it cost, and how often the replicas changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

KEPT_SHARE = 0.95
"""The objective is met when this share of the attempts starts within it."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The state at one moment of a run."""

    time: float
    backlog: int
    """Tasks that truly wait."""
    slots_used: int
    replicas: int
    """Pods that were not asked to stop."""
    ready: int


@dataclass(frozen=True, slots=True)
class Scaling:
    """One change of the number of replicas."""

    time: float
    replicas_before: int
    replicas_after: int
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one policy in one scenario with one seed."""

    scenario: str
    policy: str
    waits: Sequence[float]
    """Seconds from schedule to start of each attempt, ascending; one that never started counts to the end."""
    objective_seconds: float
    pod_seconds: float
    work_seconds: float
    """Service times of all tasks together."""
    cut_short: int
    """Tasks killed because their pod was asked to stop."""
    scalings: tuple[Scaling, ...]
    samples: tuple[Sample, ...]
    first_arrival: float = 0
    """When the first task came."""
    last_dispatch: float = 0
    """When the last task was dispatched."""
    at_risk: int = 0
    """Tasks that ran on pods when these were asked to stop."""

    @property
    def share_within_objective(self) -> float:
        """Share of the attempts that started within the objective; 1 when there were none."""
        return sum(wait <= self.objective_seconds for wait in self.waits) / len(self.waits) if self.waits else 1.0

    @property
    def kept(self) -> bool:
        """Whether the objective was met; only then the cost is compared."""
        return self.share_within_objective >= KEPT_SHARE

    @property
    def reaction_seconds(self) -> float | None:
        """From the first task to the first scale-up; `None` if there was none."""
        ups = (s.time for s in self.scalings if s.replicas_after > s.replicas_before and s.time >= self.first_arrival)
        first = next(ups, None)
        return None if first is None else first - self.first_arrival

    @property
    def to_zero_seconds(self) -> float | None:
        """From the last task that was dispatched to the scale-down to zero; `None` if that never came."""
        zeros = (s.time for s in self.scalings if s.replicas_after == 0 and s.time >= self.last_dispatch)
        last = next(zeros, None)
        return None if last is None else last - self.last_dispatch

    def regrets(self, start_up_seconds: float) -> int:
        """How often a scale-up followed a scale-down within a start-up."""
        return sum(
            first.replicas_after < first.replicas_before
            and second.replicas_after > second.replicas_before
            and second.time - first.time <= start_up_seconds
            for first, second in pairwise(self.scalings)
        )

    @property
    def reversals(self) -> int:
        """Changes of the number of replicas against the direction of the change before."""
        directions = [scaling.replicas_after > scaling.replicas_before for scaling in self.scalings]
        return sum(first != second for first, second in pairwise(directions))

    def wait_percentile(self, share: float) -> float:
        """The wait that this share of the attempts did not exceed, in seconds; 0 when there were none."""
        if not self.waits:
            return 0.0
        return self.waits[min(len(self.waits) - 1, int(share * len(self.waits)))]
