"""Whether a busy pod may be asked to stop, where no deletion costs say which pods go."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.deadline.queue_need import QueueMemory
from controller.scaling.deadline.service_time import ServiceTime, Tally
from controller.scaling.deadline.workers import LastReport, WorkerReport
from controller.scaling.decision import Proposal, Situation
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.reasons import StepReason
from controller.scaling.scale_down.disruption import disruption
from controller.scaling.scale_down.grace import longest_task, measured_task_seconds
from tests.scaling.builders import NOW, need, observation, pod, pods, report, spec


@pytest.mark.parametrize(
    ("hint", "mean", "seconds"),
    [(60, None, 60), (60, 90, 60), (60, 91, 182), (None, 15, 30), (None, None, None)],
    ids=["a maximum", "a maximum that holds", "a maximum that does not hold", "twice the mean", "nothing is known"],
)
def test_the_longest_task_is_the_configured_maximum_or_twice_the_mean(
    hint: float | None, mean: float | None, seconds: float | None
) -> None:
    """A maximum that the mean far exceeds counts no more."""
    longest = longest_task(spec(taskDurationSeconds={} if hint is None else {"max": hint}), mean)
    assert (longest.seconds if longest else None) == seconds


def learned(slot_seconds: float, completions: float, unfinished: int = 0) -> QueueMemory:
    """A queue of which that was learned, with so many tasks under way."""
    reported = WorkerReport("a", 0, unfinished, 100, 7, None, 0)
    tally = Tally(slot_seconds, completions=completions)
    return QueueMemory(service_time=ServiceTime(by_reports=tally, workers={"a": LastReport(reported, 0)}))


@pytest.mark.parametrize(
    ("queues", "seconds"),
    [
        ([learned(40, 4), learned(60, 2)], 30),
        ([learned(40, 4), learned(60, 0.5)], 10),
        ([learned(40, 1, unfinished=1)], 40),
        ([learned(40, 4, unfinished=4)], 10),
        ([learned(40, 4, unfinished=5)], None),
        ([], None),
    ],
    ids=[
        "the slowest kind",
        "less than one task ended",
        "one ended and one runs",
        "of several, as many ended as run",
        "fewer ended than run",
        "nothing was learned",
    ],
)
def test_what_was_measured_is_the_slowest_kind_of_task(queues: list[QueueMemory], seconds: float | None) -> None:
    """While more tasks run than have ended, their slot-seconds are of tasks that did not take them."""
    assert measured_task_seconds(Memory(queues={str(i): queue for i, queue in enumerate(queues)})) == seconds


DRAINING = (*pods(2), pod(report(1), name="drains", terminating=True))


def lowered(
    service_seconds: float = 4,
    *,
    grace: float | None = None,
    pool: TemporalWorkerPoolSpec | None = None,
    memory: Memory | None = None,
    draining: bool = False,
    unmeasured: bool = False,
) -> Proposal:
    """Three replicas become two."""
    seen = observation(replicas=3, pods=DRAINING if draining else pods(3))
    situation = Situation(pool or spec(), replace(seen, grace_seconds=grace), memory or Memory(), NOW)
    found = need(service_seconds=service_seconds, unmeasured=unmeasured)
    return disruption(situation, Proposal(2, situation.memory, need=found))


def removed(seconds_ago: float) -> Memory:
    """A replica was removed some seconds ago."""
    return Memory(scale_actions=(ScaleAction(NOW - seconds_ago, 4, 3, "", ""),))


def test_short_tasks_end_within_the_grace_period() -> None:
    """Kubernetes gives 30 s where nothing is set; twice the mean fits."""
    assert lowered(15).steps[-1].reason == StepReason.LEAST_USED


def test_where_nothing_is_known_of_tasks_nothing_says_that_they_take_longer() -> None:
    """No queue was read, and the number was lowered all the same."""
    situation = Situation(spec(), observation(replicas=3, pods=pods(3)), Memory(), NOW)
    assert disruption(situation, Proposal(2, Memory())).steps[-1].reason == StepReason.LEAST_USED


OUTLASTED = "pods that drained lately ran tasks for longer"


@pytest.mark.parametrize(
    ("lower", "why"),
    [
        (
            partial(lowered, 15.1),
            "up to 30.2 s, and the termination grace period is 30 s",
        ),
        (
            partial(lowered, 31, grace=60),
            "up to 62 s, and the termination grace period is 60 s",
        ),
        (
            partial(lowered, pool=spec(taskDurationSeconds={"max": 31})),
            "taskDurationSeconds.max is 31 s, and the termination grace period is 30 s",
        ),
        (
            partial(lowered, 31, pool=spec(taskDurationSeconds={"max": 16})),
            "up to 62 s, and the termination grace period is 30 s",
        ),
        (
            partial(lowered, unmeasured=True),
            "too few tasks have ended",
        ),
        (partial(lowered, memory=replace(removed(100), outlasted_at=NOW - 1199)), OUTLASTED),
        (partial(lowered, memory=removed(15), draining=True), OUTLASTED),
        (partial(lowered, memory=removed(20), draining=True, pool=spec(taskDurationSeconds={"max": 20})), OUTLASTED),
        (partial(lowered, pool=spec(disruption="IdleOnly")), "disruption is IdleOnly"),
    ],
    ids=[
        "longer tasks",
        "a longer grace period",
        "a configured maximum",
        "a maximum that does not hold",
        "nothing was measured",
        "a drain that was seen",
        "a drain that is seen",
        "a drain that takes longer than the maximum",
        "disruption says so",
    ],
)
def test_long_tasks_are_not_asked_to_stop(lower: Callable[[], Proposal], why: str) -> None:
    """Only idle pods may go, and the message says why."""
    proposal = lower()
    assert proposal.steps[-1].reason == StepReason.IDLE_ONLY
    assert why in proposal.steps[-1].message


@pytest.mark.parametrize(
    "lower",
    [
        partial(lowered, grace=60, service_seconds=30),
        partial(lowered, memory=removed(14.9), draining=True),
        partial(lowered, memory=removed(19.9), draining=True, pool=spec(taskDurationSeconds={"max": 20})),
        partial(lowered, memory=Memory(outlasted_at=NOW - 1200)),
        partial(lowered, draining=True),
        partial(lowered, unmeasured=True, pool=spec(taskDurationSeconds={"max": 20})),
    ],
    ids=[
        "within half of it",
        "a drain that has time left",
        "a drain that the maximum allows for",
        "a drain of long ago",
        "a drain without a scale-down",
        "nothing was measured, but a maximum is configured",
    ],
)
def test_else_the_least_used_may_go(lower: Callable[[], Proposal]) -> None:
    """Nothing says that a task would be cut short."""
    assert lower().steps[-1].reason == StepReason.LEAST_USED


def test_a_slow_drain_is_remembered() -> None:
    """It counts for the next twenty minutes."""
    assert lowered(memory=removed(15), draining=True).memory.outlasted_at == NOW


def test_nothing_is_said_when_no_pod_goes() -> None:
    """The question arises only when the number is lowered."""
    situation = Situation(spec(), observation(replicas=2, pods=pods(2)), Memory(), NOW)
    assert disruption(situation, Proposal(2, Memory())).steps == ()
