"""The table of pools: what handlers store is what passes find."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.api.spec import TemporalWorkerPoolSpec
from controller.operator.pools import PoolTable
from controller.scaling.memory import ScaleAction
from tests.api.pools import SMALLEST, changed_at

KEY = ("prod", "orders")
ACTION = {"time": "2026-01-02T03:04:05Z", "from": 2, "to": 4, "reason": "BacklogPerReplica", "message": "20 wait."}


def _manifest(
    *, generation: int = 1, uid: str = "u", version: int = 1, spec: Any = SMALLEST, **more: Any
) -> dict[str, Any]:
    metadata = {
        "name": "orders",
        "namespace": "prod",
        "uid": uid,
        "generation": generation,
        "resourceVersion": str(version),
    }
    return {"metadata": metadata, "spec": spec, **more}


class _Table:
    """A table that notes its calls."""

    def __init__(self) -> None:
        self.changed: list[tuple[str, str]] = []
        self.gone: list[tuple[str, str]] = []
        self.pools = PoolTable(self.changed.append, self.gone.append)


def test_a_new_pool_is_stored_and_announced() -> None:
    """Its first turn comes at once."""
    table = _Table()
    table.pools.store(_manifest())
    known = table.pools.get(KEY)
    assert known is not None
    assert isinstance(known.pool.spec, TemporalWorkerPoolSpec)
    assert table.changed == [KEY]


CHANGES = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(["x", "y", None]), st.booleans(), st.booleans()),
    max_size=30,
)
"""Name of a pool; its target, `None` where its spec can't be read; whether it is made anew; whether it goes instead."""


@given(CHANGES)
def test_the_pools_on_a_deployment_are_those_that_going_through_all_finds(
    changes: list[tuple[str, str | None, bool, bool]],
) -> None:
    """Whatever came, changed, was made anew or went."""
    table = PoolTable(lambda _: None, lambda _: None)
    for number, (name, target, anew, goes) in enumerate(changes, 1):
        known = table.get(("prod", name))
        uid = known.pool.metadata.uid if known and not anew else f"{name}-{number}"
        if goes:
            table.forget(("prod", name), uid)
        else:
            spec: Any = {**SMALLEST, "scaleTargetRef": {"name": target}} if target else {}
            metadata = {"name": name, "namespace": "prod", "uid": uid, "resourceVersion": str(number)}
            table.store({"metadata": metadata, "spec": spec})
        for deployment in ("x", "y"):
            plain = [k for k in table if not isinstance(k.pool.spec, str) and _target(k.pool.spec) == deployment]
            assert sorted(k.pool.key for k in table.on(("prod", deployment))) == sorted(k.pool.key for k in plain)
            assert all(each in plain for each in table.on(("prod", deployment)))
            assert table.on(("test", deployment)) == ()


def _target(spec: TemporalWorkerPoolSpec) -> str:
    return spec.scale_target_ref.name


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
    known = table.pools.get(KEY)
    assert known is not None
    assert table.changed == [KEY, KEY]
    assert len(known.state.memory.scale_actions) == 1


def test_scale_actions_are_read_back_from_status() -> None:
    """A restarted operator goes on counting for the rate policies."""
    table = _Table()
    table.pools.store(_manifest(status={"scaleActions": [ACTION]}))
    known = table.pools.get(KEY)
    assert known is not None
    assert known.state.memory.scale_actions == (ScaleAction(1767323045.0, 2, 4, "BacklogPerReplica", "20 wait."),)


def test_a_pool_that_was_made_anew_starts_anew() -> None:
    """Another UID is another pool, even under the same name."""
    table = _Table()
    table.pools.store(_manifest(status={"scaleActions": [ACTION]}))
    table.pools.store(_manifest(uid="v"))
    known = table.pools.get(KEY)
    assert known is not None
    assert known.state.memory.scale_actions == ()


def test_a_spec_that_cannot_be_read_is_kept_as_words() -> None:
    """The pool is tracked, so that its condition can say what is wrong."""
    table = _Table()
    table.pools.store(_manifest(spec={**SMALLEST, "maxReplicas": "many"}))
    known = table.pools.get(KEY)
    assert known is not None
    assert isinstance(known.pool.spec, str)
    assert known.pool.spec.startswith("spec.maxReplicas: ")


def test_a_stored_task_queue_with_space_around_its_name_is_a_spec_that_cannot_be_read() -> None:
    """Of a pool from before the API server refused it: for such a name Temporal answers zeros, and no error."""
    table = _Table()
    table.pools.store(_manifest(spec=changed_at(SMALLEST, "taskQueues[].name", " q ")))
    known = table.pools.get(KEY)
    assert known is not None
    assert isinstance(known.pool.spec, str)
    assert known.pool.spec.startswith(
        "spec.taskQueues.0.name: name must not begin or end with white space: Temporal would take it for another queue"
    )


def test_a_field_of_a_status_that_cannot_be_read_costs_only_itself() -> None:
    """The scale actions beside it count for the policies."""
    table = _Table()
    table.pools.store(_manifest(status={"conditions": "none", "scaleActions": [ACTION]}))
    known = table.pools.get(KEY)
    assert known is not None
    assert known.state.reported.status.conditions == ()
    assert len(known.state.memory.scale_actions) == 1


def test_a_pool_that_is_gone_is_forgotten_once() -> None:
    """It is gone once, and a second deletion says nothing new."""
    table = _Table()
    table.pools.store(_manifest())
    assert table.pools.uids() == {KEY: "u"}
    table.pools.forget(KEY, "u")
    table.pools.forget(KEY, "u")
    assert table.pools.get(KEY) is None
    assert table.gone == [KEY]


def test_the_late_deletion_of_a_pool_leaves_the_one_that_has_its_name_now() -> None:
    """It was deleted and made anew, and kopf hands over the events of two UIDs in any order."""
    table = _Table()
    table.pools.store(_manifest())
    table.pools.store(_manifest(uid="v", version=3))
    table.pools.forget(KEY, "u")
    assert table.pools.uids() == {KEY: "v"}
    assert table.gone == []


def test_what_is_said_late_of_a_deleted_pool_does_not_bring_it_back() -> None:
    """Resource versions are numbers: 9 is before 10."""
    table = _Table()
    table.pools.store(_manifest(uid="v", version=10))
    table.pools.store(_manifest(uid="u", version=9))
    assert table.pools.uids() == {KEY: "v"}


def test_a_pass_keeps_its_state_whatever_was_stored_meanwhile() -> None:
    """The pool is the API server's, the state is the pass's: neither overwrites the other."""
    table = _Table()
    table.pools.store(_manifest())
    began, state = table.pools.get(KEY) or pytest.fail("not stored")
    table.pools.store(_manifest(generation=2))
    table.pools.keep(began, replace(state, consecutive_failures=3))
    known = table.pools.get(KEY)
    assert known is not None
    assert (known.pool.metadata.generation, known.state.consecutive_failures) == (2, 3)


def test_the_state_of_a_pass_whose_pool_is_gone_is_dropped() -> None:
    """Deleted, or made anew under its name, during the pass."""
    table = _Table()
    table.pools.store(_manifest())
    began, state = table.pools.get(KEY) or pytest.fail("not stored")
    table.pools.store(_manifest(uid="v", version=3))
    table.pools.keep(began, replace(state, consecutive_failures=3))
    known = table.pools.get(KEY)
    assert known is not None
    assert known.state.consecutive_failures == 0
    table.pools.forget(KEY, "v")
    table.pools.keep(known.pool, state)
    assert table.pools.get(KEY) is None


@pytest.mark.parametrize(
    ("generation", "annotations", "failures"),
    [
        (1, {}, 2),
        (1, {"team": "blue"}, 2),
        (2, {}, 0),
        (1, {"workerpools.dev/paused-until": "2026-11-24T12:00:00Z"}, 0),
    ],
    ids=["the same", "another annotation", "another spec", "a pause"],
)
def test_a_pool_that_its_owner_changed_is_tried_as_if_it_had_not_failed(
    generation: int, annotations: dict[str, str], failures: int
) -> None:
    """What was wrong may be fixed."""
    table = _Table()
    table.pools.store(_manifest())
    began, state = table.pools.get(KEY) or pytest.fail("not stored")
    state, _ = state.for_pass(began, 0.0)
    manifest = _manifest(generation=generation)
    manifest["metadata"]["annotations"] = annotations
    table.pools.store(manifest)
    known = table.pools.get(KEY)
    assert known is not None
    assert replace(state, consecutive_failures=2).for_pass(known.pool, 0.0)[0].consecutive_failures == failures
