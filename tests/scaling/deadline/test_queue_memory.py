"""What the law remembers of a queue from one look to the next, and what it makes of it."""

from dataclasses import replace

import pytest

from controller.scaling.deadline.arrivals import TaskCount
from controller.scaling.deadline.queue_need import QueueMemory, QueueNeed, QueueReading, queue_need
from controller.scaling.deadline.service_time import Busy, ServiceTime, Tally
from controller.scaling.deadline.terms import Terms
from controller.scaling.deadline.workers import Heard, Workers
from controller.scaling.observation import QueueStatistics

NOW = 100.0
TERMS = Terms(objective_seconds=60, start_up_seconds=20, reaction_seconds=35, prior_seconds=4)
COUNTED = TaskCount((0.0, 30.0, 60.0, 90.0), (0.0, 300.0, 600.0, 900.0))
KNOWN = QueueMemory(
    ServiceTime(Tally(4000, 1000), Tally(4000, 1000), 90, 900, Busy(10, 4, 0), Busy(10, 4, 0)),
    COUNTED,
    dispatched=COUNTED,
)
"""Tasks of 4 s, of which 10 a second came and went."""


def needed(
    memory: QueueMemory = KNOWN,
    *,
    backlog: int = 0,
    age: float = 0,
    heard: tuple[Heard, ...] = (Heard(10, 95, 0),) * 4,
    reports: bool = True,
) -> QueueNeed:
    """The need of a queue with four ready pods of ten slots."""
    statistics = QueueStatistics(backlog, age, 10, 10, NOW)
    workers = Workers((0.0,) * 4, (), heard, slots_used_draining=0)
    return queue_need(QueueReading("orders/Activity", statistics, workers, 10, reports), memory, TERMS, NOW)


def test_a_backlog_stands_since_its_oldest_task_came() -> None:
    """As it was when it began to stand, whatever is the oldest now; nothing stands once it is gone."""
    assert needed(backlog=50, age=7).memory.standing_since == NOW - 7
    assert needed(replace(KNOWN, standing_since=40), backlog=50, age=7).memory.standing_since == 40
    assert needed(replace(KNOWN, standing_since=40)).memory.standing_since is None
    assert needed(backlog=50, age=6).memory.standing_since is None


def test_it_is_remembered_when_a_backlog_stood_last() -> None:
    """Also after it is gone."""
    assert needed(backlog=50, age=7).memory.stood_at == NOW
    assert needed(replace(KNOWN, stood_at=40)).memory.stood_at == 40


@pytest.mark.parametrize(
    ("memory", "backlog", "age", "reports", "busy"),
    [
        pytest.param(KNOWN, 0, 0, True, Busy(2, 4, 0), id="the last reports"),
        pytest.param(KNOWN, 50, 7, True, Busy(2, 4, 0), id="also while a backlog stands"),
        pytest.param(
            replace(KNOWN, stood_at=80),
            0,
            0,
            True,
            Busy(10, 4, 0, reckoned_seconds=4),
            id="not those from before it stood",
        ),
        pytest.param(
            replace(KNOWN, stood_at=80, standing_since=60),
            0,
            0,
            True,
            Busy(10, 4, 0),
            id="nor reckoned when it just went",
        ),
        pytest.param(replace(KNOWN, stood_at=60), 0, 0, True, Busy(2, 4, 0), id="those from after it"),
        pytest.param(
            replace(KNOWN, stood_at=80),
            50,
            7,
            False,
            Busy(10, 4, 0, reckoned_seconds=4),
            id="reckoned without a source",
        ),
    ],
)
def test_which_reports_tell_what_runs(memory: QueueMemory, backlog: int, age: float, reports: bool, busy: Busy) -> None:  # noqa: FBT001 - a row
    """The reports are of 70 s; without them 10 tasks a second of 4 s are 10 slots of each of 4 pods."""
    need = needed(memory, backlog=backlog, age=age, heard=(Heard(2, 70, 0),) * 4, reports=reports)
    learned = need.memory.service_time.busy_reported
    assert (learned.per_pod, learned.pods, learned.draining) == pytest.approx((busy.per_pod, busy.pods, busy.draining))
    assert learned.reckoned_seconds == pytest.approx(busy.reckoned_seconds)


def test_pods_that_were_not_heard_since_a_backlog_stands_are_believed_to_be_full() -> None:
    """It fills them; what they reported before is no word on it."""
    learned = needed(backlog=50, age=7, heard=(Heard(2, 70, 0),) * 4).memory.service_time
    assert (learned.busy_believed.per_pod, learned.busy_reported.per_pod) == (10, 2)


def test_the_last_reading_is_remembered_with_the_time_when_it_was_made() -> None:
    """The next one may be the same, out of the server's cache."""
    first = QueueStatistics(50, 7, 10, 10, NOW - 5)
    assert needed(backlog=50, age=7).memory.statistics == replace(first, read_at=NOW)
    assert needed(replace(KNOWN, statistics=first), backlog=50, age=7).memory.statistics == first


def test_without_a_source_nothing_is_learned_between_backlogs() -> None:
    """The next look begins a new window."""
    assert needed(reports=False).memory.service_time.at is None
    assert needed(reports=False, backlog=50, age=7).memory.service_time.at == NOW


def test_steady_load_wants_room_for_what_chance_adds_to_its_rate() -> None:
    """40 slots are 4 replicas; 4 s times a standard deviation of 0.36 tasks/s, and the fifth is kept for longer."""
    need = needed()
    assert (need.replicas, need.steady_replicas) == (4, 5)


def test_an_idle_queue_needs_nothing() -> None:
    """Nothing runs, waits or arrives."""
    need = queue_need(
        QueueReading("orders/Activity", QueueStatistics(0, 0, 0, 0, NOW), Workers((), (), (), 0), 10),
        QueueMemory(),
        TERMS,
        NOW,
    )
    assert (need.replicas, need.steady_replicas, need.stands) == (0, 0, False)
