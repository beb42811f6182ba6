"""The history for people: an hour at least, bursts as one entry, never more than so many."""

from collections.abc import Iterable
from itertools import pairwise

import pytest

from controller.api.model import timestamp
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.scale_history import KEPT_SECONDS, MAX_ENTRIES, MESSAGE_BYTES, History
from tests.scaling.builders import NOW


def history(changes: Iterable[tuple[float, int, int]], by: str | None = None) -> History:
    """Of changes: seconds from the first one, replicas before and after."""
    memory = Memory()
    for seconds, before, after in changes:
        memory = memory.record(ScaleAction(NOW + seconds, before, after, "Backlog", f"{after} are needed.", by))
    return memory.history


def shown(entries: History) -> list[tuple[int, int, int]]:
    """From, to and count."""
    return [(entry.replicas_before, entry.replicas_after, entry.count) for entry in entries]


@pytest.mark.parametrize(
    ("changes", "entries"),
    [
        pytest.param([(0, 0, 1), (5, 1, 4), (65, 4, 9)], [(0, 9, 3)], id="a burst up"),
        pytest.param([(0, 0, 9), (9, 9, 4), (20, 4, 0)], [(0, 9, 1), (9, 0, 2)], id="up, and down"),
        pytest.param([(0, 0, 1), (61, 1, 4)], [(0, 1, 1), (1, 4, 1)], id="with a pause between"),
        pytest.param([(0, 0, 1), (5, 2, 4)], [(0, 1, 1), (2, 4, 1)], id="not where the last one ended"),
        pytest.param([(50 * i, i, i + 1) for i in range(8)], [(0, 7, 7), (7, 8, 1)], id="longer than 300 s"),
    ],
)
def test_what_follows_in_one_direction_is_one_entry(
    changes: list[tuple[float, int, int]], entries: list[tuple[int, int, int]]
) -> None:
    """Within 60 s after the one before, and 300 s after the first."""
    assert shown(history(changes)) == entries


def test_an_entry_has_the_reason_of_the_last_change_and_the_time_of_both() -> None:
    """Why it came to the number at its end, and from when on."""
    (entry,) = history([(0, 0, 1), (5, 1, 4)])
    assert (entry.since, entry.until, entry.message) == (NOW, NOW + 5, "4 are needed.")


def test_what_another_field_manager_does_is_an_entry_of_its_own() -> None:
    """Also in the same direction."""
    memory = Memory().record(ScaleAction(NOW, 1, 3, "Backlog", ""))
    memory = memory.record(ScaleAction(NOW + 5, 3, 5, "ScaledByOther", "", by="kubectl"))
    assert [entry.by for entry in memory.history] == [None, "kubectl"]


@pytest.mark.parametrize("period_seconds", [10, 48, 300])
def test_an_hour_of_any_load_is_there_without_a_gap(period_seconds: int) -> None:
    """Up and down for two hours: from the first entry's number to the last one's, as they follow one another."""
    times = range(0, 7200, period_seconds)
    entries = history((at, i % 2 * 3, 3 - i % 2 * 3) for i, at in enumerate(times))
    assert len(entries) == min(MAX_ENTRIES, len(times))
    assert entries[0].since <= NOW + times[-1] - KEPT_SECONDS or entries[0].since == NOW
    assert all(before.replicas_after == after.replicas_before for before, after in pairwise(entries))
    counted = sum(entry.count for entry in entries)
    assert counted >= KEPT_SECONDS / period_seconds


def test_merged_neighbours_are_alike_in_time() -> None:
    """No entry swallows half the hour while others are single changes."""
    entries = history((at, i % 2 * 3, 3 - i % 2 * 3) for i, at in enumerate(range(0, 3600, 10)))
    assert max(entry.until - entry.since for entry in entries) <= 4 * KEPT_SECONDS / MAX_ENTRIES


def test_old_entries_stay_while_there_is_room() -> None:
    """A pool that scales once a day shows more than an hour."""
    entries = history((86_400 * i, i % 2 * 3, 3 - i % 2 * 3) for i in range(60))
    assert len(entries) == MAX_ENTRIES
    assert entries[0].since == NOW + 20 * 86_400


def test_it_takes_24_kb_at_most() -> None:
    """With every text as long as it can be."""
    action = ScaleAction(NOW, 1000, 999, "A" * 40, "ü" * 1000, "m" * 128)
    entry = action.entry
    assert len(entry.message.encode()) <= MESSAGE_BYTES
    texts = (entry.reason, entry.message, entry.by or "", *(f"{timestamp(NOW).isoformat()}" for _ in range(2)))
    names = '{"time":"","firstTime":"","from":1000,"to":1000,"reason":"","message":"","by":"","count":1000},'
    assert MAX_ENTRIES * (sum(len(text.encode()) for text in texts) + len(names)) <= 24 * 1024
