"""Counts of one pool. They are kept with the pool, so that their series end with it."""

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class PoolCounts:
    """Counts since the operator started, or the pool was created."""

    scaled_up: int = 0
    """Changes of replicas, upwards."""
    scaled_down: int = 0
    failed_reconciles: int = 0
    """Reconciles that ended in an unexpected error."""
    judged_tasks: float = 0.0
    """Tasks that are judged by the objective: dispatched, or waiting for longer than it."""
    tasks_in_time: float = 0.0
    """Those of them that started within the objective."""

    def with_judged(self, tasks: float, in_time: float) -> Self:
        """With more judged tasks."""
        return replace(self, judged_tasks=self.judged_tasks + tasks, tasks_in_time=self.tasks_in_time + in_time)

    def with_scaling(self, change: int) -> Self:
        """With one more change of replicas, upwards for a positive `change`."""
        if change > 0:
            return replace(self, scaled_up=self.scaled_up + 1)
        return replace(self, scaled_down=self.scaled_down + 1)

    def with_failed_reconcile(self) -> Self:
        """With one more reconcile that ended in an unexpected error."""
        return replace(self, failed_reconciles=self.failed_reconciles + 1)
