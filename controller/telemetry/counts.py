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
    judged_tasks: float = 0.0
    """Tasks of which it is known whether they started within the objective."""
    tasks_in_time: float = 0.0
    """Those of them that did."""

    def with_judged(self, tasks: float, in_time: float) -> Self:
        """So many more tasks that were judged."""
        return replace(self, judged_tasks=self.judged_tasks + tasks, tasks_in_time=self.tasks_in_time + in_time)

    def with_scaling(self, change: int) -> Self:
        """One more change of replicas, up with a positive `change`."""
        if change > 0:
            return replace(self, scaled_up=self.scaled_up + 1)
        return replace(self, scaled_down=self.scaled_down + 1)

    def with_failed_pass(self) -> Self:
        """One more pass that ended in an unexpected error."""
        return replace(self, failed_passes=self.failed_passes + 1)
