"""The tests' own way to wait."""

import pytest

from tests.support.waiting import wait_for, wait_for_async


def test_waiting_returns_what_was_waited_for() -> None:
    """The first value that is true."""
    values = iter([0, None, "found"])
    assert wait_for(lambda: next(values), 5, "a value") == "found"


def test_waiting_in_vain_shows_the_last_value() -> None:
    """And what was waited for, and for how long."""
    with pytest.raises(AssertionError, match=r"^waited 0 s for two pods; the last value was \[\]$"):
        wait_for(list, 0, "two pods")


def test_waiting_in_vain_shows_the_last_error() -> None:
    """An error on the way is forgiven, the last one shown."""

    def fail() -> bool:
        raise ValueError("no such pod")

    with pytest.raises(AssertionError, match="waited 0 s for a pod; the last poll failed: no such pod"):
        wait_for(fail, 0, "a pod")


async def test_waiting_for_what_must_be_awaited_does_the_same() -> None:
    """Values and errors."""
    values = iter([0, "found"])

    async def poll() -> object:
        return next(values)

    assert await wait_for_async(poll, 5, "a value") == "found"
    with pytest.raises(AssertionError, match="waited 0 s for nothing; the last poll failed"):
        await wait_for_async(poll, 0, "nothing")
