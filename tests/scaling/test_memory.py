"""What is remembered stays small, and a clock that goes back frees no window."""

from dataclasses import replace
from typing import Any

import pytest

from controller.scaling.deadline.queue_need import QueueMemory
from controller.scaling.idle_times import IdleGap, NoDispatchWindow
from controller.scaling.memory import MAX_SCALE_ACTIONS, Memory, PastNeed, Recommendation, ScaleAction
from controller.scaling.scale_down.idleness import Heartbeats, Risk
from controller.scaling.scale_history import HistoryEntry
from controller.scaling.slots import TunedSlots

LATER = 100.0
EARLIER = 40.0
MOMENTS = ("busy_at", "blind_since", "unneeded_since", "outlasted_at", "costs_written_at", "awaiting_costs_since")
KINDS = (
    "recommendations",
    "scale_actions",
    "history",
    "past_needs",
    "no_dispatch",
    "idle_gap",
    "slots",
    "risk",
    *MOMENTS,
)


def entry(kind: str, at: float) -> Memory:
    """A memory with one entry."""
    entries: dict[str, Any] = {
        "recommendations": (Recommendation(at, 3),),
        "scale_actions": (ScaleAction(at, 1, 3, "Reason", "message"),),
        "history": (HistoryEntry(at, at, 1, 3, "Reason", "message"),),
        "past_needs": (PastNeed(at, 3, 2),),
        "no_dispatch": NoDispatchWindow(at, at, at),
        "idle_gap": IdleGap(since=at, replicas=3),
        "risk": Risk(0.05, at),
        "slots": {"SLOTS": TunedSlots(5, at, more_since=at, fewer_since=at, ceiling=8, ceiling_at=at)},
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


def test_times_that_servers_gave_stay() -> None:
    """What was counted by readings, and when pods reported, is compared with other times of theirs."""
    read = Memory(
        busy_at=LATER,
        queues={"orders/Activity": QueueMemory(standing_since=LATER)},
        heartbeats=Heartbeats({"worker-0": LATER}),
    )
    assert read.not_after(EARLIER) == replace(read, busy_at=EARLIER)


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
