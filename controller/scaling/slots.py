"""What is remembered of a variable whose value is tuned."""

from dataclasses import dataclass, replace
from typing import Self

from controller.scaling.clock_step import not_after

CEILING_SECONDS = 86_400.0
"""How long it counts that a container ran out of memory with a number of slots: a day, which a new release or new
limits seldom outlive, and within which most loads come round once."""


@dataclass(frozen=True, slots=True)
class TunedSlots:
    """One slot variable from pass to pass. Times are seconds since the Unix epoch."""

    value: int | None = None
    """What it was in the pod template when that was last seen; `None` before, and where it is not there."""
    changed_at: float | None = None
    """When that last changed, whoever changed it; `None`: not since it was first seen."""
    chosen: int | None = None
    """What the operator last chose, written or not; `None`: nothing yet."""
    more_since: float | None = None
    """Since when all speaks for more slots."""
    fewer_since: float | None = None
    """Since when all speaks for fewer."""
    raised_from: int | None = None
    """The slots before the last raise; `None` where there was none, or it was taken back."""
    rate_before: float = 0.0
    """What one replica dispatched then, with all slots in use, in tasks per second."""
    ceiling: int | None = None
    """The slots with which a container ran out of memory."""
    ceiling_at: float = 0.0
    """When it did."""

    def seen(self, value: int | None, now: float) -> Self:
        """After a look at the pod template; the first one is no change."""
        if value == self.value:
            return self
        return replace(self, value=value, changed_at=self.changed_at if self.value is None else now)

    def asked(self, now: float, *, more: bool, fewer: bool) -> Self:
        """After a look at what speaks for more slots or for fewer."""
        return replace(
            self,
            more_since=(self.more_since if self.more_since is not None else now) if more else None,
            fewer_since=(self.fewer_since if self.fewer_since is not None else now) if fewer else None,
        )

    def out_of_memory(self, slots: int, at: float) -> Self:
        """After a container ran out of memory with so many slots."""
        return replace(self, ceiling=slots, ceiling_at=at)

    def highest(self, bound: int, now: float) -> int:
        """The most slots to choose: below those with which memory ran out lately, but at least 1."""
        if self.ceiling is None or now - self.ceiling_at >= CEILING_SECONDS:
            return bound
        return max(1, min(bound, self.ceiling - 1))

    @property
    def moments(self) -> tuple[float, ...]:
        """The times that are remembered."""
        times = (self.changed_at, self.more_since, self.fewer_since)
        return (self.ceiling_at, *(time for time in times if time is not None))

    def not_after(self, now: float) -> Self:
        """With times that lie after `now` moved to it."""
        return replace(
            self,
            changed_at=not_after(self.changed_at, now),
            more_since=not_after(self.more_since, now),
            fewer_since=not_after(self.fewer_since, now),
            ceiling_at=min(self.ceiling_at, now),
        )
