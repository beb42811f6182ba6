"""How long nothing was handed to a worker, as far as the server's rates tell."""

from dataclasses import replace

import pytest

from controller.scaling.observation import QueueStatistics, Unknown
from controller.scaling.quiet import Quiet
from tests.scaling.builders import LOST, NOW, observation, queue, statistics


@pytest.mark.parametrize(
    "read",
    [
        LOST,
        statistics(dispatch_rate=0.1),
        statistics(1, age_seconds=0.5),
        replace(statistics(), rates_young=True),
    ],
    ids=["not read", "tasks were dispatched", "a task waits", "rates that are too young"],
)
def test_a_queue_that_may_have_given_tasks_ends_the_quiet_time(read: QueueStatistics | Unknown) -> None:
    """What was reported before says nothing of now."""
    assert Quiet.after(Quiet(NOW - 500, NOW - 5), observation(queue(read)), NOW) == Quiet(NOW, NOW)


@pytest.mark.parametrize(
    ("before", "since"),
    [
        (None, NOW - 30),
        (Quiet(NOW - 500, NOW - 30), NOW - 500),
        (Quiet(NOW - 500, NOW - 31), NOW - 30),
    ],
    ids=["the first pass", "looked at in time", "not looked at for longer than a rate covers"],
)
def test_a_quiet_time_goes_on_while_it_is_looked_at(before: Quiet | None, since: float) -> None:
    """A rate of zero says that nothing was dispatched within 30 s; a count that lags is not a task that waits."""
    for read in (statistics(2, age_seconds=0), statistics(0, age_seconds=5)):
        assert Quiet.after(before, observation(queue(read)), NOW) == Quiet(since, NOW)
