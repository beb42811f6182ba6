"""The decision on what was to be seen in recorded runs, in which an earlier one broke its word.

The replicas are those that were there then, so each pass stands for itself: is this order right for this sight?
"""

from functools import cache

import pytest

from controller.scaling.reasons import Rule, StepReason
from tests.scaling.recorded import NAMES, OBJECTIVE_SECONDS, SLOTS, Recording
from tests.scaling.recorded_observations import Pass, decided

CACHE_SECONDS = 6.0
"""So old an answer of the server may be: what came since is unknown."""

TASK_SECONDS = {name: 60.0 if name == "long-tasks" else 2.0 for name in NAMES}

MEASURED_AFTER_SECONDS = 30.0
"""So long after the first tasks ended their duration has to be known."""


@cache
def passes(name: str, objective_seconds: float | None = None, pause_seconds: float | None = None) -> tuple[Pass, ...]:
    """All passes over a run."""
    return tuple(decided(name, objective_seconds, pause_seconds))


def running_for_long(name: str, now: float) -> int:
    """Tasks that run, and began so long ago that a poll could know it."""
    attempts = (attempt for task in Recording.load(name).tasks for attempt in task.attempts)
    return sum(attempt.started_at <= now - CACHE_SECONDS and now < attempt.ended_at for attempt in attempts)


def most_ordered(name: str, start: float, end: float) -> int:
    """The most replicas that are ordered between two times."""
    return max(p.decision.desired_replicas for p in passes(name) if start <= p.at <= end)


@pytest.mark.parametrize("name", NAMES)
def test_no_order_is_below_what_busy_slots_fill(name: str) -> None:
    """By what truly ran, which the decision has to infer, as far as anybody could know."""
    for p in passes(name):
        if p.decision.desired_replicas < p.replicas:
            assert p.decision.desired_replicas * SLOTS >= running_for_long(name, p.at), p.at


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_scaled_to_zero_while_anything_runs_or_waits(name: str) -> None:
    """Except for what came too late for anybody to know."""
    for p in passes(name):
        if p.replicas and not p.decision.desired_replicas:
            assert not running_for_long(name, p.at), p.at
            assert not [since for since in p.waiting_since if since <= p.at - CACHE_SECONDS], p.at


@pytest.mark.parametrize("name", NAMES)
def test_a_pool_goes_to_zero_once_nothing_was_dispatched_for_its_idle_seconds(name: str) -> None:
    """30 s without a dispatch, 10 s to see them, and a keep time: the replicas were those of the run."""
    recording = Recording.load(name)
    last = max(attempt.ended_at for task in recording.tasks for attempt in task.attempts)
    first = next(p.at for p in passes(name) if p.at > last and not p.decision.desired_replicas)
    assert first <= last + 70


@pytest.mark.parametrize("begin", [0.0, 120.0, 240.0])
def test_each_burst_gets_enough_replicas_within_twelve_seconds(begin: float) -> None:
    """200 tasks of 2 s that come again: recorded were 7, 1 and 5. What the server said was up to 6 s old."""
    assert most_ordered("bursts-that-come-again", begin, begin + 12) >= 10


@pytest.mark.parametrize("name", ["burst-from-zero", "burst-shorter-objective"])
def test_a_burst_gets_enough_replicas_within_ten_seconds(name: str) -> None:
    """400 tasks of 2 s: recorded were 12, and 5 with a shorter objective."""
    assert most_ordered(name, 0, 10) >= 15


def test_long_tasks_get_a_slot_each_as_soon_as_they_are_known_to_be_long() -> None:
    """42 tasks of 60 s, of which the first have run for 12 s: recorded were 5, and 12 after 36 s."""
    assert most_ordered("long-tasks", 0, 28) * SLOTS >= 42


@pytest.mark.parametrize("name", NAMES)
def test_a_shorter_objective_gets_no_fewer_replicas(name: str) -> None:
    """At any pass at which tasks wait."""
    for short, long in zip(passes(name, 5, 5), passes(name, 15, 5), strict=True):
        assert short.at == long.at
        if long.waiting_since:
            assert short.decision.desired_replicas >= long.decision.desired_replicas, short.at


@pytest.mark.parametrize("name", NAMES)
def test_the_duration_of_tasks_is_known_half_a_minute_after_the_first_ended(name: str) -> None:
    """Between 0.7 and 1.6 times as long: statistics were up to 6 s and reports up to 10 s old."""
    first = min(attempt.ended_at for task in Recording.load(name).tasks for attempt in task.attempts)
    for p in passes(name):
        if p.at >= first + MEASURED_AFTER_SECONDS and p.decision.need is not None:
            assert 0.7 <= p.decision.need.service_seconds / TASK_SECONDS[name] <= 1.6, p.at


@pytest.mark.parametrize("name", NAMES)
def test_tasks_are_never_taken_for_a_third_of_what_they_are_once_they_are_measured(name: str) -> None:
    """Which would order far too little."""
    for p in passes(name):
        if p.decision.need is not None and not p.decision.need.unmeasured and not p.decision.need.assumed:
            assert p.decision.need.service_seconds >= TASK_SECONDS[name] / 3, p.at


@pytest.mark.parametrize("name", NAMES)
def test_the_next_pass_is_soon_while_tasks_wait(name: str) -> None:
    """As often as the server renews what it answers, for an objective of seconds."""
    for p in passes(name):
        known = [since for since in p.waiting_since if since <= p.at - CACHE_SECONDS]
        if known and OBJECTIVE_SECONDS[name] <= 15:
            assert p.decision.next_poll_seconds is not None, p.at
            assert p.decision.next_poll_seconds <= 6, p.at


def test_no_pod_may_be_stopped_that_runs_a_task_which_does_not_fit_its_grace_period() -> None:
    """60 s do not fit 30 s: once that can be known, only idle pods may go."""
    for p in passes("long-tasks"):
        if p.at > 50 and p.decision.desired_replicas < p.replicas:
            step = p.decision.step(Rule.DISRUPTION)
            assert step, p.at
            assert step.reason in {StepReason.IDLE_ONLY, StepReason.REPLICAS_BUSY, StepReason.MARKING}, p.at
