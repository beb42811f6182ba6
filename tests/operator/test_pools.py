"""The table of pools: what handlers store is what passes find."""

from typing import Any

from controller.api.worker_pool import TemporalWorkerPoolSpec
from controller.operator.pools import PoolTable
from controller.scaling.memory import ScaleAction
from tests.api.pools import SMALLEST

KEY = ("prod", "orders")
ACTION = {"time": "2026-01-02T03:04:05Z", "from": 2, "to": 4, "reason": "BacklogPerReplica", "message": "20 wait."}


def _manifest(*, generation: int = 1, uid: str = "u", spec: Any = SMALLEST, **more: Any) -> dict[str, Any]:
    metadata = {"name": "orders", "namespace": "prod", "uid": uid, "generation": generation}
    return {"metadata": metadata, "spec": spec, **more}


class _Table:
    """A table that notes what it is told to tell."""

    def __init__(self) -> None:
        self.changed: list[tuple[str, str]] = []
        self.gone: list[tuple[str, str]] = []
        self.pools = PoolTable(self.changed.append, self.gone.append)


def test_a_new_pool_is_stored_and_announced() -> None:
    """Its first turn comes at once."""
    table = _Table()
    table.pools.store(_manifest())
    tracked = table.pools.get(KEY)
    assert tracked is not None
    assert isinstance(tracked.spec, TemporalWorkerPoolSpec)
    assert table.changed == [KEY]


def test_a_change_of_status_alone_is_not_announced() -> None:
    """The operator's own writes do not wake it."""
    table = _Table()
    table.pools.store(_manifest())
    table.pools.store(_manifest(status={"replicas": 3}))
    assert table.changed == [KEY]


def test_an_override_is_announced_although_it_makes_no_new_generation() -> None:
    """An on-call engineer waits for it; other annotations are not of interest."""
    table = _Table()
    table.pools.store(_manifest())
    for annotations in ({"workerpools.dev/paused-until": "2026-11-24T12:00:00Z"}, {}, {"team": "blue"}):
        manifest = _manifest()
        manifest["metadata"]["annotations"] = annotations
        table.pools.store(manifest)
    assert table.changed == [KEY, KEY, KEY]


def test_a_new_generation_is_announced_and_keeps_what_was_learned() -> None:
    """An edit of the spec forgets no scale action."""
    table = _Table()
    table.pools.store(_manifest(status={"scaleActions": [ACTION]}))
    table.pools.store(_manifest(generation=2))
    tracked = table.pools.get(KEY)
    assert tracked is not None
    assert table.changed == [KEY, KEY]
    assert len(tracked.memory.scale_actions) == 1


def test_scale_actions_are_read_back_from_status() -> None:
    """A restarted operator goes on counting for the rate policies."""
    table = _Table()
    table.pools.store(_manifest(status={"scaleActions": [ACTION]}))
    tracked = table.pools.get(KEY)
    assert tracked is not None
    assert tracked.memory.scale_actions == (ScaleAction(1767323045.0, 2, 4, "BacklogPerReplica", "20 wait."),)


def test_a_pool_that_was_made_anew_starts_anew() -> None:
    """Another UID is another pool, even under the same name."""
    table = _Table()
    table.pools.store(_manifest(status={"scaleActions": [ACTION]}))
    table.pools.store(_manifest(uid="v"))
    tracked = table.pools.get(KEY)
    assert tracked is not None
    assert tracked.memory.scale_actions == ()


def test_a_spec_that_cannot_be_read_is_kept_as_words() -> None:
    """The pool is tracked, so that its condition can say what is wrong."""
    table = _Table()
    table.pools.store(_manifest(spec={**SMALLEST, "maxReplicas": "many"}))
    tracked = table.pools.get(KEY)
    assert tracked is not None
    assert isinstance(tracked.spec, str)
    assert tracked.spec.startswith("spec.maxReplicas: ")


def test_a_status_that_cannot_be_read_is_as_good_as_none() -> None:
    """Every pass makes the status anew."""
    table = _Table()
    table.pools.store(_manifest(status={"conditions": "none"}))
    tracked = table.pools.get(KEY)
    assert tracked is not None
    assert tracked.status.conditions == ()


def test_a_pool_that_is_gone_is_forgotten_once() -> None:
    """It is told to be gone, and a second word of it says nothing new."""
    table = _Table()
    table.pools.store(_manifest())
    assert table.pools.keys() == {KEY}
    table.pools.forget(KEY)
    table.pools.forget(KEY)
    assert table.pools.get(KEY) is None
    assert table.gone == [KEY]
