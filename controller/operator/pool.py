"""A pool as the API server has it."""

from dataclasses import dataclass
from typing import TypeAlias

from controller.api.spec import ObjectMeta, TemporalWorkerPoolSpec

PoolKey: TypeAlias = tuple[str, str]
"""Kubernetes namespace and name of a pool."""


@dataclass(frozen=True, slots=True)
class Pool:
    """What the API server said of a pool, replaced as a whole by what it says next.

    A pass works on the pool that it began with: what it reports is of that generation.
    """

    metadata: ObjectMeta
    spec: TemporalWorkerPoolSpec | str
    """The spec, or in words why it cannot be read: the CRD and the operator are then of different versions."""

    @property
    def key(self) -> PoolKey:
        """Kubernetes namespace and name."""
        return self.metadata.key

    @property
    def name(self) -> str:
        """Namespace and name, as in `prod/orders`."""
        return "/".join(self.key)

    @property
    def may_have_objective(self) -> bool:
        """Whether the spec has `objective.scheduleToStartSeconds`, as far as it can be read."""
        return isinstance(self.spec, str) or self.spec.objective.schedule_to_start_seconds is not None

    def asks_the_same(self, other: "Pool") -> bool:
        """Whether the owner changed neither spec nor overrides between the two."""
        mine, theirs = self.metadata, other.metadata
        return (mine.generation, mine.overrides) == (theirs.generation, theirs.overrides)
