"""Times without work: the no-dispatch window, and idle gaps after which the load came back."""

from dataclasses import replace

import pytest

from controller.scaling.idle_times import IdleGap, NoDispatchWindow
from controller.scaling.observation import QueueStatistics, Unknown
from tests.scaling.builders import LOST, NOW, observation, queue, statistics

LONG = NoDispatchWindow(NOW - 500, NOW - 10, NOW - 500)


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
def test_a_queue_that_may_have_given_tasks_ends_the_window(read: QueueStatistics | Unknown) -> None:
    """What was reported before says nothing of now, whatever the other queues say."""
    both = observation(queue(), queue(read, name="bills"))
    assert NoDispatchWindow.after(LONG, both, NOW) == NoDispatchWindow(NOW, NOW, NOW)


@pytest.mark.parametrize(
    ("before", "since", "dispatched_at"),
    [
        (None, NOW - 30, NOW - 30),
        (LONG, NOW - 500, NOW - 500),
        (NoDispatchWindow(NOW - 500, NOW - 30, NOW - 500), NOW - 500, NOW - 500),
        (NoDispatchWindow(NOW - 500, NOW - 31, NOW - 500), NOW - 30, NOW - 500),
        (NoDispatchWindow(NOW - 15, NOW - 15, NOW - 15), NOW - 30, NOW - 30),
        (NoDispatchWindow(NOW - 60, NOW - 60, NOW - 60), NOW - 30, NOW - 60),
    ],
    ids=[
        "the first poll",
        "polled in time",
        "the rate reaches back to the end of what is certain",
        "a gap between the polls: reports from before it prove nothing",
        "the first zero says that the last dispatch is 30 s ago",
        "the last dispatch that a poll showed, before a gap",
    ],
)
def test_a_rate_of_zero_is_certain_for_its_30_s_but_for_the_age_of_the_cache(
    before: NoDispatchWindow | None, since: float, dispatched_at: float
) -> None:
    """A count that lags is not a task that waits."""
    for read in (statistics(2, age_seconds=0), statistics(0, age_seconds=5)):
        assert NoDispatchWindow.after(before, observation(queue(read)), NOW) == NoDispatchWindow(
            since, NOW - 5, dispatched_at
        )


def test_the_oldest_reading_counts() -> None:
    """One that is from the future does not, as if it were of now."""
    older, ahead = statistics(read_at=NOW - 4), statistics(read_at=NOW + 100)
    assert NoDispatchWindow.after(None, observation(queue(older), queue(ahead)), NOW) == NoDispatchWindow(
        NOW - 34, NOW - 9, NOW - 34
    )
    assert NoDispatchWindow.after(None, observation(queue(ahead)), NOW) == NoDispatchWindow(NOW - 30, NOW - 5, NOW - 30)


WENT = IdleGap(NOW, 6)
"""Six replicas were needed until now."""


def test_a_load_below_half_of_the_typical_one_has_gone() -> None:
    """Three of six are still the load, two are not."""
    assert IdleGap().observe(3, 6, NOW) == IdleGap()
    assert IdleGap(seconds=100).observe(2, 6, NOW) == IdleGap(NOW, 6, 100)


def test_the_load_is_back_from_half_of_what_it_was() -> None:
    """The gap took 300 s."""
    assert WENT.observe(2, 0, NOW + 300) == WENT
    assert WENT.observe(3, 0, NOW + 300) == IdleGap(seconds=300)


def test_the_load_is_back_at_one_moment() -> None:
    """And at no other moment."""
    assert (WENT.back(2), WENT.back(3), IdleGap(seconds=300).back(3)) == (0, 6, 0)


def test_a_gap_of_more_than_eleven_minutes_is_an_end() -> None:
    """Also the length of the one before is forgotten."""
    assert IdleGap(NOW, 6, 300).observe(0, 0, NOW + 660) == IdleGap(NOW, 6, 300)
    assert IdleGap(NOW, 6, 300).observe(0, 0, NOW + 661) == IdleGap()


def test_replicas_are_kept_for_as_long_as_the_last_gap_took_and_a_tenth_more() -> None:
    """The load does not always come back to the second."""
    assert IdleGap(NOW, 6, 300).kept_replicas(NOW + 330) == 6
    assert IdleGap(NOW, 6, 300).kept_replicas(NOW + 331) == 0
    assert IdleGap(seconds=300).kept_replicas(NOW) == 0
    assert WENT.kept_replicas(NOW + 1) == 0
