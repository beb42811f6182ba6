"""The table of pools: handlers put pools in, passes leave their states."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import structlog
from pydantic import ValidationError

from controller.api.model import read_partly
from controller.api.spec import ObjectMeta, TemporalWorkerPoolSpec
from controller.api.status import TemporalWorkerPoolStatus
from controller.operator.by_target import ByTarget, DeploymentKey
from controller.operator.pool import Pool, PoolKey
from controller.operator.pool_state import PoolState

log = structlog.get_logger()


class KnownPool(NamedTuple):
    """A pool of the table."""

    pool: Pool
    """As the API server has it."""
    state: PoolState
    """As the last pass left it."""


class PoolTable:
    """All pools that this operator scales, by namespace and name."""

    def __init__(self, changed: Callable[[PoolKey], None], gone: Callable[[PoolKey], None]) -> None:
        """Calls `changed` for each pool with a new spec or override, and `gone` for each that was deleted,
        while it is still in the table.
        """
        self._known: dict[PoolKey, KnownPool] = {}
        self._by_target = ByTarget()
        self._others: dict[PoolKey, Any] | None = None
        self._changed = changed
        self._gone = gone

    def __iter__(self) -> Iterator[KnownPool]:
        """Every pool with its state."""
        return iter(tuple(self._known.values()))

    def on(self, deployment: DeploymentKey) -> tuple[KnownPool, ...]:
        """The pools that name a Deployment."""
        return tuple(self._known[key] for key in self._by_target.of(deployment))

    def pools_on(self, deployment: DeploymentKey) -> tuple[Pool, ...]:
        """The same without their states."""
        return tuple(known.pool for known in self.on(deployment))

    def get(self, key: PoolKey) -> KnownPool | None:
        """The pool of that key; `None` if there is none."""
        return self._known.get(key)

    def store(self, manifest: Mapping[str, Any]) -> None:
        """Takes a pool as the API server sent it.

        What it says of an earlier pool of the same name may come late: it is not taken for the present one. A pool
        without a name, namespace or UID is none.
        """
        metadata = _metadata(manifest)
        if metadata is None:
            return
        pool, known = Pool(metadata, _spec(manifest)), self._known.get(metadata.key)
        if known is None:
            self._add(pool, manifest)
        elif known.pool.metadata.uid == metadata.uid:
            self._known[pool.key] = known._replace(pool=pool)
            self._by_target.put(pool)
            if self._others is not None:
                self._others[pool.key] = manifest.get("status")
            if not pool.asks_the_same(known.pool):
                self._changed(pool.key)
        elif not metadata.is_older_than(known.pool.metadata):
            self._add(pool, manifest)

    def keep(self, pool: Pool, state: PoolState) -> None:
        """Keeps the state that a pass left, unless its pool is gone or was made anew meanwhile."""
        known = self._known.get(pool.key)
        if known is not None and known.pool.metadata.uid == pool.metadata.uid:
            self._known[pool.key] = known._replace(state=state)

    def stand_by(self) -> None:
        """From now on another replica reconciles: what it leaves in a status counts, once this one takes over."""
        self._others = {}

    def take_over(self) -> None:
        """From now on the passes are this replica's: each pool's state is what its status kept of the other's."""
        others, self._others = self._others or {}, None
        for key, status in others.items():
            if known := self._known.get(key):
                self._known[key] = known._replace(state=_restored(status))

    def forget(self, key: PoolKey, uid: str) -> None:
        """Drops a pool that is gone; one that was made anew under its name has another UID, and stays."""
        known = self._known.get(key)
        if known is not None and known.pool.metadata.uid == uid:
            self._gone(key)
            del self._known[key]
            self._by_target.drop(key)

    def uids(self) -> dict[PoolKey, str]:
        """The UID of every pool by namespace and name."""
        return {key: known.pool.metadata.uid for key, known in self._known.items()}

    def _add(self, pool: Pool, manifest: Mapping[str, Any]) -> None:
        """A pool that was not known: its state is what its status kept of an earlier operator."""
        self._known[pool.key] = KnownPool(pool, _restored(manifest.get("status")))
        self._by_target.put(pool)
        if self._others is not None:
            self._others.pop(pool.key, None)
        self._changed(pool.key)


def _restored(status: Any) -> PoolState:  # noqa: ANN401 - any JSON
    """The state that a status kept."""
    return PoolState.restored(*read_partly(TemporalWorkerPoolStatus, status or {}))


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
