"""What is left of a build."""

import os

import pytest

from localcluster.progress import duration, seconds_left

EXPECTED = {"first": 100.0, "second": 50.0, "third": 10.0}


@pytest.mark.parametrize(("seconds", "said"), [(0, "0 s"), (59.4, "59 s"), (60, "1 min 0 s"), (221, "3 min 41 s")])
def test_says_durations_as_a_person_does(seconds: float, said: str) -> None:
    """Minutes and seconds."""
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("done", "current", "current_seconds", "left"),
    [
        pytest.param({}, "first", 40, 120, id="nothing done: the measured times"),  # 60 + 50 + 10
        pytest.param({"first": 200}, "second", 20, 100, id="half as fast as measured"),  # 80 + 20
        pytest.param({"first": 100}, "second", 70, 10, id="a step that takes too long counts as nearly done"),  # 0 + 10
        pytest.param({"first": 100, "second": 50}, "third", 4, 6, id="the last step"),
    ],
)
def test_what_is_left_follows_the_pace_so_far(
    monkeypatch: pytest.MonkeyPatch, done: dict[str, float], current: str, current_seconds: float, left: float
) -> None:
    """On a machine with 2 cores, as the one that was measured."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert seconds_left(EXPECTED, done, current, current_seconds) == pytest.approx(left)
