"""What counts as busy while nothing is heard of the workers (heartbeats come once a minute by default)."""

import pytest

from controller.scaling.deadline.arrivals import TaskCount
from controller.scaling.deadline.queue_need import QueueMemory, QueueReading, queue_need
from controller.scaling.deadline.service_time import Busy, ServiceTime, Tally
from controller.scaling.deadline.terms import Terms
from controller.scaling.deadline.workers import Heard, Workers
from controller.scaling.observation import QueueStatistics


def reading(*heard: Heard, ready: int = 4, dispatch_rate: float = 2.0) -> QueueReading:
    """Ready pods of ten slots."""
    workers = Workers((0.0,) * ready, ready_in_seconds=(), heard=heard, slots_used_draining=3)
    return QueueReading("orders/Activity", QueueStatistics(0, 0, 0, dispatch_rate, 100), workers, 10)


def test_pods_that_were_not_heard_since_the_backlog_went_run_what_was_dispatched() -> None:
    """2 tasks a second of 5 s are 10 slots of 4 pods, not 40; the report from before tells nothing."""
    busy = reading(Heard(10, 50, 0)).busy_after(60, standing=False, service_seconds=5)
    assert busy == Busy(2.5, 4, 3, reckoned_seconds=5)


def test_they_run_no_more_than_their_slots() -> None:
    """Whatever the rate."""
    busy = reading(dispatch_rate=1000).busy_after(None, standing=False, service_seconds=5)
    assert busy.per_pod == 10


def test_a_report_from_after_the_backlog_counts_for_the_others() -> None:
    """One pod of four was heard."""
    busy = reading(Heard(7, 70, 0)).busy_after(60, standing=False, service_seconds=5)
    assert busy == Busy(7, 4, 3)


def test_the_window_in_which_the_backlog_went_tells_something() -> None:
    """The slots were full for most of it, so it is not reckoned away."""
    busy = reading().busy_after(60, standing=True, service_seconds=5)
    assert busy.reckoned_seconds is None


def test_a_window_of_which_nothing_is_known_changes_no_mean() -> None:
    """80 tasks ended in it, and count with the 4 s that they were reckoned with."""
    workers = Workers((-1e6,), ready_in_seconds=(), heard=(), slots_used_draining=0)
    reckoned = Busy(0, 1, 0, reckoned_seconds=4)
    memory = ServiceTime(Tally(400, 100), Tally(400, 100), 0, 0, Busy(10, 1, 0), Busy(10, 1, 0))
    after = memory.observe(workers, 10, 70, reckoned, reckoned).believed
    assert after.slot_seconds / after.completions == pytest.approx(4)
    assert after.completions == pytest.approx(180, rel=0.05)


def full_by_guess(dispatch_rate: float, memory: QueueMemory) -> ServiceTime:
    """What is learned 10 s after a look, of one silent pod of 100 slots under a backlog that stands."""
    workers = Workers((5.0,), (), (), slots_used_draining=0)
    standing = QueueStatistics(500, 20, 10, dispatch_rate, 20)
    terms = Terms(objective_seconds=20, start_up_seconds=5, reaction_seconds=15, prior_seconds=5)
    return queue_need(QueueReading("orders/Activity", standing, workers, 100), memory, terms, 20).memory.service_time


LOOKED = QueueMemory(ServiceTime(at=10), dispatched=TaskCount((10.0,), (0.0,)))
"""Nothing ran at 10 s."""


def test_a_silent_pod_runs_no_more_than_was_dispatched() -> None:
    """3 tasks a second for 10 s are 30 slots in use, not 100: its pollers may be few."""
    learned = full_by_guess(3, LOOKED)
    assert learned.busy_believed.slots == pytest.approx(30)
    assert learned.busy_reported.slots == pytest.approx(30)


def test_a_silent_pod_runs_no_more_than_its_slots() -> None:
    """20 tasks a second for 10 s fill them."""
    assert full_by_guess(20, LOOKED).busy_believed.slots == 100


def test_after_a_restart_a_silent_pod_counts_as_full() -> None:
    """It is not known what was dispatched before."""
    assert full_by_guess(3, QueueMemory()).busy_believed.slots == 100


def test_tasks_that_were_dispatched_before_the_last_look_are_not_counted_again() -> None:
    """2 slots of each of 4 pods were in use, and 12 of the 112 tasks came since: 20 run at most."""
    learned = ServiceTime(at=10, dispatched=100)
    assert learned.as_dispatched(Busy(10, 4, 0), Busy(2, 4, 0), 112) == Busy(5, 4, 0)


def test_no_pod_runs_nothing() -> None:
    """There is none to be bounded."""
    nobody = Busy(0.0, 0, 2.0)
    assert nobody.at_most(5) == nobody
