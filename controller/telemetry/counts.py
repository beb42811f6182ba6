"""What is counted of one pool. The counts are kept with the pool, so that their series end with it."""

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class PoolCounts:
    """Counts since this process knows the pool."""

    scaled_up: int = 0
    """Changes of replicas, upwards."""
    scaled_down: int = 0
    failed_passes: int = 0
    """Passes that ended in an unexpected error."""

    def with_scaling(self, change: int) -> Self:
        """One more change of replicas, up with a positive `change`."""
        if change > 0:
            return replace(self, scaled_up=self.scaled_up + 1)
        return replace(self, scaled_down=self.scaled_down + 1)

    def with_failed_pass(self) -> Self:
        """One more pass that ended in an unexpected error."""
        return replace(self, failed_passes=self.failed_passes + 1)
