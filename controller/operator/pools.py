"""The table of pools: handlers put them in, passes work on them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from pydantic import ValidationError

from controller.api.model import read_partly
from controller.api.spec import ObjectMeta, TemporalWorkerPoolSpec
from controller.api.status import TemporalWorkerPoolStatus
from controller.cluster.objects import Deployment
from controller.operator.actuate.scale_request import MAX_UNANSWERED, ScaleRequest
from controller.operator.actuate.slot_question import SlotQuestion
from controller.operator.clock import step
from controller.operator.inputs.learned import Learned
from controller.operator.report.events import rescaled
from controller.operator.report.outbox import Outbox
from controller.operator.report.status import attainment_of, remembered
from controller.scaling.clock_step import shifted
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.objective.attainment import Attainment
from controller.scaling.observation import Observation
from controller.telemetry.counts import PoolCounts

log = structlog.get_logger()

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
    attainment: Attainment = field(default_factory=Attainment)
    """Whether tasks started within the objective."""
    left: Deployment | None = None
    """The Deployment as the last pass left it."""
    recommended: Recommended | None = None
    """The recommendation that was last told by an Event."""
    observation: Observation | None = None
    """What the last pass saw, for metrics."""
    troubled_passes: int = 0
    """Passes in a row that found trouble: they stretch the time to the next one."""
    unanswered: tuple[ScaleRequest, ...] = ()
    """Changes of replicas of which it is not known whether they happened."""
    slots_asked: SlotQuestion | None = None
    """The last question whether slots could be written, with its answer."""
    counts: PoolCounts = field(default_factory=PoolCounts)
    clock_origin: float | None = None
    """Origin of the clock by which the times of this pool were taken; `None` before the first pass."""
    outbox: Outbox = field(init=False, compare=False)
    """Events that are still to be written."""

    def __post_init__(self) -> None:
        """Names Events after the pool."""
        self.outbox = Outbox(self.metadata.name)

    def follow(self, origin: float) -> float:
        """Shifts what is remembered if the clock was set since the last pass, so that intervals stay what they were.

        Returns:
            Seconds by which it was set; mostly 0.
        """
        seconds = step(self.clock_origin, origin)
        if self.clock_origin is None or seconds:
            self.clock_origin = origin
        if seconds:
            self.memory = self.memory.shifted(seconds)
            self.learned = shifted(self.learned, seconds)
            self.attainment = shifted(self.attainment, seconds)
            self.recommended = shifted(self.recommended, seconds)
            self.unanswered = shifted(self.unanswered, seconds)
            self.status_written_at += seconds
        return seconds

    def doubt(self, request: ScaleRequest) -> None:
        """Remembers a request without an answer, until a later reading of the Deployment tells what became of it."""
        self.unanswered = (*self.unanswered, request)[-MAX_UNANSWERED:]

    def record(self, action: ScaleAction) -> None:
        """Counts and announces a change that happened, at once: its pass may still fail."""
        self.unanswered = ()
        self.memory = self.memory.record(action)
        self.counts = self.counts.with_scaling(action.change)
        self.outbox.add([rescaled(action)], action.at)

    def settle(self, deployment: Deployment) -> ScaleAction | None:
        """Records the request without an answer that this reading of the Deployment shows to have happened."""
        for request in self.unanswered:
            if request.happened(deployment):
                self.record(request.action)
                return request.action
        return None


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
        """Takes a pool as the API server sent it.

        What it says of an earlier pool of the same name may come late: it is not taken for the present one. A pool
        without a name, namespace or UID is none.
        """
        metadata = _metadata(manifest)
        if metadata is None:
            return
        known = self._pools.get(metadata.key)
        if known is not None and known.metadata.uid != metadata.uid and metadata.is_older_than(known.metadata):
            return
        if known is None or known.metadata.uid != metadata.uid:
            status, unread = read_partly(TemporalWorkerPoolStatus, manifest.get("status") or {})
            self._pools[metadata.key] = TrackedPool(
                metadata,
                _spec(manifest),
                status,
                memory=remembered(status, unread),
                learned=Learned.of(status),
                attainment=attainment_of(status),
            )
            self._changed(metadata.key)
        else:
            before, known.metadata, known.spec = known.metadata, metadata, _spec(manifest)
            if (before.generation, before.overrides) != (metadata.generation, metadata.overrides):
                known.troubled_passes = 0
                self._changed(metadata.key)

    def forget(self, key: Key, uid: str) -> None:
        """Drops a pool that is gone; one that was made anew under its name has another UID, and stays."""
        known = self._pools.get(key)
        if known is not None and known.metadata.uid == uid:
            del self._pools[key]
            self._gone(key)

    def uids(self) -> dict[Key, str]:
        """The UID of every pool by namespace and name."""
        return {key: tracked.metadata.uid for key, tracked in self._pools.items()}


def _metadata(manifest: Mapping[str, Any]) -> ObjectMeta | None:
    try:
        metadata, _ = read_partly(ObjectMeta, manifest.get("metadata"))
    except ValidationError:
        log.warning("pool_without_a_name", metadata=str(manifest.get("metadata"))[:200])
        return None
    return metadata


def _spec(manifest: Mapping[str, Any]) -> TemporalWorkerPoolSpec | str:
    try:
        return TemporalWorkerPoolSpec.from_manifest(manifest.get("spec"))
    except ValidationError as error:
        return "; ".join(f"spec.{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
