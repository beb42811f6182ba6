"""Long tasks with time to spare: a slot is bought when a task arrives, not for the rate of a few of them."""

from math import log

import pytest

from controller.scaling.deadline.arrivals import TaskCount
from controller.scaling.deadline.load import load, load_on_demand
from controller.scaling.deadline.queue_need import QueueMemory, QueueReading, queue_need
from controller.scaling.deadline.service_time import Busy, ServiceTime, Tally
from controller.scaling.deadline.terms import Terms
from controller.scaling.deadline.workers import Heard, Workers
from controller.scaling.observation import QueueStatistics
from controller.scaling.reasons import Reason


def replicas(service_seconds: float, objective_seconds: float, reaction_seconds: float, backlog: int = 0) -> int:
    """What five busy pods of one slot need, when a task arrives each 20 s."""
    tally, busy = Tally(1000 * service_seconds, 1000), Busy(1, 5, 0)
    service_time = ServiceTime(tally, tally, at=90, dispatched=0, busy_believed=busy, busy_reported=busy)
    times = tuple(range(0, 100, 10))
    arrivals = TaskCount(times, tuple(time / 20 for time in times))
    statistics = QueueStatistics(backlog, 0.5 if backlog else 0, 1 / 20, 0, 100)
    workers = Workers((0.0,) * 5, ready_in_seconds=(), heard=(Heard(1, 95, 0),) * 5, slots_used_draining=0)
    terms = Terms(objective_seconds, reaction_seconds - 15, reaction_seconds, objective_seconds / 4)
    memory = QueueMemory(service_time=service_time, arrivals=arrivals)
    return queue_need(QueueReading("orders/Activity", statistics, workers, 1), memory, terms, 100).replicas


@pytest.mark.parametrize(
    ("service", "objective", "reaction", "backlog", "needed"),
    [
        pytest.param(1200, 300, 75, 0, 5, id="long tasks with time to spare: what runs"),
        pytest.param(1200, 300, 75, 2, 7, id="and one slot for each that waits"),
        pytest.param(1200, 60, 75, 0, 10, id="no time to spare: for what will arrive too, and a reserve"),
        pytest.param(200, 300, 75, 0, 7, id="tasks that end within the objective: their load"),
    ],
)
def test_what_long_tasks_need(service: float, objective: float, reaction: float, backlog: int, needed: int) -> None:
    """With T above D, and h below 0.9 D, the arrival rate does not count."""
    assert replicas(service, objective, reaction, backlog) == needed


def test_the_step_says_what_it_buys() -> None:
    """And when."""
    estimate = load_on_demand(5, 1200)
    assert (estimate.value, estimate.reason) == (5, Reason.LOAD)
    assert estimate.message == "5 slots are in use; for a task of 1200 s one is bought when it arrives."


def test_the_step_says_what_will_be_in_use() -> None:
    """Of 10 slots 5 are still in use after as long as a task takes times ln 2; half of the load of 20 came instead."""
    estimate = load(10, 2, 10, 10 * log(2), saturated=False)
    assert estimate.value == pytest.approx(15)
    assert estimate.message.endswith("5.0 of 10 still used, 10.0 for 2.00 tasks/s of 10.00 s.")
