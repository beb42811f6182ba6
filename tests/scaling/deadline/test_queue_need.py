"""What one queue needs when all steps are put together: the number, what is told beside it, and what is learned."""

from dataclasses import replace

import pytest

from controller.scaling.deadline.arrivals import RateWindow, TaskCount
from controller.scaling.deadline.bottleneck import Bottleneck, Phase
from controller.scaling.deadline.estimate import Estimate
from controller.scaling.deadline.queue_need import QueueMemory, QueueNeed, QueueReading, queue_need
from controller.scaling.deadline.service_time import Busy, ServiceTime, Tally
from controller.scaling.deadline.terms import Terms
from controller.scaling.deadline.workers import Heard, Workers
from controller.scaling.observation import QueueStatistics
from controller.scaling.reasons import Reason
from tests.scaling.builders import statistics

NOW = 100.0
TERMS = Terms(objective_seconds=60, start_up_seconds=20, reaction_seconds=35, prior_seconds=15)
TIMES = (0.0, 30.0, 60.0, 90.0)


def learned(service_seconds: float, per_second: float, *, used: float = 0, ready: int = 4) -> QueueMemory:
    """A queue whose tasks take so long, and at which so many arrived and went."""
    tally, busy = Tally(1000 * service_seconds, 1000), Busy(used, ready, 0)
    counted = TaskCount(TIMES, tuple(per_second * time for time in TIMES))
    service = ServiceTime(tally, tally, 90, counted.totals[-1], busy, busy)
    return QueueMemory(service_time=service, arrivals=counted, dispatched=counted)


def needed(
    memory: QueueMemory,
    read: QueueStatistics,
    *,
    used: tuple[int, ...] = (0, 0, 0, 0),
    reported_at: float = 95,
    terms: Terms = TERMS,
) -> QueueNeed:
    """The need of a queue with pods of ten slots that reported so many in use."""
    heard = tuple(Heard(slots, reported_at, 0) for slots in used)
    workers = Workers((0.0,) * len(used), (), heard, slots_used_draining=0)
    return queue_need(QueueReading("orders/Activity", read, workers, 10), memory, terms, NOW)


def test_long_tasks_that_run_are_held_whatever_will_have_ended_by_then() -> None:
    """40 slots of 100 s; after a start of 100 s a third of them would be in use, and no order can be in time."""
    late = Terms(objective_seconds=60, start_up_seconds=100, reaction_seconds=115, prior_seconds=15)
    memory = learned(100, 0, used=10)
    assert needed(memory, statistics(read_at=NOW), used=(10,) * 4, terms=late).replicas == 4


def test_a_load_that_is_not_there_needs_no_replica_if_it_is_less_than_one_slot() -> None:
    """1.5 tasks/s of 1 s are more, 0.5 are less."""
    some = needed(learned(1, 1.5), statistics(add_rate=1.5, read_at=NOW))
    assert (some.replicas, some.active) == (1, False)
    few = needed(learned(1, 0.5), statistics(add_rate=0.5, read_at=NOW))
    assert (few.replicas, few.steady_replicas, few.active) == (0, 0, False)


def test_a_load_of_just_a_slot_needs_a_replica() -> None:
    """1 task/s of 1 s, which is also what is assumed; after 45 s nothing is left of what runs now."""
    terms = Terms(objective_seconds=60, start_up_seconds=30, reaction_seconds=45, prior_seconds=1)
    one = needed(learned(1, 1), statistics(add_rate=1, read_at=NOW), terms=terms)
    assert (one.replicas, one.steady_replicas, one.active) == (1, 1, False)


def test_long_tasks_have_a_load_of_what_runs_only_if_an_order_is_ready_before_the_deadline() -> None:
    """54 s of 60 s: an order that takes as long is late, so that slots are bought for what will arrive."""
    memory, read = learned(100, 0, used=10), statistics(read_at=NOW)
    in_time = Terms(objective_seconds=60, start_up_seconds=38, reaction_seconds=53, prior_seconds=15)
    late = Terms(objective_seconds=60, start_up_seconds=39, reaction_seconds=54, prior_seconds=15)
    told = [needed(memory, read, used=(10,) * 4, terms=terms).estimates[4].message for terms in (in_time, late)]
    assert told[0].startswith("40 slots are in use; for a task of")
    assert told[1].startswith("22.9 slots in 54 s: 22.9 of 40 still used")


def test_what_runs_keeps_a_replica_though_it_will_have_ended() -> None:
    """One task of 1 s; an order takes 35 s."""
    need = needed(learned(1, 0), statistics(read_at=NOW), used=(1, 0, 0, 0))
    assert (need.replicas, need.active) == (1, True)


def test_an_experiment_has_its_replicas_whatever_the_work_needs() -> None:
    """From 4 to 6, for few tasks that wait beside idle slots."""
    asking = Bottleneck(Phase.EXPERIMENT, rate_before=0.1, ready_before=4, backlog_before=5, ready=4, at=90)
    memory = replace(learned(1, 0.1), bottleneck=asking, standing_since=80)
    need = needed(memory, statistics(5, age_seconds=20, add_rate=0.1, dispatch_rate=0.1, read_at=NOW))
    assert need.replicas == 6
    assert need.message == "orders/Activity needs 6 replicas to find out whether they help."


@pytest.mark.parametrize(
    ("tally", "seconds", "assumed"),
    [(Tally(4000, 1000), 4, False), (Tally(8, 0.5), 15, True)],
    ids=["measured", "half a task has ended"],
)
def test_the_service_time_is_what_was_measured_or_all_of_the_assumption(
    tally: Tally, seconds: float, *, assumed: bool
) -> None:
    """A mean of a little of both tells nobody how long a task runs."""
    memory = replace(learned(1, 0), service_time=ServiceTime(tally, tally, 90))
    need = needed(memory, statistics(read_at=NOW))
    assert need.assumed is assumed
    assert need.service_seconds == pytest.approx(seconds, rel=0.01)


LIMITED = replace(
    learned(4, 1),
    service_time=ServiceTime(Tally(4000, 1000), Tally(2000, 1000), 90, 90),
    bottleneck=Bottleneck(capacity_per_second=1.0, ready=4, at=90),
)
"""Pollers limit a replica: tasks take 4 s if silent pods were full, and 2 s by the reports alone."""


def test_where_pollers_are_the_limit_reports_alone_tell_the_service_time() -> None:
    """A guess that slots are full would take idle ones for busy ones."""
    read = statistics(add_rate=1, dispatch_rate=1, read_at=NOW)
    need = needed(LIMITED, read)
    assert need.service_seconds == pytest.approx(2, rel=0.05)
    silent = needed(replace(LIMITED, stood_at=80), read, reported_at=70)
    assert silent.memory.service_time.busy_reported.reckoned_seconds == pytest.approx(2, rel=0.05)
    unlimited = replace(LIMITED, bottleneck=Bottleneck(ready=4, at=90))
    assert needed(unlimited, read).service_seconds == pytest.approx(4, rel=0.05)


def test_what_pods_reported_since_a_backlog_began_is_believed_whatever_was_dispatched() -> None:
    """The server tells of no task in the last 30 s, and the slots are full of long ones."""
    memory = replace(learned(100, 0), standing_since=80)
    need = needed(memory, statistics(50, age_seconds=20, read_at=NOW), used=(10,) * 4)
    assert need.memory.service_time.busy_believed.slots == 40


def test_a_burst_that_loaded_the_queue_counts_by_the_time_since() -> None:
    """360 tasks came 4 s ago; the server's rates are means of these, and say 80 and 10 per second."""
    window = RateWindow().observe(statistics(read_at=94), 94)
    once = TaskCount((94.0,), (0.0,))
    memory = QueueMemory(arrivals=once, dispatched=once, rate_window=window)
    burst = statistics(320, add_rate=90, dispatch_rate=10, read_at=NOW)
    counted = needed(memory, burst).memory
    assert counted.arrivals.totals[-1] == pytest.approx(360)
    assert counted.dispatched.totals[-1] == pytest.approx(40)
    assert counted.rate_window.loaded_at == 96


def test_no_more_arrive_than_get_through_where_something_else_is_the_bottleneck() -> None:
    """10 tasks/s come and 4 get through."""
    stuck = Bottleneck(Phase.ELSEWHERE, rate_before=4, ready_before=4, backlog_before=50, ready=4, at=90)
    memory = replace(learned(1, 10), bottleneck=stuck, standing_since=80)
    need = needed(memory, statistics(50, age_seconds=20, add_rate=10, dispatch_rate=4, read_at=NOW))
    assert need.estimates[3] == Estimate(
        4, Reason.ARRIVALS_LIMITED, "4.00 tasks/s are reckoned with, as many as get through: 10.00 tasks/s arrive."
    )


@pytest.mark.parametrize(("start_up", "rate"), [(50, 10), (20, 0.5 / 30)], ids=["late", "in time"])
def test_a_step_counts_sooner_where_orders_are_late(start_up: float, rate: float) -> None:
    """10 tasks/s for the last three looks, and none before."""
    times = tuple(10.0 * i for i in range(10))
    memory = replace(learned(1, 0), arrivals=TaskCount(times, (0.0,) * 8 + (100.0, 200.0)))
    terms = Terms(objective_seconds=60, start_up_seconds=start_up, reaction_seconds=start_up + 15, prior_seconds=15)
    need = needed(memory, statistics(add_rate=10, dispatch_rate=10, read_at=NOW), terms=terms)
    assert isinstance(need.estimates[3], Estimate)
    assert need.estimates[3].value == pytest.approx(rate)
