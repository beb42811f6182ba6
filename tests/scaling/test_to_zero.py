"""When a pool goes to zero after its last task, by what servers and workers tell of it, and when they tell it."""

from math import floor, inf

import pytest

from controller.scaling.decide import decide
from controller.scaling.memory import Memory
from controller.scaling.observation import QueueStatistics
from tests.scaling.builders import NOW, behavior, observation, pod, queue, report, spec, statistics

POOL = spec(
    scaleToZero={"idleSeconds": 30},
    behavior=behavior(scaleDown={"stabilizationWindowSeconds": 0}),
    taskDurationSeconds={"max": 20},
)
PODS = 3


def answered(now: float, dispatched_at: float, cached_for: float) -> QueueStatistics:
    """The server's answer, which may be as old as its cache; its mean covers 30 s and the bucket of 5 s that runs."""
    of = floor((now - NOW) / cached_for) * cached_for + NOW if cached_for else now
    counted = dispatched_at <= of and of - dispatched_at < 30 + (of % 5)
    return statistics(add_rate=0.1 * counted, dispatch_rate=0.1 * counted, read_at=now)


def seconds_to_zero(*, task_seconds: float, heartbeats: float, cached_for: float, poll_seconds: float = 5) -> float:
    """How long after its last dispatch a pool of three goes to zero; the task runs on the last of its pods."""
    memory, dispatched_at = Memory(), NOW + 62
    ended_at = dispatched_at + task_seconds
    for i in range(400):
        now = NOW + 5 + poll_seconds * i
        phases = [heartbeats * (n + 1) / PODS for n in range(PODS)]
        beats = [NOW - phase + floor((now - NOW + phase) / heartbeats) * heartbeats for phase in phases]
        pods = tuple(
            pod(report(int(n == PODS - 1 and dispatched_at <= at < ended_at), reported_at=at), name=f"worker-{n}")
            for n, at in enumerate(beats)
        )
        seen = observation(queue(answered(now, dispatched_at, cached_for)), replicas=PODS, pods=pods, observed_at=now)
        decision = decide(POOL, seen, memory, now)
        memory = decision.memory
        if decision.desired_replicas == 0 and now > dispatched_at:
            return now - dispatched_at
    return inf


@pytest.mark.parametrize("cached_for", [0, 5])
@pytest.mark.parametrize("task_seconds", [0.1, 2, 8])
def test_zero_comes_as_soon_as_the_last_dispatch_is_as_long_ago_as_the_owner_says(
    task_seconds: float, cached_for: float
) -> None:
    """30 s after the dispatch, not 30 s after it has left the server's mean of 30 s; the rest is what answers cost."""
    assert 30 <= seconds_to_zero(task_seconds=task_seconds, heartbeats=10, cached_for=cached_for) <= 45


@pytest.mark.parametrize("heartbeats", [10, 60])
@pytest.mark.parametrize("task_seconds", [61, 200, 333])
def test_zero_never_comes_while_a_task_runs(task_seconds: float, heartbeats: float) -> None:
    """Its end is known with the next report, and idleness counts from the last one that had it."""
    seconds = seconds_to_zero(task_seconds=task_seconds, heartbeats=heartbeats, cached_for=5)
    assert task_seconds < seconds <= task_seconds + heartbeats + 30 + 5


def test_zero_comes_though_polls_are_far_apart() -> None:
    """Their rates leave gaps, in which no task was seen; a report counts that is from since the last gap."""
    assert 30 <= seconds_to_zero(task_seconds=2, heartbeats=10, cached_for=0, poll_seconds=60) <= 130
