"""What one queue needs when all steps are put together: the number, what is found beside it, and what is learned."""

from dataclasses import replace

import pytest

from controller.scaling.deadline.arrivals import Estimate, RateWindow, TaskCount
from controller.scaling.deadline.bottleneck import Bottleneck, Phase
from controller.scaling.deadline.queue_need import QueueMemory, QueueNeed, QueueReading, queue_need
from controller.scaling.deadline.service_time import ServiceTime, Tally
from controller.scaling.deadline.start_up import Terms
from controller.scaling.deadline.workers import PodReport, Span, WorkerReport, Workers
from controller.scaling.observation import Poller, QueueStatistics
from controller.scaling.reasons import StepReason
from tests.scaling.builders import statistics

NOW = 100.0
TERMS = Terms(objective_seconds=60, start_up_seconds=20, prior_seconds=5, next_poll_seconds=5)
TIMES = (0.0, 30.0, 60.0, 90.0)


def learned(task_seconds: float, per_second: float, *, ended: int = 1000) -> QueueMemory:
    """A queue whose tasks take so long, and at which so many arrived and went."""
    tally = Tally(ended * task_seconds, completions=ended)
    counted = TaskCount(TIMES, tuple(per_second * time for time in TIMES))
    service = ServiceTime(by_reports=tally, by_server=tally, at=90, dispatched=counted.totals[-1])
    return QueueMemory(service_time=service, arrivals=counted, dispatched=counted)


def needed(
    memory: QueueMemory,
    read: QueueStatistics,
    *,
    used: tuple[int, ...] = (0, 0, 0, 0),
    reported_at: float = 95,
    terms: Terms = TERMS,
    starting: tuple[float, ...] = (),
    slots: int = 10,
    reports: bool = True,
) -> QueueNeed:
    """The need of a queue with pods of ten slots that reported so many in use."""
    reported = tuple(PodReport(count, reported_at, 0) for count in used) if reports else ()
    workers = Workers((0.0,) * len(used), starting, reported, slots_used_draining=0)
    return queue_need(QueueReading("orders/Activity", read, workers, slots, reports), memory, terms, NOW)


# The number


def test_an_idle_queue_needs_nothing() -> None:
    """Nothing runs, waits or arrives."""
    need = needed(QueueMemory(), statistics(read_at=NOW), used=())
    assert (need.replicas, need.steady_replicas, need.stands, need.active) == (0, 0, False, False)


def test_steady_load_needs_the_slots_that_it_fills() -> None:
    """10 tasks/s of 4 s are 40 slots: 4 replicas. With a standard deviation of the rate the fifth is kept longer."""
    read, terms = statistics(add_rate=10, dispatch_rate=10, read_at=NOW), replace(TERMS, prior_seconds=4)
    need = needed(learned(4, 10), read, used=(10,) * 4, terms=terms)
    assert (need.replicas, need.steady_replicas) == (4, 5)


def test_load_and_waiting_tasks_share_the_slots() -> None:
    """One slot does both: the larger counts, not the sum. 4 replicas are busy; 500 more tasks wait."""
    memory = replace(learned(4, 10), standing_since=80)
    need = needed(memory, statistics(500, age_seconds=20, add_rate=10, dispatch_rate=10, read_at=NOW), used=(10,) * 4)
    coming, waiting = (estimate.value for estimate in need.estimates[4:] if isinstance(estimate, Estimate))
    assert need.replicas == -(-max(coming, waiting) // 10)
    assert need.replicas < (coming + waiting) / 10


def test_long_tasks_that_run_are_held_whatever_will_have_ended_by_then() -> None:
    """40 slots of 100 s; after a start of 100 s a third of them would be in use, and no new replica can be in time."""
    late = replace(TERMS, start_up_seconds=100)
    assert needed(learned(100, 0), statistics(read_at=NOW), used=(10,) * 4, terms=late).replicas == 4


def test_a_load_that_is_not_there_needs_no_replica_if_it_is_less_than_one_slot() -> None:
    """1.5 tasks/s of 1 s are more, 0.5 are less."""
    some = needed(learned(1, 1.5), statistics(add_rate=1.5, read_at=NOW))
    assert (some.replicas, some.active) == (1, False)
    few = needed(learned(1, 0.5), statistics(add_rate=0.5, read_at=NOW))
    assert (few.replicas, few.steady_replicas, few.active) == (0, 0, False)


def test_a_load_of_just_a_slot_needs_a_replica() -> None:
    """1 task/s of 1 s, which is also what is assumed; after 45 s nothing is left of what runs now."""
    terms = Terms(objective_seconds=60, start_up_seconds=40, prior_seconds=1)
    one = needed(learned(1, 1), statistics(add_rate=1, read_at=NOW), terms=terms)
    assert (one.replicas, one.steady_replicas, one.active) == (1, 1, False)


def test_what_runs_keeps_a_replica_though_it_will_have_ended() -> None:
    """One task of 1 s; a new replica takes 25 s."""
    need = needed(learned(1, 0), statistics(read_at=NOW), used=(1, 0, 0, 0))
    assert (need.replicas, need.active) == (1, True)


def test_tasks_that_have_waited_are_due_sooner() -> None:
    """500 tasks of 4 s, whose oldest is 20 s old: the 34 s that are left are not the 54 s of D."""
    fresh, old = (
        needed(learned(4, 0), statistics(500, age_seconds=age, read_at=NOW), used=()).replicas for age in (0.5, 20)
    )
    assert old > 2 * fresh


def test_what_waits_while_it_is_not_known_how_long_tasks_take_gets_a_slot_each_before_it_is_too_late() -> None:
    """42 tasks: D is 15 s, a start takes 5 s and they have waited for 1 s; the next poll would be too late for more."""
    terms = Terms(objective_seconds=15, start_up_seconds=5, prior_seconds=5)
    early = needed(QueueMemory(), statistics(42, age_seconds=1, read_at=NOW), used=(), terms=terms, slots=4)
    assert early.duration.assumed
    assert early.replicas < 11
    late = needed(QueueMemory(), statistics(42, age_seconds=6, read_at=NOW), used=(), terms=terms, slots=4)
    assert late.estimates[-1].reason == StepReason.SLOT_PER_TASK
    assert late.replicas == 11


def test_what_was_requested_is_not_requested_again_while_it_starts() -> None:
    """The same 42 tasks 2 s later, with 11 replicas on their way."""
    terms = Terms(objective_seconds=15, start_up_seconds=5, prior_seconds=5)
    read = statistics(42, age_seconds=8, read_at=NOW)
    assert needed(QueueMemory(), read, used=(), terms=terms, slots=4, starting=(3.0,) * 11).replicas <= 11


# Where something else is the bottleneck


def test_an_experiment_has_its_replicas_whatever_the_work_needs() -> None:
    """From 4 to 6, for few tasks that wait beside idle slots."""
    asking = Bottleneck(Phase.EXPERIMENT, rate_before=0.1, ready_before=4, backlog_before=5, ready=4, at=90)
    memory = replace(learned(1, 0.1), bottleneck=asking, standing_since=80)
    need = needed(memory, statistics(5, age_seconds=20, add_rate=0.1, dispatch_rate=0.1, read_at=NOW))
    assert need.replicas == 6


def replicas_elsewhere(*, slots: int, per_window: tuple[int, ...] = (), rate: float, capacity: float | None) -> int:
    """20 pods that idle beside a backlog of 500; tasks of 4 s; counts of windows of 30 s, the oldest first."""
    times = tuple(30.0 * number for number in range(len(per_window) + 1))
    totals = tuple(float(sum(per_window[:number])) for number in range(len(per_window) + 1))
    tally = Tally(4000, completions=1000)
    memory = QueueMemory(
        service_time=ServiceTime(by_reports=tally, by_server=tally, at=90),
        dispatched=TaskCount(times, totals) if per_window else TaskCount(),
        bottleneck=Bottleneck(
            Phase.ELSEWHERE, rate_before=10, ready_before=20, backlog_before=500, ready=20, capacity_per_second=capacity
        ),
        standing_since=0,
    )
    workers = Workers((0.0,) * 20, ready_in_seconds=(), reports=(PodReport(0, 85, 0),) * 20, slots_used_draining=0)
    read = QueueStatistics(500, 60, 10, rate, times[-1])
    need = queue_need(QueueReading("orders/Activity", read, workers, slots), memory, TERMS, 90)
    waiting = need.estimates[-1]
    assert isinstance(waiting, Estimate)
    assert (waiting.value, waiting.reason) == (0.0, StepReason.BACKLOG_ELSEWHERE)
    return need.replicas


@pytest.mark.parametrize(
    ("slots", "per_window", "rate", "capacity", "wanted"),
    [
        pytest.param(5, (300, 300, 300), 10, None, 10, id="10 tasks/s of 4 s at 85 % of 5 slots are 9.4"),
        pytest.param(1, (90, 180, 360), 12, None, 40, id="0.5, 0.3, 0.2 of 12, 6, 3 tasks/s, not the last 30 s"),
        pytest.param(5, (), 20, None, 19, id="the last 30 s where nothing else is known"),
        pytest.param(1, (3, 3, 3), 0.1, None, 2, id="one slot at least, at 85 %"),
        pytest.param(5, (300, 300, 300), 10, 1.0, 14, id="of the 3.4 slots that the pollers keep in use"),
    ],
)
def test_what_gets_through_needs_slots(
    slots: int, per_window: tuple[int, ...], rate: float, capacity: float | None, wanted: int
) -> None:
    """Whatever waits."""
    assert replicas_elsewhere(slots=slots, per_window=per_window, rate=rate, capacity=capacity) == wanted


def test_no_more_arrive_than_get_through_where_something_else_is_the_bottleneck() -> None:
    """10 tasks/s come and 4 get through."""
    stuck = Bottleneck(Phase.ELSEWHERE, rate_before=4, ready_before=4, backlog_before=50, ready=4, at=90)
    memory = replace(learned(1, 10), bottleneck=stuck, standing_since=80)
    need = needed(memory, statistics(50, age_seconds=20, add_rate=10, dispatch_rate=4, read_at=NOW))
    arrivals = need.estimates[3]
    assert isinstance(arrivals, Estimate)
    assert (arrivals.value, arrivals.reason) == (4, StepReason.ARRIVALS_LIMITED)


@pytest.mark.parametrize(
    ("ready", "task_seconds", "wanted"),
    [
        pytest.param(4, 4, 128, id="10 tasks/s for 54 s, at 85 % of 5 slots: not what 5,000 tasks would need"),
        pytest.param(4, 100, 236, id="or for as long as a task takes"),
        pytest.param(150, 20, 150, id="those that are there stay while it stands"),
    ],
)
def test_no_more_are_bought_than_a_known_limit_lets_through(ready: int, task_seconds: float, wanted: int) -> None:
    """5,000 tasks wait at replicas that are busy, and 10 tasks/s lately got through, whatever the replicas."""
    memory = replace(
        learned(task_seconds, 0, ended=100_000),
        bottleneck=Bottleneck(limit_per_second=10, limited_at=60, ready=ready),
        standing_since=80,
    )
    read = statistics(5000, age_seconds=20, add_rate=20, dispatch_rate=10, read_at=NOW)
    need = needed(memory, read, used=(4, 5) * (ready // 2), slots=5)
    assert need.estimates[1].reason == StepReason.LIMIT_KNOWN
    assert need.replicas == wanted


def test_a_reported_rate_limit_bounds_the_replicas_before_it_bites() -> None:
    """5,000 tasks came to a pool without replicas, and the server hands out 2 a second."""
    read = statistics(5000, age_seconds=20, add_rate=150, read_at=NOW)
    free = needed(learned(4, 0), read, used=())
    limited = needed(learned(4, 0), replace(read, rate_limit_per_second=2.0), used=())
    assert limited.replicas == -(-2 * 54 / 0.85 // 10)
    assert limited.replicas < free.replicas


POLLERS_LIMIT = replace(
    learned(4, 1),
    service_time=ServiceTime(
        by_reports=Tally(2000, completions=1000), by_server=Tally(4000, completions=1000), interval_seconds=60
    ),
    bottleneck=Bottleneck(capacity_per_second=1.0, ready=4, at=90),
)
"""Tasks take 4 s if pods without reports were full, and 2 s by the reports alone."""


def test_where_pollers_are_the_limit_reports_alone_say_how_long_tasks_take() -> None:
    """A guess that slots are full would take idle ones for busy ones."""
    read = statistics(add_rate=1, dispatch_rate=1, read_at=NOW)
    assert needed(POLLERS_LIMIT, read).duration.likely == pytest.approx(2, rel=0.05)
    unlimited = replace(POLLERS_LIMIT, bottleneck=Bottleneck(ready=4, at=90))
    assert needed(unlimited, read).duration.likely == pytest.approx(4, rel=0.05)


# What runs


def reading(*reported: PodReport, ready: int = 4, dispatch_rate: float = 0.0, reports: bool = True) -> QueueReading:
    """Ready pods of ten slots."""
    workers = Workers((0.0,) * ready, ready_in_seconds=(), reports=reported, slots_used_draining=3)
    return QueueReading("orders/Activity", QueueStatistics(0, 0, 0, dispatch_rate, NOW), workers, 10, reports)


DISPATCHED = TaskCount((60.0, 90.0, 100.0), (0.0, 60.0, 90.0))
"""2 tasks a second from 60 to 90 s, and 3 in the next 10 s."""
FOUR = learned(4, 0).service_time.duration(5, hinted=False, by_reports=True)
NOBODY_KNOWS = ServiceTime().duration(5, hinted=False, by_reports=True)


@pytest.mark.parametrize(
    ("read", "standing_since", "slots"),
    [
        pytest.param(
            reading(*[PodReport(2, 95, 0)] * 4), None, 8 + 3 * 4.2, id="reported, and dispatched while they ran"
        ),
        pytest.param(reading(*[PodReport(2, 100, 0)] * 4), None, 8, id="reported just now"),
        pytest.param(reading(*[PodReport(9, 60, 0)] * 4), None, 40, id="no more than there are"),
        pytest.param(
            reading(PodReport(2, 70, 0)), 80, 40, id="a backlog stands: those that were not reported since are full"
        ),
        pytest.param(reading(PodReport(5, 99, 0)), 80, 20, id="those that were speak for the others"),
        pytest.param(reading(reports=False, dispatch_rate=2), None, 8, id="no source: 2 tasks/s of 4 s"),
        pytest.param(reading(reports=False, dispatch_rate=50), None, 40, id="in no more than all slots"),
        pytest.param(reading(reports=False), 80, 40, id="no source, and a backlog stands"),
        pytest.param(reading(ready=0), None, 0, id="no pod"),
    ],
)
def test_what_runs_is_what_was_reported_and_may_have_been_dispatched_since(
    read: QueueReading, standing_since: float | None, slots: float
) -> None:
    """Reports are up to a minute old: what came since then may run, for as long as tasks take."""
    assert read.slots_used(standing_since, DISPATCHED, FOUR) == pytest.approx(slots, rel=0.05)


def test_what_was_dispatched_may_run_still_while_it_is_not_known_how_long_tasks_take() -> None:
    """All since the reports of 70 s: 70 tasks, but no more than there are slots."""
    assert reading(PodReport(1, 70, 0), ready=20).slots_used(None, DISPATCHED, NOBODY_KNOWS) == 1 + 70
    assert reading(PodReport(1, 70, 0), ready=20).slots_used(None, DISPATCHED, FOUR) < 1 + 20
    assert reading(PodReport(1, 70, 0), ready=4).slots_used(None, DISPATCHED, NOBODY_KNOWS) == 40


def test_pods_that_never_reported_may_run_what_came_since_the_first_was_ready() -> None:
    """Nothing was reported of any; 90 tasks were dispatched."""
    assert reading(ready=20).slots_used_at_most(DISPATCHED) == 90
    assert reading(ready=20).slots_used_at_most(TaskCount()) == 0


def test_what_runs_is_no_less_when_a_backlog_begins_to_stand() -> None:
    """Reports from after it began are of 1 s ago; what was dispatched since may run as well."""
    read = reading(*[PodReport(2, 95, 0)] * 4)
    assert read.slots_used(90, DISPATCHED, FOUR) == read.slots_used(None, DISPATCHED, FOUR)


# What is learned


def test_a_backlog_stands_since_its_oldest_task_came() -> None:
    """As it was when it began to stand, whatever is the oldest now; nothing stands once it is gone."""
    known = replace(learned(4, 10), standing_since=40)
    standing, passing = (statistics(50, age_seconds=age, dispatch_rate=10, read_at=NOW) for age in (7, 6))
    assert needed(learned(4, 10), standing).memory.standing_since == NOW - 7
    assert needed(known, standing).memory.standing_since == 40
    assert needed(known, statistics(read_at=NOW)).memory.standing_since is None
    assert needed(known, passing).memory.standing_since is None


@pytest.mark.parametrize(
    ("known", "age", "full"),
    [
        pytest.param((), 20, (Span(80, 100),), id="since its oldest task came"),
        pytest.param((Span(50, 85),), 20, (Span(50, 100),), id="it goes on"),
        pytest.param((Span(50, 70),), 20, (Span(50, 70), Span(80, 100)), id="it is another one"),
        pytest.param((Span(-90, -40),), 20, (Span(80, 100),), id="what no report can be of is forgotten"),
        pytest.param((Span(50, 90),), 0, (Span(50, 90),), id="it is over"),
        pytest.param((), 500, (Span(-30, 100),), id="no longer than reports reach"),
    ],
)
def test_it_is_remembered_when_slots_were_full(known: tuple[Span, ...], age: float, full: tuple[Span, ...]) -> None:
    """While a backlog stood before slots that are the limit."""
    read = statistics(50 if age else 0, age_seconds=age, dispatch_rate=10, read_at=NOW)
    assert needed(replace(learned(4, 10), full=known), read, used=(10,) * 4, reported_at=100).memory.full == full


def test_slots_that_idle_beside_a_backlog_were_not_full() -> None:
    """Something else holds the tasks back."""
    stuck = Bottleneck(Phase.ELSEWHERE, rate_before=4, ready_before=4, backlog_before=50, ready=4, at=90)
    memory = replace(learned(1, 10), bottleneck=stuck, standing_since=80)
    assert needed(memory, statistics(50, age_seconds=20, dispatch_rate=4, read_at=NOW)).memory.full == ()


def test_the_server_alone_shows_how_long_tasks_take_while_a_backlog_stands() -> None:
    """40 full slots dispatch 10 tasks/s: they take 4 s, whether anybody reports or not."""
    memory = replace(
        learned(4, 10, ended=0),
        full=(Span(60, 90),),
        standing_since=60,
        service_time=ServiceTime(at=90, dispatched=900),
    )
    unreported = Workers((0.0,) * 4, (), (), 0, tuple(WorkerReport(f"{i}", 50, 0, 10, 0, None, 0) for i in range(4)))
    silent_reading = QueueReading(
        "orders/Activity", statistics(500, age_seconds=40, add_rate=10, dispatch_rate=10, read_at=NOW), unreported, 10
    )
    memory = replace(memory, service_time=replace(memory.service_time, pods_since=unreported.ready_since))
    need = queue_need(silent_reading, memory, TERMS, NOW)
    learned_now = need.memory.service_time.by_server
    assert (learned_now.slot_seconds, learned_now.completions) == pytest.approx((400, 100))
    assert need.duration.likely == pytest.approx(4, rel=0.1)


def test_a_burst_that_loaded_the_queue_counts_by_the_time_since() -> None:
    """360 tasks came 4 s ago; the server's rates are means of these, and say 90 and 10 per second."""
    window = RateWindow().observe(statistics(read_at=94), 94)
    once = TaskCount((94.0,), (0.0,))
    memory = QueueMemory(arrivals=once, dispatched=once, rate_window=window)
    burst = statistics(320, add_rate=90, dispatch_rate=10, read_at=NOW)
    counted = needed(memory, burst).memory
    assert counted.arrivals.totals[-1] == pytest.approx(360)
    assert counted.dispatched.totals[-1] == pytest.approx(40)
    assert counted.rate_window.loaded_at == 96


def test_the_last_reading_is_remembered_with_the_time_when_it_was_made() -> None:
    """The next one may be the same, out of the server's cache."""
    before = statistics(50, age_seconds=7, add_rate=10, dispatch_rate=10, read_at=NOW - 5)
    now = replace(before, read_at=NOW)
    assert needed(learned(4, 10), now).memory.statistics == now
    assert needed(replace(learned(4, 10), statistics=before), now).memory.statistics == before


def test_a_reading_out_of_the_cache_is_as_old_as_it_was() -> None:
    """It says what the last one said; an idle queue says the same for ever, and time goes on."""
    first = statistics(40, age_seconds=7, dispatch_rate=3, read_at=100)
    memory = QueueMemory(statistics=first)
    assert memory.read_at(replace(first, read_at=105)) == 100
    assert memory.read_at(replace(first, read_at=105, backlog=39)) == 105
    stuck = statistics(40, age_seconds=7, read_at=100)
    assert QueueMemory(statistics=stuck).read_at(replace(stuck, read_at=105)) == 100
    idle = statistics(0, read_at=100)
    assert QueueMemory(statistics=idle).read_at(replace(idle, read_at=105)) == 105
    assert QueueMemory().read_at(first) == 100
    polled = replace(first, read_at=105, pollers=(Poller("1@a", 104),), rates_young=True)
    assert memory.read_at(polled) == 100, "pollers are never out of the cache"


def test_a_reading_that_is_old_makes_tasks_due_sooner() -> None:
    """It is 5 s old: what had waited for 20 s then has for 25 s now."""
    read = statistics(500, age_seconds=20, add_rate=10, dispatch_rate=10, read_at=NOW)
    cached = replace(learned(4, 0), statistics=replace(read, read_at=NOW - 5))
    fresh = needed(learned(4, 0), replace(read, backlog_age_seconds=25), used=())
    assert needed(cached, read, used=()).replicas == fresh.replicas > needed(learned(4, 0), read, used=()).replicas


def test_without_a_source_nothing_is_learned_between_backlogs() -> None:
    """The next poll begins a new window."""
    assert needed(learned(4, 10), statistics(read_at=NOW), reports=False).memory.service_time.at is None
    waits = statistics(50, age_seconds=7, dispatch_rate=10, read_at=NOW)
    assert needed(learned(4, 10), waits, reports=False).memory.service_time.at == NOW


def test_reports_of_idle_slots_beside_a_backlog_contradict_that_they_were_full() -> None:
    """One poller fills 1 of 100 slots: 90 tasks of 0.1 s did not take 100 slots for 10 s each."""
    worker_reports = tuple(WorkerReport(f"{i}", 95, 1, 100, 400, None, 0) for i in range(4))
    before = replace(learned(0.1, 9, ended=0), full=(Span(60, 90),), standing_since=60)
    service = ServiceTime(by_server=Tally(4000, 0, 90), at=90, dispatched=810, pods_since=(0.0,) * 4)
    workers = Workers((0.0,) * 4, (), tuple(PodReport(1, 95, 0) for _ in worker_reports), 0, worker_reports)
    waiting = statistics(138, age_seconds=40, add_rate=9, dispatch_rate=9, read_at=NOW)
    read = QueueReading("orders/Activity", waiting, workers, 100)
    memory = queue_need(read, replace(before, service_time=service), TERMS, NOW).memory
    assert memory.full == ()
    assert memory.service_time.by_server == Tally()


def test_a_first_report_contradicts_no_full_slots() -> None:
    """A worker sends it as it starts, before it can have a task."""
    worker_reports = tuple(WorkerReport(f"{i}", 95, 0, 10, 0, None, 94.5) for i in range(4))
    workers = Workers((94.5,) * 4, (), tuple(PodReport(0, 95, 94.5) for _ in worker_reports), 0, worker_reports)
    waiting = statistics(138, age_seconds=40, add_rate=9, dispatch_rate=9, read_at=NOW)
    memory = replace(learned(4, 9), full=(Span(60, 90),), standing_since=60)
    assert queue_need(QueueReading("orders/Activity", waiting, workers, 10), memory, TERMS, NOW).memory.full == (
        Span(60, 100),
    )


def test_a_burst_that_leaves_the_mean_ends_no_tasks() -> None:
    """40 long tasks began 33 s ago; the rate says 42 more did just now, while 7 came and 3 of them wait."""
    before = statistics(1, age_seconds=0.8, add_rate=1.5, dispatch_rate=1.4, read_at=95)
    service = ServiceTime(at=95, dispatched=50, pods_since=(0.0,) * 4)
    memory = QueueMemory(
        service_time=service,
        arrivals=TaskCount((60, 65, 95), (0, 40, 46)),
        dispatched=TaskCount((60, 67, 95), (0, 40, 50)),
        full=(Span(90, 95),),
        standing_since=90,
        statistics=before,
    )
    now = statistics(4, age_seconds=6, add_rate=0.4, dispatch_rate=1.4, read_at=NOW)
    tally = needed(memory, now, reports=False).memory.service_time.by_server
    assert tally.completions == pytest.approx(4)
