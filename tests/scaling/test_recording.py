"""A replay of a recording decides as the operator did, bit by bit, or says what it can't read."""

import json
from typing import Any

import pytest

from controller.api.overrides import FixedReplicas, Overrides
from controller.scaling.decide import decide
from controller.scaling.decision import Situation
from controller.scaling.memory import Memory
from controller.scaling.recording import (
    Change,
    RecordingError,
    essence,
    memory_line,
    poll_line,
    replay,
    spec_line,
    start_line,
)
from tests.scaling.builders import NOW, observation, queue, spec
from tests.scaling.recorded_policy import recorded


def _poll(replicas: int = 1, now: float = NOW, memory: Memory | None = None, **changes: Any) -> str:
    pool, before = spec(**changes), memory or Memory()
    seen = observation(queue(30), replicas=replicas, observed_at=now)
    return poll_line(Situation(pool, seen, before, now), decide(pool, seen, before, now), None)


START = start_line("prod/orders", spec(), Memory())


@pytest.mark.parametrize("name", ["bursts-again", "real-burst"])
def test_the_same_settings_give_the_same_decisions(name: str) -> None:
    """Each step of each decision, from the first poll to the last."""
    replays = list(replay(recorded(name)))
    assert len(replays) == len(recorded(name)) - 1
    assert all(replayed.is_same for replayed in replays)
    assert {replayed.decision.desired_replicas for replayed in replays} > {0}


def test_other_settings_give_other_decisions() -> None:
    """Fewer replicas are allowed: never more, and now and then fewer than were decided."""
    change = Change(fields=(("maxReplicas", 3),))
    replays = list(replay(recorded("bursts-again"), change))
    assert max(replayed.recorded for replayed in replays) > 3
    assert not all(replayed.is_same for replayed in replays)


def test_a_changed_spec_is_followed() -> None:
    """As it was changed while it was recorded."""
    first, second = decide(spec(), observation(queue(30), replicas=1), Memory(), NOW), spec(maxReplicas=2)
    lines = [START, _poll(), spec_line(second), _poll(1, NOW + 15, first.memory, maxReplicas=2)]
    assert [replayed.decision.desired_replicas for replayed in replay(lines)][-1] <= 2
    assert all(replayed.is_same for replayed in replay(lines))


def test_a_memory_that_was_changed_from_outside_is_followed() -> None:
    """A clock was set, for example."""
    shifted = decide(spec(), observation(queue(30), replicas=1), Memory(), NOW).memory.shifted(-1200)
    lines = [START, _poll(), memory_line(shifted), _poll(1, NOW - 1185, shifted)]
    assert all(replayed.is_same for replayed in replay(lines))


def test_what_an_annotation_said_is_followed() -> None:
    """An on-call engineer gave the number."""
    overrides = Overrides(fixed=FixedReplicas(7, NOW + 60))
    seen, pool = observation(queue(30), replicas=1), spec()
    decision = decide(pool, seen, Memory(), NOW, overrides)
    line = poll_line(Situation(pool, seen, Memory(), NOW, overrides=overrides), decision, None)
    (replayed,) = replay([START, line])
    assert (replayed.is_same, replayed.decision.desired_replicas) == (True, 7)


def test_the_essence_of_a_decision_has_no_words() -> None:
    """They are made better all the time, which makes no other decision."""
    decision = decide(spec(), observation(queue(30), replicas=1), Memory(), NOW)
    assert all(isinstance(after, int) for _, _, after in essence(decision))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["{"], "line 1: not JSON"),
        (["[]"], "line 1: kind must be one of start, spec, memory, poll"),
        ([START, '{"kind": "poll"}'], "line 2: a line of kind poll needs the field observation"),
        ([_poll()], "line 1: a poll needs a line of kind start before it"),
        ([START.replace('"version":2', '"version":9')], "line 1: it is of version 9, and 2 is understood"),
        ([START.replace('"pool":', '"colour":1,"pool":')], "line 1: a line of kind start has no field colour"),
        ([START.replace('"maxReplicas":20', '"maxReplicas":"x"')], "line 1: spec.maxReplicas: "),
        ([START, _poll().replace('"replicas":1', '"replicas":"x"')], "line 2: observation.replicas must be a whole"),
        ([START, _poll().replace('"observed_at"', '"colour"')], "line 2: observation has no field colour"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(lines: list[str], said: str) -> None:
    """With its number, in one line."""
    with pytest.raises(RecordingError) as caught:
        list(replay(lines))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("colour", "red", "spec.colour is no field of a pool"),
        ("objective.colour", 1, "spec.objective.colour is no field of a pool"),
        ("maxReplicas", "many", "spec.maxReplicas: "),
        ("maxReplicas.deep", 1, "spec.maxReplicas.deep is no field of a pool"),
        ("taskQueues.7.name", "x", "spec.taskQueues.7.name: 7 is none of the 1 items"),
    ],
)
def test_a_setting_that_a_pool_does_not_have_is_refused(path: str, value: object, said: str) -> None:
    """A slip would else show the recorded settings as other ones."""
    with pytest.raises(RecordingError) as caught:
        Change(fields=((path, value),)).apply(spec())
    assert said in str(caught.value)


def test_a_setting_reaches_into_lists_and_replaces_whole_parts() -> None:
    """By number, as with other tools; null takes a field away."""
    change = Change(fields=(("taskQueues.0.tasks.0.slots", 3), ("objective", {"scheduleToStartSeconds": 5})))
    changed = change.apply(spec())
    assert changed.task_queues[0].tasks[0].slots == 3
    assert changed.objective.schedule_to_start_seconds == 5
    assert changed.objective.backlog_per_replica is None


def test_a_recording_can_be_read_by_other_programs() -> None:
    """A JSON object a line."""
    assert {json.loads(line)["kind"] for line in recorded("real-burst")} == {"start", "poll"}
