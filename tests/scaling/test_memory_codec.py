"""What was learned survives a restart; what cannot be read is forgotten and reported."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from controller.scaling.by_hand import SetByHand
from controller.scaling.deadline.bottleneck import Bottleneck
from controller.scaling.deadline.queue_need import QueueMemory
from controller.scaling.deadline.service_time import ServiceTime, Tally
from controller.scaling.deadline.start_up import StartUp
from controller.scaling.decide import decide
from controller.scaling.decision import Step
from controller.scaling.idle_times import IdleGap
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.memory_codec import VERSION, from_status, to_status
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.slots import TunedSlots
from tests.scaling.builders import NOW, observation, spec
from tests.scaling.strategies import memories

LEARNED = Memory(
    start_up=StartUp(mean_seconds=21.234, node_seconds=0.5, count=20),
    queues={
        "orders/Activity": QueueMemory(
            service_time=ServiceTime(
                by_reports=Tally(1234.5, 25.0, 321.9), by_server=Tally(5, 0, 3), interval_seconds=10.04
            )
        ),
        "orders/Workflow": QueueMemory(bottleneck=Bottleneck(capacity_per_second=98.76)),
    },
)

TALLY = {"slotSeconds": 4.0, "doubtSlotSeconds": 0.0, "completions": 1.0}
BROKEN: dict[str, Any] = {"byReports": {**TALLY, "intervalSeconds": 10.0}, "byServer": TALLY}
"""A queue, of which a test breaks something."""


def test_it_is_written_with_three_digits() -> None:
    """Small, readable, and the same until something changes by more than a thousandth."""
    empty = {"slotSeconds": 0.0, "doubtSlotSeconds": 0.0, "completions": 0.0}
    assert to_status(LEARNED) == {
        "version": 2,
        "startUp": {"meanSeconds": 21.2, "nodeSeconds": 0.5, "count": 20},
        "queues": {
            "orders/Activity": {
                "byReports": {
                    "slotSeconds": 1230.0,
                    "doubtSlotSeconds": 5.0,
                    "completions": 322.0,
                    "intervalSeconds": 10.0,
                },
                "byServer": {"slotSeconds": 5.0, "doubtSlotSeconds": 0.0, "completions": 3.0},
            },
            "orders/Workflow": {
                "byReports": {**empty, "intervalSeconds": 0.0},
                "byServer": empty,
                "capacityPerSecond": 98.8,
            },
        },
    }


def test_it_is_read_back() -> None:
    """Service time, start-up time and capacity; no window and no count."""
    read = from_status(to_status(LEARNED))
    assert read.start_up == StartUp(mean_seconds=21.2, node_seconds=0.5, count=20)
    assert read.queues["orders/Activity"].service_time == ServiceTime(
        by_reports=Tally(1230, 25, 322), by_server=Tally(5, 0, 3), interval_seconds=10
    )
    assert read.queues["orders/Workflow"].bottleneck.capacity_per_second == 98.8
    assert (read.past_needs, read.recommendations, read.forgotten) == ((), (), None)


def test_scale_actions_of_the_last_hour_are_read_back_one_by_one() -> None:
    """To the second, with who made them; their words are in `status.scaleActions`."""
    actions = (
        ScaleAction(NOW - 3600, 9, 1, "Kept", "too long ago"),
        ScaleAction(NOW - 29.4, 1, 3, "Woken", "20 tasks wait."),
        ScaleAction(NOW, 3, 1, "ScaledByOther", "kubectl scaled 3 → 1.", by="kubectl"),
    )
    read = from_status(json.loads(json.dumps(to_status(Memory(scale_actions=actions)))))
    assert read.scale_actions == (ScaleAction(NOW - 30, 1, 3, "", ""), ScaleAction(NOW, 3, 1, "", "", by="kubectl"))


def test_scale_actions_take_3_kb_at_most() -> None:
    """Of a pool that scales every 5 s, those of the last 10 minutes."""
    actions = tuple(ScaleAction(NOW + 5 * i, i % 900, 999, "Reason", "message") for i in range(360))
    written = to_status(Memory(scale_actions=actions))["scaleActions"]
    assert len(json.dumps(written, separators=(",", ":"))) < 3072
    assert [action.at for action in from_status({"version": VERSION, "scaleActions": written}).scale_actions] == [
        action.at for action in actions[-120:]
    ]


@pytest.mark.parametrize("broken", ["many", [3], [[NOW, 1]], [[NOW, 1, "3"]], [[NOW, 1, 3, 5]], [[NOW, 1, 2, "a", 5]]])
def test_scale_actions_that_cannot_be_read_are_forgotten(broken: object) -> None:
    """And named."""
    read = from_status({"version": VERSION, "scaleActions": broken})
    assert read.scale_actions == ()
    assert "scaleActions" in (read.forgotten or "")


def test_slots_that_are_tuned_are_read_back() -> None:
    """What was chosen, when it was changed, and what did not help or fit; what speaks for a change is seen anew."""
    tuned = TunedSlots(
        value=15,
        changed_at=1_795_544_466.4,
        chosen=15,
        more_since=NOW,
        fewer_since=NOW,
        raised_from=10,
        rate_before=1.23456,
        ceiling=30,
        ceiling_at=1_795_500_000.0,
    )
    read = from_status(json.loads(json.dumps(to_status(Memory(slots={"SLOTS": tuned})))))
    kept = replace(tuned, changed_at=1_795_544_466.0, more_since=None, fewer_since=None, rate_before=1.23)
    assert read.slots == {"SLOTS": kept}


def test_slots_that_were_never_changed_are_written_in_one_word() -> None:
    """What was not raised has no rate before it, and what never ran out of memory no ceiling."""
    written = to_status(Memory(slots={"SLOTS": TunedSlots(value=1)}))
    assert written["slots"] == {"SLOTS": {"value": 1}}
    assert from_status(written).slots == {"SLOTS": TunedSlots(value=1)}


def test_the_last_idle_gap_is_read_back_and_one_that_lasts_is_not() -> None:
    """The replicas that are there at the first pass count as just needed, so that no gap is under way."""
    read = from_status(to_status(Memory(idle_gap=IdleGap(since=NOW, replicas=4, seconds=300.4))))
    assert read.idle_gap == IdleGap(seconds=300.0)
    assert "lullSeconds" not in to_status(Memory(idle_gap=IdleGap(since=NOW, replicas=4)))


def test_a_known_limit_is_read_back_with_its_time_to_the_minute() -> None:
    """Where it is in force its time changes at each poll, which causes no write."""
    limited = Bottleneck(limit_per_second=10.04, limited_at=1_795_544_466.4)
    written = to_status(Memory(queues={"orders/Activity": QueueMemory(bottleneck=limited)}))
    assert written["queues"]["orders/Activity"].keys() == {"byReports", "byServer", "limitPerSecond", "limitedAt"}
    read = from_status(json.loads(json.dumps(written))).queues["orders/Activity"].bottleneck
    assert read == Bottleneck(limit_per_second=10.0, limited_at=1_795_544_460.0)


def test_a_number_that_is_none_is_named() -> None:
    """So that one sees what was wrong."""
    broken = to_status(LEARNED) | {"queues": {"a": BROKEN | {"byServer": TALLY | {"slotSeconds": "many"}}}}
    forgotten = from_status(broken).forgotten
    assert forgotten is not None
    assert "'many' is no number of seconds or tasks" in forgotten


@given(memories)
def test_writing_and_reading_is_a_round_trip(memory: Memory) -> None:
    """Of any memory, through JSON, without a change after the first writing."""
    written = json.loads(json.dumps(to_status(memory)))
    read = from_status(written)
    assert read.forgotten is None
    assert to_status(read) == written


@pytest.mark.parametrize("broken", [{}, [], "memory", {"version": "2"}])
def test_what_is_no_memory_is_forgotten_with_a_reason(broken: Any) -> None:
    """The first decision says it, the second one no more."""
    memory = from_status(broken)
    assert memory.forgotten is not None
    assert memory == Memory(forgotten=memory.forgotten)
    decision = decide(spec(), observation(), memory, NOW)
    assert decision.steps[0] == Step(Rule.MEMORY, StepReason.FORGOTTEN, memory.forgotten, 0, 0)
    assert decide(spec(), observation(), decision.memory, NOW).steps[0].reason != StepReason.FORGOTTEN


@pytest.mark.parametrize(
    "broken",
    [
        to_status(LEARNED) | {"queues": {"a": BROKEN | {"byServer": TALLY | {"slotSeconds": "many"}}}},
        to_status(LEARNED) | {"queues": {"a": BROKEN | {"byServer": TALLY | {"slotSeconds": -1}}}},
        to_status(LEARNED) | {"queues": {"a": BROKEN | {"byServer": TALLY | {"slotSeconds": True}}}},
        to_status(LEARNED) | {"queues": {"a": BROKEN | {"byServer": TALLY | {"slotSeconds": float("nan")}}}},
        to_status(LEARNED) | {"queues": ["a"]},
        to_status(LEARNED) | {"slots": {"SLOTS": {"value": "many"}}},
        to_status(LEARNED) | {"slots": ["SLOTS"]},
        to_status(LEARNED) | {"lullSeconds": -300},
    ],
)
def test_of_what_is_corrupt_the_rest_is_kept(broken: dict[str, Any]) -> None:
    """The part is named, with what is wrong."""
    memory, whole = from_status(broken), from_status(to_status(LEARNED))
    (part,) = (name for name in broken if broken[name] != to_status(LEARNED).get(name))
    assert memory.forgotten is not None
    assert f"{part}" in memory.forgotten
    fields = {"startUp": "start_up", "queues": "queues", "slots": "slots", "lullSeconds": "idle_gap"}
    assert {name: getattr(memory, attribute) for name, attribute in fields.items() if name != part} == {
        name: getattr(whole, attribute) for name, attribute in fields.items() if name != part
    }


def test_another_version_is_forgotten_with_a_reason() -> None:
    """Written by an operator of another version."""
    memory = from_status(to_status(LEARNED) | {"version": 1})
    assert memory.forgotten is not None
    assert "version 1, not 2" in memory.forgotten
    assert memory == Memory(forgotten=memory.forgotten)


def test_of_many_parts_that_are_corrupt_the_first_are_named_and_the_rest_is_counted() -> None:
    """48 queues with long names fit into no message."""
    queues = {f"{number}-{'x' * 1000}": {"byReports": 1} for number in range(48)}
    forgotten = from_status({"version": VERSION, "queues": queues}).forgotten
    assert forgotten is not None
    assert len(forgotten) < 600
    assert "queues.0-xxx" in forgotten
    assert forgotten.endswith(" more.")


def test_a_part_that_is_absent_is_no_loss() -> None:
    """Nothing was learned of it."""
    assert from_status({"version": VERSION}) == Memory()
    assert from_status({"version": VERSION, "startUp": None, "queues": {}}) == Memory()


def test_nothing_written_is_nothing_to_report() -> None:
    """A new pool has no memory, and that is no loss."""
    assert from_status(None) == Memory()


def test_the_revision_is_kept_with_what_was_learned_from_it() -> None:
    """Across a restart a rollout is noticed by it; without a start that was learned it would be a write for nothing."""
    learned = Memory(start_up=StartUp(mean_seconds=4.0, count=2), revision="7")
    assert from_status(to_status(learned)).revision == "7"
    assert "revision" not in to_status(Memory(revision="7"))
    assert from_status(to_status(learned) | {"revision": 7}).revision is None


def test_what_people_set_survives_a_restart_so_that_its_grace_does() -> None:
    """With times in whole seconds; one entry that can't be read costs no other memory."""
    by_hand = (SetByHand(NOW - 3600, 2, "k9s"), SetByHand(NOW, 0, "kubectl-scale"))
    stored = json.loads(json.dumps(to_status(replace(LEARNED, by_hand=by_hand))))
    assert stored["setByHand"] == [[NOW - 3600, 2, "k9s"], [NOW, 0, "kubectl-scale"]]
    assert from_status(stored).by_hand == by_hand
    for odd in ("x", [1], [[1, 2]], [[1, 2, 3]], [["x", 2, "k9s"]], [[1, -2, "k9s"]]):
        memory = from_status(stored | {"setByHand": odd})
        assert memory.by_hand == ()
        assert memory.forgotten
        assert memory.start_up.count == LEARNED.start_up.count
