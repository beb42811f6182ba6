"""Counting tasks by the server's rates, over the divisor that they have, and the arrival rate (step 4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.scaling.deadline.arrivals import MAX_COUNTS, RateWindow, TaskCount, arrival_rate, windows
from controller.scaling.observation import QueueStatistics
from controller.scaling.reasons import StepReason
from controller.scaling.server_times import REMEMBERED_SECONDS
from tests.scaling.builders import statistics


def counted_at(*rates: float, every: float = 10.0, start: float = 0.0) -> TaskCount:
    """A count after readings at even distances."""
    count = TaskCount()
    for i, rate in enumerate(rates):
        count = count.observe(start + i * every, rate)
    return count


def test_a_true_rate_counts_each_task_once() -> None:
    """10 tasks/s for 100 s are 1,000 tasks, although each reading is of the last 30 s."""
    assert counted_at(*[10.0] * 11).totals[-1] == pytest.approx(1000)


def test_a_burst_that_a_young_queue_shows_as_a_rate_counts_once() -> None:
    """300 tasks at the start show as 300 / t tasks/s: 30, 15, 10 and 0."""
    count = counted_at(0, 30, 15, 10, 0)
    assert [round(total) for total in count.totals] == [0, 300, 300, 300, 300]


def test_a_burst_counts_when_it_comes_and_not_when_it_leaves_the_window() -> None:
    """300 tasks between 60 and 70 s are 10 tasks/s in three readings, and 300 tasks."""
    count = counted_at(0, 0, 0, 0, 0, 0, 0, 10, 10, 10, 0, 0)
    assert round(count.totals[6]) == 0
    assert [round(total) for total in count.totals[7:]] == [300] * 5


def test_after_a_gap_only_the_last_window_is_known() -> None:
    """Two minutes without statistics: the count goes on 30 s before the reading."""
    count = counted_at(10, 10, 10, 10).observe(150, 10)
    assert count.totals[-1] == pytest.approx(300 + 300)
    assert count.times == (120, 150)


def test_polls_half_a_minute_apart_leave_no_gap() -> None:
    """Each is of all the time since the one before."""
    assert counted_at(10, 10, 10, every=30) == TaskCount((0, 30, 60), (0, 300, 600))


def test_a_reading_that_is_not_newer_adds_nothing() -> None:
    """The clock went back, or the server answered from its cache."""
    count = counted_at(10, 10, 10)
    assert count.observe(20, 50) == count
    assert count.observe(5, 50) == count


def test_a_count_goes_on_evenly_between_readings_and_not_beyond_them() -> None:
    """100 tasks at 10 s and 200 at 20 s."""
    count = counted_at(10, 10, 10)
    assert [count.total_at(time) for time in (-5, 0, 10, 14, 20, 50)] == pytest.approx([0, 0, 100, 140, 200, 200])


def test_a_rate_of_fewer_seconds_goes_on_from_the_last_reading_before_them() -> None:
    """20 tasks/s over 8 s are 160 tasks, on top of what was counted at 20 s."""
    count = counted_at(10, 10, 10)
    assert count.observe(30, 20, 8).totals[-1] == pytest.approx(200 + 160)


def test_there_are_as_many_last_rates_as_intervals_or_none() -> None:
    """Three intervals lie between four readings."""
    assert counted_at(10, 10, 10).last_rates(3) == []
    assert counted_at(10, 10, 10, 10).last_rates(3) == pytest.approx([10, 10, 10])


def test_what_no_window_needs_is_forgotten() -> None:
    """The memory is bounded in time and number."""
    assert counted_at(*[1.0] * 100).times[0] >= 990 - REMEMBERED_SECONDS
    assert len(counted_at(*[1.0] * 500, every=0.5).times) == MAX_COUNTS


@pytest.mark.parametrize(
    ("every", "intervals", "seconds", "rates"),
    [
        pytest.param(10.0, 2, 15.0, [4, 5], id="as many as asked for"),
        pytest.param(5.0, 2, 15.0, [3, 4, 5], id="more where they are close"),
        pytest.param(10.0, 5, 0.0, [1, 2, 3, 4, 5], id="all that there are"),
        pytest.param(10.0, 6, 0.0, [], id="none before there were so many"),
        pytest.param(10.0, 8, 0.0, [], id="nor before there were two less"),
        pytest.param(5.0, 2, 26.0, [], id="nor before they reached so far back"),
    ],
)
def test_the_last_rates(every: float, intervals: int, seconds: float, rates: list[float]) -> None:
    """One interval after the other, 1 to 5 tasks a second."""
    times = tuple(every * number for number in range(6))
    totals = tuple(every * number * (number + 1) / 2 for number in range(6))
    assert TaskCount(times, totals).last_rates(intervals, seconds) == rates
    assert TaskCount().last_rates(intervals, seconds) == []


@given(st.lists(st.tuples(st.floats(0, 1e4), st.floats(0, 1e6)), max_size=30))
def test_a_count_never_falls(readings: list[tuple[float, float]]) -> None:
    """Whatever is read, in whatever order."""
    count = TaskCount()
    for read_at, rate in readings:
        count = count.observe(read_at, rate)
    assert list(count.totals) == sorted(count.totals)
    assert list(count.times) == sorted(set(count.times))


@pytest.mark.parametrize(
    ("count", "rate", "reason"),
    [
        pytest.param(TaskCount(), 0, StepReason.ARRIVALS, id="nothing was read yet"),
        pytest.param(counted_at(10, 10), 0, StepReason.ARRIVALS, id="the first 30 s give no rate"),
        pytest.param(counted_at(*[10] * 11), 10, StepReason.ARRIVALS, id="a steady rate is itself"),
        # 300 tasks in the last window, none before: at most 1 of them counts, 0.5 * 1 / 30
        pytest.param(counted_at(*[0] * 10, 10), 0.5 / 30, StepReason.ARRIVALS_CLIPPED, id="a burst is no rate"),
        pytest.param(counted_at(0, 30, 15, 10), 0, StepReason.ARRIVALS, id="nor is one at the start"),
        # the server's means of 30 s fall to nothing within 30 s, while the older windows have 600 and 300 tasks
        pytest.param(counted_at(*[10] * 10, 20 / 3, 10 / 3), 0, StepReason.ARRIVALS, id="a fall after two readings"),
        pytest.param(
            counted_at(*[10] * 20, 25 / 3, 20 / 3, every=5), 25 / 3, StepReason.ARRIVALS, id="not after 10 s of them"
        ),
        pytest.param(
            counted_at(*[10] * 20, 25 / 3, 20 / 3, 5, every=5), 0, StepReason.ARRIVALS, id="but after 15 s of them"
        ),
        pytest.param(counted_at(*[10] * 10, 20 / 3), 25 / 3, StepReason.ARRIVALS, id="and not after one"),
        pytest.param(counted_at(*[0] * 8, 3.3, 6.7, 10), 10, StepReason.ARRIVALS, id="a step up after three polls"),
        pytest.param(
            counted_at(*[0] * 12, 10 / 6, 20 / 6, 5, every=5), 10, StepReason.ARRIVALS, id="however close they are"
        ),
        pytest.param(counted_at(*[0] * 8, 3.3, 6.7), 0.5 / 30, StepReason.ARRIVALS_CLIPPED, id="but not after two"),
        pytest.param(counted_at(0, 0, 0, every=20), 0, StepReason.ARRIVALS, id="nor after two that saw nothing"),
        pytest.param(counted_at(*[0] * 10, 1 / 30), 0.5 / 30, StepReason.ARRIVALS, id="a task alone is no burst"),
        pytest.param(counted_at(*[0] * 8, 10, 10, 10), 0, StepReason.ARRIVALS, id="a burst not even then"),
    ],
)
def test_a_burst_is_no_rate_and_a_step_becomes_one(count: TaskCount, rate: float, reason: StepReason) -> None:
    """What is in one window alone stands in the backlog; what stays is a rate."""
    estimate = arrival_rate(count, None)
    assert estimate.value == pytest.approx(rate, rel=0.05, abs=1e-9)
    assert estimate.reason == reason


def test_no_more_arrive_than_get_through_a_bottleneck() -> None:
    """Tasks that wait for a rate limit need no replicas."""
    estimate = arrival_rate(counted_at(*[10] * 11), 4.0)
    assert (estimate.value, estimate.reason) == (4.0, StepReason.ARRIVALS_LIMITED)
    assert arrival_rate(counted_at(*[0] * 11), 0.0).reason == StepReason.ARRIVALS


def test_windows_are_thirds_until_there_are_three_of_30_s() -> None:
    """After 60 s there are three windows of 20 s."""
    seconds, counts = windows(counted_at(*[10] * 7))
    assert seconds == pytest.approx(20)
    assert counts == pytest.approx([200, 200, 200])


def test_a_recent_rate_is_looked_at_for_ten_seconds() -> None:
    """Two polls 5 s apart may give the same reading, out of the server's cache."""
    count = counted_at(0, 0, 0, 0, 0, 0, 5, 5, every=5.0)  # 150 tasks in the second but last interval
    assert count.recent_rate == pytest.approx(15)
    assert counted_at(10).recent_rate == 0


@pytest.mark.parametrize(
    ("count", "rate"),
    [
        pytest.param(counted_at(0, 0, 0, 0, 5), 15, id="the last 10 s"),
        pytest.param(counted_at(0, 5), 5, id="the first"),
        pytest.param(counted_at(0, 0, 0, 0, 0, 0, 0, 5, every=4.5), 150 / 9, id="two intervals of 9 s"),
    ],
)
def test_a_recent_rate_is_of_the_last_readings_alone(count: TaskCount, rate: float) -> None:
    """5 tasks/s are seen at the last one, over the last 30 s."""
    assert count.recent_rate == pytest.approx(rate)


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


def _after(*readings: QueueStatistics, empty_at: float = BURST_AT - 2) -> RateWindow:
    window = RateWindow().observe(statistics(read_at=empty_at), empty_at)
    for reading in readings:
        window = window.observe(reading, reading.read_at)
    return window


def test_a_backlog_that_rose_from_nothing_gives_the_divisor() -> None:
    """360 tasks that wait beside 90 tasks/s: the rate is a mean of 4 s."""
    window = _after(_young(104.0))
    assert window == RateWindow(empty_at=BURST_AT - 2, loaded_at=BURST_AT)
    assert window.seconds(104.0) == 4.0


def test_the_divisor_grows_with_time_to_the_usual_one() -> None:
    """It is found once; after 30 s the rates are what they always are."""
    window = _after(_young(104.0), _young(112.0, dispatched=355))
    assert (window.seconds(112.0), window.seconds(130.0)) == (12.0, None)


@pytest.mark.parametrize(
    ("reading", "seconds"),
    [
        pytest.param(_old(104.0, dispatched=20), None, id="it was loaded long ago"),
        pytest.param(statistics(5, add_rate=5.0, read_at=101.0), 4.0, id="all that came waits"),
        pytest.param(statistics(10, add_rate=6.0, dispatch_rate=1.0, read_at=104.0), 2.0, id="ten that wait are clear"),
        pytest.param(statistics(24, add_rate=1.0, read_at=104.0), 24.0, id="loaded a while ago"),
        pytest.param(
            statistics(9, add_rate=6.0, dispatch_rate=1.0, read_at=104.0), 6.0, id="too few: since it was empty"
        ),
        pytest.param(statistics(20, add_rate=2.0, dispatch_rate=2.0, read_at=104.0), 6.0, id="no rise: likewise"),
        pytest.param(statistics(0, add_rate=2.0, dispatch_rate=1.0, read_at=104.0), 6.0, id="none waits: likewise"),
    ],
)
def test_the_divisor_follows_what_waits_else_the_time_since_the_queue_was_empty(
    reading: QueueStatistics, seconds: float | None
) -> None:
    """At 104 s, of a queue that was empty at 98 s."""
    assert _after(reading).seconds(104.0) == seconds


@pytest.mark.parametrize("empty_at", [74.0, None], ids=["too long ago", "never"])
def test_of_a_queue_that_was_not_lately_quiet_the_usual_divisor_holds(empty_at: float | None) -> None:
    """Nothing is made up."""
    window = RateWindow(empty_at=empty_at).observe(_young(104.0), 104.0)
    assert window.seconds(104.0) is None


@pytest.mark.parametrize(
    "reading",
    [statistics(0, add_rate=5.0, dispatch_rate=5.0, read_at=104.0), statistics(5, read_at=104.0)],
    ids=["tasks came and went", "tasks wait"],
)
def test_a_queue_with_tasks_or_rates_is_not_quiet(reading: QueueStatistics) -> None:
    """It was last empty before."""
    assert _after(reading) == RateWindow(empty_at=BURST_AT - 2)


def test_a_quiet_queue_may_be_loaded_anew() -> None:
    """The next burst is judged anew."""
    window = _after(_young(104.0), statistics(read_at=300.0))
    assert window == RateWindow(empty_at=300.0)


def test_a_burst_is_counted_once_with_the_divisor_and_three_times_without() -> None:
    """The fault that kept 350 waiting tasks at one replica: 40 tasks were taken for 100 completions."""
    times = [104.0, 109.0, 114.0, 119.0, 124.0, 129.0]
    window, counted, uncounted = _after(), TaskCount(), TaskCount()
    for empty_at in (60.0, 75.0, 90.0):
        counted, uncounted = counted.observe(empty_at, 0.0), uncounted.observe(empty_at, 0.0)
    for time in times:
        reading = _young(time)
        window = window.observe(reading, time)
        counted = counted.observe(time, reading.add_rate_per_second, window.seconds(time))
        uncounted = uncounted.observe(time, reading.add_rate_per_second)
    assert counted.totals[-1] == pytest.approx(TASKS)
    assert uncounted.totals[-1] > 3 * TASKS


def test_a_burst_that_stays_in_the_rate_a_step_too_long_does_not_count_twice() -> None:
    """The server counts in steps of some seconds: 300 tasks are 10 tasks/s for 35 s, and count as 350, not as 600."""
    assert counted_at(*[0.0] * 8, *[10.0] * 7, 0.0, every=5).totals[-1] == pytest.approx(350)
