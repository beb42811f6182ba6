"""What is seen at one pass: the backlog, the rate at which tasks get through, and how full the slots are."""

from dataclasses import dataclass

from controller.scaling.deadline.believable_backlog import Backlog
from controller.scaling.deadline.workers import Workers
from controller.scaling.observation import QueueStatistics

SETTLED_SECONDS = 35.0
"""Time after the last pod became ready from which the rate, a mean of 30 s, is that of the pods that are there."""

IDLE_SHARE = 0.8
"""Slots in use below this share of the slots, under a standing backlog, raise the question."""

FULL_SHARE = 0.97
"""Slots in use from this share on count as full."""


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

    @property
    def slots_full(self) -> bool:
        """Whether the slots are known to be full."""
        share = self.used_share(self.slots_per_replica)
        return share is not None and share >= FULL_SHARE
