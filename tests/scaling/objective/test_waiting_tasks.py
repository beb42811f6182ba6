"""Which tasks started in time, by the age of the backlog and the counts of tasks."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.scaling.objective.started_tasks import Judged
from controller.scaling.objective.waiting_tasks import MAX_GROUPS, Flow, ReadyPods, WaitingTasks
from controller.scaling.observation import Poller, QueueStatistics
from tests.scaling.builders import NOW, statistics

OBJECTIVE = 15.0
TEN_READY = ReadyPods((NOW - 100,) * 10, slots=4)

Reading = tuple[float, int, float, float, float]
"""Seconds after `NOW`, waiting tasks, age of the oldest, tasks added and dispatched so far."""


def _read(*readings: Reading, supply: ReadyPods = TEN_READY) -> tuple[WaitingTasks, Judged]:
    waiting, judged = WaitingTasks(), Judged()
    for after, backlog, age, added, dispatched in readings:
        read = statistics(backlog, age_seconds=age, read_at=NOW + after)
        waiting, (dispatches, overdue) = waiting.observe(read, Flow(added, dispatched), supply, OBJECTIVE)
        judged = judged.plus(dispatches).plus(overdue)
    return waiting, judged


def test_without_a_backlog_all_tasks_start_in_time() -> None:
    """They are handed out as they come."""
    _, judged = _read((0, 0, 0, 0, 0), (15, 0, 0, 150, 150), (30, 0, 0, 300, 300))
    assert judged == pytest.approx((300, 300))


def test_a_burst_that_is_drained_late_is_late() -> None:
    """400 tasks at once; none is dispatched before the oldest has waited for 20 s."""
    _, judged = _read((0, 0, 0, 0, 0), (5, 400, 4, 400, 0), (21, 400, 20, 400, 0), (26, 0, 0, 400, 400))
    assert judged.tasks == pytest.approx(400)
    assert judged.in_time == pytest.approx(0, abs=1)


def test_a_burst_that_is_drained_at_once_is_in_time() -> None:
    """Whatever the rates of half a minute ago still count: no more tasks are judged than came."""
    _, judged = _read((0, 0, 0, 0, 0), (5, 400, 4, 400, 0), (10, 0, 0, 400, 400), (15, 0, 0, 400, 470))
    assert judged == pytest.approx((400, 400))


def test_nothing_is_dispatched_before_there_is_a_pod() -> None:
    """The pods became ready in the last second before the reading that finds no task waiting."""
    readings: tuple[Reading, ...] = ((0, 0, 0, 0, 0), (5, 40, 5, 40, 0), (25, 0, 0, 40, 40))
    _, started = _read(*readings, supply=ReadyPods((NOW + 24,) * 10, slots=4))
    assert started.in_time == pytest.approx(0, abs=1)
    _, ready = _read(*readings, supply=ReadyPods((NOW + 6,) * 10, slots=4))
    assert ready == pytest.approx((40, 40))


def test_a_task_is_late_as_soon_as_it_has_waited_too_long_and_is_counted_once() -> None:
    """Nobody takes them: a queue that is stuck is seen, and what is dispatched in the end is not judged again."""
    stuck: tuple[Reading, ...] = ((0, 0, 0, 0, 0), (5, 10, 4, 10, 0), (25, 10, 24, 10, 0), (40, 10, 39, 10, 0))
    _, judged = _read(*stuck)
    assert judged == pytest.approx((10, 0))
    _, in_the_end = _read(*stuck, (45, 0, 0, 10, 10))
    assert in_the_end == pytest.approx((10, 0))


def test_a_task_that_no_worker_may_take_does_not_make_the_others_late() -> None:
    """The oldest stays for ever, and a hundred a poll pass it."""
    readings = [(15.0 * i, 1, 15.0 * i, 100.0 * i + 1, 100.0 * i) for i in range(1, 40)]
    _, judged = _read((0, 0, 0, 0, 0), *readings)
    assert judged.tasks == pytest.approx(3900, rel=0.05)
    assert judged.in_time >= 0.95 * judged.tasks


def test_an_answer_out_of_the_server_s_cache_says_nothing_new() -> None:
    """The age of the oldest task would else seem to stand still."""
    first, _ = _read((0, 0, 0, 0, 0), (5, 10, 4, 10, 0))
    again, judged = first.observe(statistics(10, age_seconds=4, read_at=NOW + 8), Flow(10, 0), TEN_READY, OBJECTIVE)
    assert (again, judged) == (first, (Judged(), Judged()))
    polled = replace(statistics(10, age_seconds=4, read_at=NOW + 8), pollers=(Poller("1@a", NOW + 7),))
    assert first.observe(polled, Flow(10, 0), TEN_READY, OBJECTIVE)[1] == (Judged(), Judged())


def test_after_a_long_time_without_readings_it_begins_anew() -> None:
    """What came and went meanwhile is not known."""
    _, judged = _read((0, 50, 2, 50, 0), (1000, 0, 0, 5000, 5000))
    assert judged == Judged()


def test_the_memory_stays_small() -> None:
    """A backlog that grows for hours is kept in a bounded number of groups."""
    readings = [(15.0 * i, 100 * i, 15.0 * i, 100.0 * i, 0.0) for i in range(1, 500)]
    waiting, _ = _read(*readings)
    assert len(waiting.groups) <= MAX_GROUPS
    assert sum(group.count for group in waiting.groups) == pytest.approx(49_900)


any_statistics = st.builds(
    QueueStatistics,
    backlog=st.integers(0, 10**6),
    backlog_age_seconds=st.floats(0, 1e5),
    add_rate_per_second=st.floats(0, 1e4),
    dispatch_rate_per_second=st.floats(0, 1e4),
    read_at=st.floats(NOW, NOW + 1000),
)
any_supply = st.builds(
    ReadyPods, st.lists(st.floats(NOW - 100, NOW + 1000), max_size=5).map(tuple), st.integers(1, 100)
)
any_flow = st.builds(Flow, st.floats(0, 1e6), st.floats(0, 1e6))


@given(seen=st.lists(st.tuples(any_statistics, any_flow, any_supply), max_size=8), objective=st.floats(1, 1e4))
def test_whatever_is_read_no_more_tasks_are_in_time_than_are_judged(
    seen: list[tuple[QueueStatistics, Flow, ReadyPods]], objective: float
) -> None:
    """Contradictions, leaps and times out of order: never an exception, never a number that can't be."""
    waiting = WaitingTasks()
    for read, flow, supply in seen:
        waiting, (dispatches, overdue) = waiting.observe(read, flow, supply, objective)
        judged = dispatches.plus(overdue)
        assert 0 <= judged.in_time <= judged.tasks * (1 + 1e-9)
        assert all(group.count > 0 for group in waiting.groups)
        assert len(waiting.groups) <= MAX_GROUPS
