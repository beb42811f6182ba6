"""How long nothing was handed to a worker, as far as the server's rates tell."""

from dataclasses import replace

import pytest

from controller.scaling.observation import QueueStatistics, Unknown
from controller.scaling.quiet import Quiet
from tests.scaling.builders import LOST, NOW, observation, queue, statistics

LONG = Quiet(NOW - 500, NOW - 10, NOW - 500)


@pytest.mark.parametrize(
    "read",
    [
        LOST,
        statistics(dispatch_rate=0.1),
        statistics(add_rate=0.1),
        statistics(1, age_seconds=0.5),
        replace(statistics(), rates_young=True),
    ],
    ids=["not read", "tasks were dispatched", "tasks were added", "a task waits", "rates that are too young"],
)
def test_a_queue_that_may_have_given_tasks_ends_the_quiet_time(read: QueueStatistics | Unknown) -> None:
    """What was reported before says nothing of now, whatever the other queues say."""
    both = observation(queue(), queue(read, name="bills"))
    assert Quiet.after(LONG, both, NOW) == Quiet(NOW, NOW, NOW)


@pytest.mark.parametrize(
    ("before", "since", "dispatched_at"),
    [
        (None, NOW - 30, NOW - 30),
        (LONG, NOW - 500, NOW - 500),
        (Quiet(NOW - 500, NOW - 30, NOW - 500), NOW - 500, NOW - 500),
        (Quiet(NOW - 500, NOW - 31, NOW - 500), NOW - 30, NOW - 500),
        (Quiet(NOW - 15, NOW - 15, NOW - 15), NOW - 30, NOW - 30),
        (Quiet(NOW - 60, NOW - 60, NOW - 60), NOW - 30, NOW - 60),
    ],
    ids=[
        "the first poll",
        "polled in time",
        "the rate reaches back to the end of what is certain",
        "a gap between the polls: reports from before it prove nothing",
        "the first zero says that the last dispatch is 30 s ago",
        "the last dispatch that a poll told of, before a gap",
    ],
)
def test_a_rate_of_zero_is_certain_for_its_30_s_but_for_the_age_of_the_cache(
    before: Quiet | None, since: float, dispatched_at: float
) -> None:
    """A count that lags is not a task that waits."""
    for read in (statistics(2, age_seconds=0), statistics(0, age_seconds=5)):
        assert Quiet.after(before, observation(queue(read)), NOW) == Quiet(since, NOW - 5, dispatched_at)


def test_the_oldest_reading_counts() -> None:
    """One that is from the future does not, as if it were of now."""
    older, ahead = statistics(read_at=NOW - 4), statistics(read_at=NOW + 100)
    assert Quiet.after(None, observation(queue(older), queue(ahead)), NOW) == Quiet(NOW - 34, NOW - 9, NOW - 34)
    assert Quiet.after(None, observation(queue(ahead)), NOW) == Quiet(NOW - 30, NOW - 5, NOW - 30)
