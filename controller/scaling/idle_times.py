"""Lulls of the load that came back: what a pool is kept warm for, where no order can help within the objective.

A load that stops for some minutes and returns finds nobody, and where a start takes longer than the objective, tasks
miss it at each return. A lull that the load came back from is expected again: the replicas that steady load wanted
before it stay for as long, once, and no longer if the load does not come back.
"""

from dataclasses import dataclass, replace
from typing import Self

from controller.scaling.clock_step import not_after

LONGEST_SECONDS = 660.0
"""A lull that lasts longer is an end: to keep replicas for it would cost more than the tasks it serves."""

MARGIN = 1.1
"""The next lull is expected to take up to so many times the last one."""

GONE_SHARE = 0.5
"""Share of the replicas below which the load has gone, and from which on it is back."""


@dataclass(frozen=True, slots=True)
class Lull:
    """What is remembered of the lulls of a pool."""

    since: float | None = None
    """When the load went; `None` while it is there."""
    replicas: int = 0
    """What steady load wanted before it went."""
    seconds: float = 0.0
    """How long the last lull took that the load came back from; 0: none did."""

    def observe(self, steady_replicas: int, typical_replicas: int, now: float) -> Self:
        """Notes that the load went, or that it came back.

        Args:
            steady_replicas: What the load alone wants now.
            typical_replicas: What it typically wanted lately.
            now: Seconds since the Unix epoch.
        """
        if self.since is None:
            if steady_replicas < GONE_SHARE * typical_replicas:
                return replace(self, since=now, replicas=typical_replicas)
            return self
        if self.back(steady_replicas):
            return type(self)(seconds=max(0.0, now - self.since))
        return type(self)() if now - self.since > LONGEST_SECONDS else self

    def back(self, steady_replicas: int) -> int:
        """What the load wanted before it went, at the moment when it is back; 0 at any other."""
        is_back = self.since is not None and steady_replicas >= GONE_SHARE * self.replicas
        return self.replicas if is_back else 0

    def kept_replicas(self, now: float) -> int:
        """The replicas that are kept for the load's return."""
        if self.since is None or now - self.since > MARGIN * self.seconds:
            return 0
        return self.replicas

    def not_after(self, now: float) -> Self:
        """The same with no time that lies after `now`."""
        return replace(self, since=not_after(self.since, now))
