"""Text in bounded memory."""

import random

from controller.page.text_log import TAIL_BYTES, TextLog

LIMIT = 8000


def _filled(count: int) -> TextLog:
    log, chance = TextLog(LIMIT), random.Random(1)
    for at in range(count):
        log.add(at, {"n": at, "text": f"{chance.random()} of {chance.random()} tasks wait"})
    return log


def _size(log: TextLog) -> int:
    return sum(len(block.data) for block in log._blocks) + len(log._tail)


def test_the_last_entries_are_there_in_order() -> None:
    """Whether compressed or not."""
    kept = [entry.content["n"] for entry in _filled(2000)]
    assert 100 < len(kept) < 2000
    assert kept == list(range(2000 - len(kept), 2000))


def test_no_more_memory_is_taken_than_was_said() -> None:
    """The text that is not compressed yet included."""
    assert max(_size(_filled(count)) for count in range(0, 2000, 97)) <= LIMIT + TAIL_BYTES


def test_one_entry_larger_than_everything_is_dropped() -> None:
    """It must not push the limit."""
    log = _filled(10)
    log.add(11, random.Random(1).randbytes(3 * LIMIT).hex())
    assert _size(log) == 0


def test_the_entry_of_a_moment_comes_with_the_one_after_it() -> None:
    """Between two the earlier one counts; before the first there is none."""
    log = _filled(300)
    for at in (150, 299):
        entry, after = log.around(at + 0.5)
        assert (entry and entry.at, after and after.at) == (at, at + 1 if at < 299 else None)
    assert log.around(-1)[0] is None
