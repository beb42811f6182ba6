"""Counts of one pool. They are kept with the pool, so that their series end with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from controller.scaling.field_manager import ManagerKind


@dataclass(frozen=True, slots=True)
class PoolCounts:
    """Counts since the operator started, or the pool was created."""

    scaled_up: int = 0
    """Changes of replicas, upwards."""
    scaled_down: int = 0
    external_scalings: Mapping[ManagerKind, int] = field(default_factory=lambda: dict.fromkeys(ManagerKind, 0))
    """Changes of replicas by other field managers."""
    errors: Mapping[str, int] = field(default_factory=dict)
    """Reconciles that could not do their work, by the reason that `Ready` then had."""
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

    def with_external_scaling(self, kind: ManagerKind) -> Self:
        """With one more change of replicas by a field manager of this kind."""
        return replace(self, external_scalings={**self.external_scalings, kind: self.external_scalings[kind] + 1})

    def with_error(self, reason: str) -> Self:
        """With one more reconcile that could not do its work, for this reason of `Ready`."""
        return replace(self, errors={**self.errors, reason: self.errors.get(reason, 0) + 1})
