"""What passes hand over to the page."""

import pytest

from controller.page.history import History, PoolHistory
from tests.operator.test_reconcile import World, made_world

KEY = ("prod", "orders")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """One pool, without a cluster."""
    return made_world(monkeypatch)


def _shown(world: World) -> History:
    world.store()
    return world.history


def _pool(history: History) -> PoolHistory:
    pool = history.get(KEY)
    assert pool
    return pool


async def test_the_page_gets_what_status_and_events_say(world: World) -> None:
    """The same words and numbers, of the same pass."""
    history = _shown(world)
    await world.reconcile()
    pool = _pool(history)
    written, ready = world.statuses[-1], world.conditions["Ready"]
    assert pool.last.ready
    assert (pool.last.ready.reason, pool.last.ready.message) == (ready["reason"], ready["message"])
    assert pool.last.row.backlog == written["backlog"] == world.backlog
    assert [entry.content["reason"] for entry in pool.events] == world.events
    assert [entry.content["note"] for entry in pool.events] == world.notes


async def test_a_pass_that_fails_is_shown_as_a_failure(world: World) -> None:
    """Without numbers, which were not read, and with the reason."""
    history = _shown(world)
    await world.reconcile()
    world.deployment = None
    await world.reconcile()
    pool = _pool(history)
    assert pool.last.decided is None
    assert pool.last.ready
    assert pool.last.ready.status == "False"
    assert pool.last_decided


async def test_the_page_cannot_fail_a_pass(world: World) -> None:
    """What it can't take is scaled all the same."""
    history = _shown(world)
    history.record = None  # type: ignore[assignment,method-assign]
    await world.reconcile()
    assert world.statuses
