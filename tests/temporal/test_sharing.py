"""Identical reads are made once."""

import asyncio

import pytest

from controller.temporal.sharing import SharedReads


class Source:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer = asyncio.Event()

    async def ask(self) -> int:
        """Answers with its count, once it may."""
        self.asked += 1
        count = self.asked
        await self.answer.wait()
        return count


async def test_those_who_ask_together_get_one_answer() -> None:
    """And so does who comes just after; what asks for something else does not."""
    shared, source, other = SharedReads(fresh_seconds=60), Source(), Source()
    together = [asyncio.create_task(shared.get("orders", source.ask)) for _ in range(5)]
    another = asyncio.create_task(shared.get("bills", other.ask))
    await asyncio.sleep(0)
    source.answer.set()
    other.answer.set()
    assert await asyncio.gather(*together, another) == [1] * 6
    assert await shared.get("orders", source.ask) == 1
    assert (source.asked, other.asked) == (1, 1)


async def test_an_answer_is_soon_too_old() -> None:
    """The next tick asks anew."""
    shared, source = SharedReads(fresh_seconds=0.01), Source()
    source.answer.set()
    assert await shared.get("orders", source.ask) == 1
    await asyncio.sleep(0.1)
    assert await shared.get("orders", source.ask) == 2


async def test_who_gives_up_does_not_end_the_read_for_others() -> None:
    """A pass that is cancelled takes nobody with it."""
    shared, source = SharedReads(), Source()
    first = asyncio.create_task(shared.get("orders", source.ask))
    second = asyncio.create_task(shared.get("orders", source.ask))
    await asyncio.sleep(0)
    first.cancel()
    source.answer.set()
    assert await second == 1


async def test_a_failure_is_shared_and_not_kept() -> None:
    """Everybody who waited hears of it; the next one tries."""
    shared = SharedReads()
    calls = 0

    async def fail() -> None:
        nonlocal calls
        calls += 1
        raise RuntimeError("no")

    results = await asyncio.gather(*(shared.get("a", fail) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [RuntimeError] * 3
    await asyncio.sleep(0.01)
    with pytest.raises(RuntimeError, match="no"):
        await shared.get("a", fail)
    assert calls == 2


async def test_closing_ends_reads_under_way() -> None:
    """Nothing is left behind."""
    shared, source = SharedReads(), Source()
    waiting = asyncio.create_task(shared.get("orders", source.ask))
    await asyncio.sleep(0)
    await shared.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
