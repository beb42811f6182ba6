"""How long the longest task runs: the owner's word, what was measured, or nothing."""

import pytest

from controller.scaling.deadline.queue_need import QueueMemory
from controller.scaling.deadline.service_time import Remembered, ServiceTime, Tally
from controller.scaling.deadline.workers import Beat
from controller.scaling.memory import Memory
from controller.scaling.scale_down.longest_task import longest_task, measured_task_seconds
from tests.scaling.builders import spec


@pytest.mark.parametrize(
    ("hint", "mean", "seconds"),
    [(60, None, 60), (60, 90, 60), (60, 91, 182), (None, 15, 30), (None, None, None)],
    ids=["a hint", "a hint that holds", "a hint that does not hold", "twice the mean", "nothing is known"],
)
def test_the_longest_task_is_the_owners_word_or_twice_the_mean(
    hint: float | None, mean: float | None, seconds: float | None
) -> None:
    """A hint that the mean exceeds is no longer believed."""
    longest = longest_task(spec(taskDurationSeconds={} if hint is None else {"max": hint}), mean)
    assert (longest.seconds if longest else None) == seconds


def learned(slot_seconds: float, completions: float, unfinished: int = 0) -> QueueMemory:
    """A queue of which that was learned, with so many tasks under way."""
    reported = Beat("a", 0, unfinished, 100, 7, None, 0)
    tally = Tally(slot_seconds, completions=completions)
    return QueueMemory(service_time=ServiceTime(by_reports=tally, workers={"a": Remembered(reported, 0)}))


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
    """While more tasks run than have ended, their slot-seconds are told of tasks that did not take them."""
    assert measured_task_seconds(Memory(queues={str(i): queue for i, queue in enumerate(queues)})) == seconds
