"""The divisor of the server's rates: 30 s, or less where a burst has just loaded the queue's partitions."""

import pytest

from controller.scaling.deadline.arrivals import RateWindow, TaskCount
from controller.scaling.observation import QueueStatistics
from tests.scaling.builders import statistics

BURST_AT = 100.0
TASKS = 360


def _young(read_at: float, dispatched: int = 0) -> QueueStatistics:
    """What a server says of a burst whose partitions were loaded with it: counts divided by the time since."""
    age = read_at - BURST_AT
    return statistics(TASKS - dispatched, add_rate=TASKS / age, dispatch_rate=dispatched / age, read_at=read_at)


def _old(read_at: float, dispatched: int = 0) -> QueueStatistics:
    """The same burst on partitions that were loaded long ago: means of 30 s."""
    waiting = TASKS - dispatched
    return statistics(waiting, add_rate=TASKS / 30, dispatch_rate=dispatched / 30, read_at=read_at)


def _after(*readings: QueueStatistics, quiet_at: float = BURST_AT - 2) -> RateWindow:
    window = RateWindow().observe(statistics(read_at=quiet_at), quiet_at)
    for reading in readings:
        window = window.observe(reading, reading.read_at)
    return window


def test_a_backlog_that_rose_from_nothing_tells_the_divisor() -> None:
    """360 tasks that wait beside 90 tasks/s: the rate is a mean of 4 s."""
    window = _after(_young(104.0))
    assert window == RateWindow(quiet_at=BURST_AT - 2, loaded_at=BURST_AT)
    assert window.seconds(104.0) == 4.0


def test_the_divisor_grows_with_time_to_the_usual_one() -> None:
    """It is told once; after 30 s the rates are what they always are."""
    window = _after(_young(104.0), _young(112.0, dispatched=355))
    assert (window.seconds(112.0), window.seconds(130.0)) == (12.0, None)


@pytest.mark.parametrize(
    ("reading", "quiet_at"),
    [
        pytest.param(_old(104.0, dispatched=20), 98.0, id="loaded long ago"),
        pytest.param(statistics(5, add_rate=5.0, read_at=101.0), 98.0, id="too few wait"),
        pytest.param(statistics(20, add_rate=2.0, dispatch_rate=2.0, read_at=104.0), 98.0, id="no rise"),
        pytest.param(statistics(24, add_rate=1.0, read_at=104.0), 98.0, id="hardly shorter"),
        pytest.param(_young(104.0), 74.0, id="quiet too long ago"),
        pytest.param(_young(104.0), None, id="never seen quiet"),
    ],
)
def test_without_a_clear_sign_the_usual_divisor_holds(reading: QueueStatistics, quiet_at: float | None) -> None:
    """Nothing is made up."""
    window = RateWindow(quiet_at=quiet_at).observe(reading, reading.read_at)
    assert window.seconds(104.0) is None


def test_ten_tasks_that_wait_are_clear_enough() -> None:
    """Beside 1 task/s they are those of 10 s."""
    assert _after(statistics(10, add_rate=1.0, read_at=104.0), quiet_at=90.0).loaded_at == 94


@pytest.mark.parametrize(
    "reading",
    [statistics(0, add_rate=5.0, dispatch_rate=5.0, read_at=104.0), statistics(5, read_at=104.0)],
    ids=["tasks came and went", "tasks wait"],
)
def test_a_queue_with_tasks_or_rates_is_not_quiet(reading: QueueStatistics) -> None:
    """It was last quiet before."""
    assert _after(reading) == RateWindow(quiet_at=BURST_AT - 2)


def test_a_quiet_queue_may_be_loaded_anew() -> None:
    """The next burst is told apart again."""
    window = _after(_young(104.0), statistics(read_at=300.0))
    assert window == RateWindow(quiet_at=300.0)


def test_a_burst_is_counted_once_with_the_divisor_and_three_times_without() -> None:
    """The fault that kept 350 waiting tasks at one replica: 40 tasks were taken for 100 completions."""
    times = [104.0, 109.0, 114.0, 119.0, 124.0, 129.0]
    window, counted, uncounted = _after(), TaskCount(), TaskCount()
    for quiet in (60.0, 75.0, 90.0):
        counted, uncounted = counted.observe(quiet, 0.0), uncounted.observe(quiet, 0.0)
    for time in times:
        reading = _young(time)
        window = window.observe(reading, time)
        counted = counted.observe(time, reading.add_rate_per_second, window.seconds(time))
        uncounted = uncounted.observe(time, reading.add_rate_per_second)
    assert counted.totals[-1] == pytest.approx(TASKS)
    assert uncounted.totals[-1] > 3 * TASKS
