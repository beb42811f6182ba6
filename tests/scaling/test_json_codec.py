"""What is written as JSON is read back as it was, and what is not understood is refused."""

import json
from typing import Any

import pytest
from hypothesis import given

from controller.scaling.json_codec import CodecError, from_json, to_json
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.observation import Observation
from tests.scaling.builders import LOST, NOW, observation, pod, queue, report
from tests.scaling.strategies import memories, observations

SEEN = observation(queue(3), queue(LOST, name="bills"), replicas=1, pods=(pod(report(1)),))


@given(observations)
def test_an_observation_is_read_back_as_it_was(seen: Observation) -> None:
    """Bit by bit, by way of text."""
    assert from_json(Observation, json.loads(json.dumps(to_json(seen)))) == seen


@given(memories)
def test_a_memory_is_read_back_as_it_was(memory: Memory) -> None:
    """Likewise."""
    assert from_json(Memory, json.loads(json.dumps(to_json(memory)))) == memory


def test_what_has_its_default_takes_no_room() -> None:
    """A record is read by people, too."""
    assert to_json(Memory()) == {}
    assert to_json(ScaleAction(NOW, 1, 2, "Demand", "20 wait.")) == {
        "at": NOW,
        "replicas_before": 1,
        "replicas_after": 2,
        "reason": "Demand",
        "message": "20 wait.",
    }


def _changed(path: str, value: Any) -> Any:
    written: Any = json.loads(json.dumps(to_json(SEEN)))
    *parents, last = path.split(".")
    place = written
    for name in parents:
        place = place[int(name)] if isinstance(place, list) else place[name]
    place[last] = value
    return written


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("colour", "red", "Observation has no field colour"),
        ("pods.0.colour", "red", "pods[0] has no field colour"),
        ("replicas", "three", "replicas must be a whole number, and is 'three'"),
        ("replicas", True, "replicas must be a whole number"),
        ("observed_at", None, "observed_at must be a number"),
        ("pods", {}, "pods must be a list"),
        ("rollout", "fast", "rollout must be one of none, running, stuck"),
        ("pods.0.slots.0.slot_type", "Query", "slot_type must be one of"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(path: str, value: Any, said: str) -> None:
    """It would be lost, or be taken for something else."""
    with pytest.raises(CodecError) as caught:
        from_json(Observation, _changed(path, value))
    assert said in str(caught.value)


def test_a_field_that_is_missing_is_named() -> None:
    """One without a default."""
    with pytest.raises(CodecError, match="missing 1 required positional argument: 'message'"):
        from_json(ScaleAction, {"at": 1.0, "replicas_before": 1, "replicas_after": 2, "reason": "Demand"})
