"""The scheduler: each key's turn comes, none comes twice at a time, and no more than allowed at once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager, suppress
from itertools import pairwise

import pytest

from controller.operator import scheduler as module
from controller.operator.pool import PoolKey
from controller.operator.scheduler import Scheduler

A, B, C = ("prod", "a"), ("prod", "b"), ("prod", "c")
DEADLINE_SECONDS = 60


@asynccontextmanager
async def _running(
    work: Callable[[PoolKey], Awaitable[float]],
    concurrency: int = 10,
    group: Callable[[PoolKey], Hashable] = lambda _: None,
) -> AsyncIterator[Scheduler]:
    scheduler = Scheduler(work, concurrency, group)
    task = asyncio.create_task(scheduler.run())
    try:
        yield scheduler
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not condition():
            await asyncio.sleep(0.001)


async def test_a_key_gets_its_turn_again_and_again() -> None:
    """The work says when the next turn is."""
    turns: list[PoolKey] = []

    async def work(key: PoolKey) -> float:
        turns.append(key)
        return 0.001

    async with _running(work) as scheduler:
        scheduler.enqueue(A)
        scheduler.enqueue(B)
        await _until(lambda: turns.count(A) >= 3 and turns.count(B) >= 3)


async def test_a_pause_is_never_shorter_than_asked_for() -> None:
    """Who polls the Temporal server again too soon gets the last answer, out of its cache."""
    starts: list[float] = []

    async def work(_: PoolKey) -> float:
        starts.append(asyncio.get_running_loop().time())
        return 0.02

    async with _running(work) as scheduler:
        scheduler.enqueue(A)
        await _until(lambda: len(starts) > 20)
    assert min(later - earlier for earlier, later in pairwise(starts)) >= 0.02


async def test_a_key_that_is_enqueued_during_work_brings_one_more_turn_after_it() -> None:
    """What changed while a pass was under way is reconciled right after, not beside it."""
    turns, release = [0], asyncio.Event()
    at_a_time, most = 0, 0

    async def work(_: PoolKey) -> float:
        nonlocal at_a_time, most
        turns[0] += 1
        at_a_time += 1
        most = max(most, at_a_time)
        await release.wait()
        at_a_time -= 1
        return 1000

    async with _running(work) as scheduler:
        scheduler.enqueue(A)
        await _until(lambda: turns[0] == 1)
        scheduler.enqueue(A)
        scheduler.enqueue(A)
        release.set()
        await _until(lambda: turns[0] == 2)
        await asyncio.sleep(0.05)
        assert (turns[0], most) == (2, 1)


async def test_no_more_works_than_allowed_run_at_once() -> None:
    """The rest wait for their turn and get it."""
    running, most, done = 0, 0, set()

    async def work(key: PoolKey) -> float:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        done.add(key)
        return 1000

    async with _running(work, concurrency=2) as scheduler:
        for key in (A, B, C):
            scheduler.enqueue(key)
        await _until(lambda: done == {A, B, C})
    assert most == 2


async def test_a_work_that_hangs_delays_no_other_key() -> None:
    """Others have their own turns."""
    turns: list[PoolKey] = []

    async def work(key: PoolKey) -> float:
        if key == A:
            await asyncio.Event().wait()
        turns.append(key)
        return 0.001

    async with _running(work) as scheduler:
        scheduler.enqueue(A)
        scheduler.enqueue(B)
        await _until(lambda: turns.count(B) >= 3)
        assert A not in turns
        assert scheduler.pulse_age_seconds < DEADLINE_SECONDS


async def test_a_forgotten_key_gets_no_further_turn() -> None:
    """A pool that is gone is not asked for again."""
    turns: list[PoolKey] = []

    async def work(key: PoolKey) -> float:
        turns.append(key)
        return 0.001

    async with _running(work) as scheduler:
        scheduler.enqueue(A)
        await _until(lambda: len(turns) >= 2)
        scheduler.forget(A)
        await asyncio.sleep(0.02)
        so_far = len(turns)
        await asyncio.sleep(0.05)
        assert len(turns) == so_far


async def test_a_group_that_hangs_does_not_delay_another() -> None:
    """Five hundred pools whose server does not answer, and one of another server."""
    started: list[PoolKey] = []

    async def work(key: PoolKey) -> float:
        started.append(key)
        if key[0] == "hanging":
            await asyncio.Event().wait()
        return 0.001

    async with _running(work, 2, lambda key: key[0]) as scheduler:
        for number in range(500):
            scheduler.enqueue(("hanging", str(number)))
        scheduler.enqueue(A)
        await _until(lambda: started.count(A) >= 3)
    assert len([key for key in started if key[0] == "hanging"]) == 2


@pytest.mark.parametrize("end", [RuntimeError("broken"), asyncio.CancelledError()], ids=["raised", "cancelled"])
async def test_a_key_whose_work_did_not_end_well_gets_its_next_turn(
    monkeypatch: pytest.MonkeyPatch, end: BaseException
) -> None:
    """Work that raises or is cancelled does not say when to come again; its pool is not left alone for ever."""
    monkeypatch.setattr(module, "UNFINISHED_SECONDS", 0.001)
    turns: list[PoolKey] = []

    async def work(key: PoolKey) -> float:
        turns.append(key)
        raise end

    async with _running(work) as scheduler:
        scheduler.enqueue(A)
        await _until(lambda: len(turns) >= 3)


async def test_a_key_whose_group_cannot_be_found_gets_its_next_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The group is asked for at each turn, and may fail like the work."""
    monkeypatch.setattr(module, "UNFINISHED_SECONDS", 0.001)
    asked, turns = [0], [0]

    def group(_: PoolKey) -> Hashable:
        asked[0] += 1
        if asked[0] < 3:
            raise KeyError("no such pool")
        return None

    async def work(_: PoolKey) -> float:
        turns[0] += 1
        return 1000

    async with _running(work, 1, group) as scheduler:
        scheduler.enqueue(A)
        await _until(lambda: turns[0] == 1)


async def test_a_key_that_was_forgotten_while_its_work_failed_gets_no_turn() -> None:
    """Its pool is gone."""
    started, release = asyncio.Event(), asyncio.Event()
    turns = [0]

    async def work(_: PoolKey) -> float:
        turns[0] += 1
        started.set()
        await release.wait()
        raise RuntimeError("broken")

    async with _running(work) as scheduler:
        scheduler.enqueue(A)
        await started.wait()
        scheduler.forget(A)
        release.set()
        await asyncio.sleep(0.05)
    assert turns[0] == 1
