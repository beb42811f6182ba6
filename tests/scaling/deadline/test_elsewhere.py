"""What is needed while something else than replicas is the bottleneck: slots for the tasks that get through."""

import pytest

from controller.scaling.deadline.arrivals import TaskCount
from controller.scaling.deadline.bottleneck import Bottleneck, Phase
from controller.scaling.deadline.estimate import Estimate
from controller.scaling.deadline.queue_need import QueueMemory, QueueReading, queue_need
from controller.scaling.deadline.service_time import Busy, ServiceTime, Tally
from controller.scaling.deadline.terms import Terms
from controller.scaling.deadline.workers import Heard, Workers
from controller.scaling.observation import QueueStatistics
from controller.scaling.reasons import Reason


def replicas(*, slots: int, per_window: tuple[int, ...] = (), rate: float, capacity: float | None = None) -> int:
    """20 pods that idle beside a backlog of 500; tasks of 4 s; counts of windows of 30 s, the oldest first."""
    tally, busy = Tally(4000, 1000), Busy(1, 20, 0)
    times = tuple(30.0 * number for number in range(len(per_window) + 1))
    totals = tuple(float(sum(per_window[:number])) for number in range(len(per_window) + 1))
    memory = QueueMemory(
        service_time=ServiceTime(tally, tally, at=90, busy_believed=busy, busy_reported=busy),
        dispatched=TaskCount(times, totals) if per_window else TaskCount(),
        bottleneck=Bottleneck(
            Phase.ELSEWHERE, rate_before=10, ready_before=20, backlog_before=500, ready=20, capacity_per_second=capacity
        ),
        standing_since=0,
    )
    workers = Workers((0.0,) * 20, ready_in_seconds=(), heard=(Heard(0, 85, 0),) * 20, slots_used_draining=0)
    statistics = QueueStatistics(500, 60, 10, rate, times[-1])
    reading = QueueReading("orders/Activity", statistics, workers, slots)
    need = queue_need(reading, memory, Terms(60, 20, 35, 15), 90)
    nothing = Estimate(0.0, Reason.BACKLOG_ELSEWHERE, "No slots for tasks that wait for something else.")
    assert need.estimates[-1] == nothing
    return need.replicas


@pytest.mark.parametrize(
    ("slots", "per_window", "rate", "capacity", "needed"),
    [
        pytest.param(5, (300, 300, 300), 10, None, 10, id="10 tasks/s of 4 s at 85 % of 5 slots are 9.4"),
        pytest.param(1, (90, 180, 360), 12, None, 40, id="0.5, 0.3, 0.2 of 12, 6, 3 tasks/s, not the last 30 s"),
        pytest.param(5, (), 20, None, 19, id="the last 30 s where nothing else is known"),
        pytest.param(1, (3, 3, 3), 0.1, None, 2, id="one slot at least, at 85 %"),
        pytest.param(5, (300, 300, 300), 10, 1.0, 14, id="of the 3.4 slots that the pollers keep in use"),
    ],
)
def test_what_gets_through_needs_slots(
    slots: int, per_window: tuple[int, ...], rate: float, capacity: float | None, needed: int
) -> None:
    """Whatever waits."""
    assert replicas(slots=slots, per_window=per_window, rate=rate, capacity=capacity) == needed


@pytest.mark.parametrize(
    ("ready", "needed"),
    [
        pytest.param(4, 10, id="10 tasks/s of 4 s at 85 % of 5 slots, not what 5,000 tasks would need"),
        pytest.param(12, 12, id="those that are there stay while it stands"),
    ],
)
def test_no_more_are_bought_than_a_known_limit_lets_through(ready: int, needed: int) -> None:
    """5,000 tasks wait at replicas that are busy, and 10 tasks/s lately got through, whatever the replicas."""
    tally, busy = Tally(4000, 1000), Busy(4.5, ready, 0)
    memory = QueueMemory(
        service_time=ServiceTime(tally, tally, at=90, busy_believed=busy, busy_reported=busy),
        bottleneck=Bottleneck(limit_per_second=10, limited_at=60, ready=ready),
        standing_since=80,
    )
    heard = (Heard(4, 85, 0), Heard(5, 85, 0)) * (ready // 2)
    workers = Workers((0.0,) * ready, ready_in_seconds=(), heard=heard, slots_used_draining=0)
    reading = QueueReading("orders/Activity", QueueStatistics(5000, 10, 20, 10, 90), workers, 5)
    need = queue_need(reading, memory, Terms(60, 20, 35, 15), 90)
    assert need.estimates[1].reason == Reason.LIMIT_KNOWN
    assert need.replicas == needed
