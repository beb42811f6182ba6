"""What passes hand over to the page."""

from controller.api.condition_reasons import Ready
from controller.page.history import History, PoolHistory
from tests.operator.test_reconcile import World

KEY = ("prod", "orders")


def _shown(world: World) -> History:
    history = History()
    world.reconciler.show_in(history)
    world.store()
    return history


def _pool(history: History) -> PoolHistory:
    pool = history.get(KEY)
    assert pool
    return pool


async def test_the_page_gets_what_status_and_events_say() -> None:
    """The same words and numbers, of the same pass."""
    world = World()
    history = _shown(world)
    await world.reconcile()
    pool = _pool(history)
    (written,) = world.statuses
    ready = next(condition for condition in written["conditions"] if condition["type"] == Ready.AUTOSCALING.condition)
    assert pool.last.ready
    assert (pool.last.ready.reason, pool.last.ready.message) == (ready["reason"], ready["message"])
    assert pool.last.row.backlog == written["backlog"] == world.backlog
    assert [entry.content["reason"] for entry in pool.events] == world.events
    assert [entry.content["note"] for entry in pool.events] == world.notes


async def test_a_pass_that_fails_is_shown_as_a_failure() -> None:
    """Without numbers, which were not read, and with the reason."""
    world = World()
    history = _shown(world)
    await world.reconcile()
    world.deployment = None
    await world.reconcile()
    pool = _pool(history)
    assert pool.last.decided is None
    assert pool.last.ready
    assert pool.last.ready.status == "False"
    assert pool.last_decided


async def test_the_page_cannot_fail_a_pass() -> None:
    """What it can't take is scaled all the same."""
    world = World()
    history = _shown(world)
    history.record = None  # type: ignore[assignment,method-assign]
    await world.reconcile()
    assert world.statuses
