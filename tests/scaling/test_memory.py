"""What is remembered stays small, and a clock that goes back frees no window."""

from dataclasses import replace
from typing import Any

import pytest

from controller.scaling.lull import Lull
from controller.scaling.memory import MAX_SCALE_ACTIONS, Memory, Recommendation, ScaleAction, Wanted
from controller.scaling.quiet import Quiet
from controller.scaling.slots.tuned_slots import TunedSlots

LATER = 100.0
EARLIER = 40.0
MOMENTS = ("busy_at", "blind_since", "unneeded_since", "outlasted_at", "marked_at", "marking_since")
KINDS = ("recommendations", "scale_actions", "wanted", "quiet", "lull", "slots", *MOMENTS)


def entry(kind: str, at: float) -> Memory:
    """A memory with one entry."""
    entries: dict[str, Any] = {
        "recommendations": (Recommendation(at, 3),),
        "scale_actions": (ScaleAction(at, 1, 3, "Reason", "message"),),
        "wanted": (Wanted(at, 3, 2),),
        "quiet": Quiet(at, at, at),
        "lull": Lull(since=at, replicas=3),
        "slots": {"SLOTS": TunedSlots(value=5, changed_at=at)},
    }
    return Memory(**{kind: entries.get(kind, at)})


@pytest.mark.parametrize("kind", KINDS)
def test_what_lies_after_now_counts_as_now(kind: str) -> None:
    """Each kind of time, and nothing else of the entry."""
    assert entry(kind, LATER).not_after(EARLIER) == entry(kind, EARLIER)


@pytest.mark.parametrize("kind", KINDS)
def test_what_lies_before_now_stays(kind: str) -> None:
    """Also beside something that lies after it."""
    other = "busy_at" if kind != "busy_at" else "blind_since"
    late: dict[str, Any] = {other: LATER}
    both = replace(entry(kind, EARLIER), **late)
    after = both.not_after(60)
    assert getattr(after, kind) == getattr(entry(kind, EARLIER), kind)
    assert getattr(after, other) == 60
    assert entry(kind, EARLIER).not_after(EARLIER) == entry(kind, EARLIER)


def test_recommendations_older_than_their_window_go() -> None:
    """The window's edge goes too."""
    memory = Memory()
    for at in (0, 10, 20):
        memory = memory.recommend(at, at, keep_seconds=20)
    assert memory.recommendations == (Recommendation(10, 10), Recommendation(20, 20))


def test_scale_actions_are_bounded() -> None:
    """The oldest go first."""
    memory = Memory()
    for at in range(MAX_SCALE_ACTIONS + 5):
        memory = memory.record(ScaleAction(at, at, at + 1, "Reason", "message"))
    assert [action.at for action in memory.scale_actions] == list(range(5, MAX_SCALE_ACTIONS + 5))
