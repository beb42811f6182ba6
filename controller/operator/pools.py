"""The table of pools: handlers put them in, passes work on them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from controller.api.status import TemporalWorkerPoolStatus
from controller.api.worker_pool import ObjectMeta, TemporalWorkerPoolSpec
from controller.cluster.objects import Deployment
from controller.operator.learned import Learned
from controller.operator.status import remembered
from controller.scaling.memory import Memory
from controller.scaling.observation import Observation

Key = tuple[str, str]
"""Kubernetes namespace and name of a pool."""


@dataclass(frozen=True, slots=True)
class Recommended:
    """A recommendation that was told by an Event."""

    replicas: int
    at: float
    """Seconds since the Unix epoch."""


@dataclass(slots=True)
class TrackedPool:
    """A pool and what this process knows of it. Passes of one pool never overlap."""

    metadata: ObjectMeta
    spec: TemporalWorkerPoolSpec | str
    """The spec, or in words why it cannot be read: the CRD and the operator are then of different versions."""
    status: TemporalWorkerPoolStatus = field(default_factory=TemporalWorkerPoolStatus)
    """As it was last written."""
    status_written_at: float = float("-inf")
    memory: Memory = field(default_factory=Memory)
    learned: Learned = field(default_factory=Learned)
    """What the passes learned of the workers."""
    left: Deployment | None = None
    """The Deployment as the last pass left it."""
    recommended: Recommended | None = None
    """The recommendation that was last told by an Event."""
    observation: Observation | None = None
    """What the last pass saw, for metrics."""
    troubled_passes: int = 0
    """Passes in a row that found trouble: they stretch the time to the next one."""


class PoolTable:
    """All pools that this operator scales, by namespace and name."""

    def __init__(self, changed: Callable[[Key], None], gone: Callable[[Key], None]) -> None:
        """Tells `changed` of each pool with a new spec or override, and `gone` of each that was deleted."""
        self._pools: dict[Key, TrackedPool] = {}
        self._changed = changed
        self._gone = gone

    def __iter__(self) -> Iterator[TrackedPool]:
        """Every pool."""
        return iter(tuple(self._pools.values()))

    def get(self, key: Key) -> TrackedPool | None:
        """The pool of that key; `None` if there is none."""
        return self._pools.get(key)

    def store(self, manifest: Mapping[str, Any]) -> None:
        """Takes a pool as the API server sent it."""
        metadata = ObjectMeta.from_manifest(manifest["metadata"])
        known = self._pools.get(metadata.key)
        if known is None or known.metadata.uid != metadata.uid:
            status = _status(manifest)
            self._pools[metadata.key] = TrackedPool(
                metadata, _spec(manifest), status, memory=remembered(status), learned=Learned.of(status)
            )
            self._changed(metadata.key)
        else:
            before, known.metadata, known.spec = known.metadata, metadata, _spec(manifest)
            if (before.generation, before.overrides) != (metadata.generation, metadata.overrides):
                known.troubled_passes = 0
                self._changed(metadata.key)

    def forget(self, key: Key) -> None:
        """Drops a pool that is gone."""
        if self._pools.pop(key, None):
            self._gone(key)

    def keys(self) -> set[Key]:
        """Namespace and name of every pool."""
        return set(self._pools)


def _spec(manifest: Mapping[str, Any]) -> TemporalWorkerPoolSpec | str:
    try:
        return TemporalWorkerPoolSpec.from_manifest(manifest["spec"])
    except ValidationError as error:
        return "; ".join(f"spec.{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())


def _status(manifest: Mapping[str, Any]) -> TemporalWorkerPoolStatus:
    """The status as it stands; one of another version is as good as none, since every pass makes it anew."""
    try:
        return TemporalWorkerPoolStatus.from_manifest(manifest.get("status") or {})
    except ValidationError:
        return TemporalWorkerPoolStatus()
