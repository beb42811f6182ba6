"""How long a task takes (step 3): what each source says, and which of them counts."""

from dataclasses import replace
from math import exp, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.scaling.deadline.service_time import LONGEST_SECONDS, ServiceTime, Tally, pod_seconds
from controller.scaling.deadline.workers import LastReport, PodReport, Span, WorkerReport, Workers, overlap
from controller.scaling.reasons import StepReason
from controller.scaling.server_times import REMEMBERED_SECONDS

LONG_AGO = -1e6
NOWHERE: tuple[Span, ...] = ()
"""No backlog stood."""


def report(
    at: float,
    used: int = 0,
    ended: int | None = 0,
    *,
    seconds: float | None = None,
    worker: str = "a",
    slots: int = 4,
    started_at: float | None = LONG_AGO,
) -> WorkerReport:
    """A report of a worker with four slots."""
    return WorkerReport(worker, at, used, slots, ended, seconds, started_at)


def workers(*worker_reports: WorkerReport, ready_since: tuple[float, ...] = (), draining: int = 0) -> Workers:
    """Who takes tasks, with their last reports."""
    reported = tuple(PodReport(one.slots_used, one.at, LONG_AGO) for one in worker_reports)
    return Workers(ready_since, (), reported, draining, worker_reports)


def reported(*worker_reports: WorkerReport, full: tuple[Span, ...] = NOWHERE) -> ServiceTime:
    """What is known after these reports, one after the other."""
    memory = ServiceTime()
    for one in worker_reports:
        memory = memory.add_reports(workers(one), full)
    return memory


# Workers' own counts


def test_a_first_report_teaches_nothing_but_is_remembered() -> None:
    """How its slots came to be in use is not known."""
    memory = reported(report(10, used=3, ended=100))
    assert (memory.by_reports, memory.unfinished) == (Tally(), 3)


def test_between_two_reports_the_counts_are_exact() -> None:
    """2 slots in use at both ends of 10 s, and 5 tasks ended: 20 slot-seconds; up to 4 may have been in use."""
    memory = reported(report(10, used=2, ended=100), report(20, used=2, ended=105))
    assert memory.by_reports == Tally(slot_seconds=20, doubt=20**2 / 3, completions=5)
    assert memory.interval_seconds == 10


def test_no_more_slots_were_in_use_than_tasks_were_there() -> None:
    """One task ran at first and one came and ended: at most two."""
    memory = reported(report(10, used=1, ended=100), report(20, used=1, ended=101))
    assert memory.by_reports == Tally(slot_seconds=10, doubt=10**2 / 3, completions=1)


def test_while_a_backlog_stood_all_slots_were_in_use() -> None:
    """From 12 to 20 s: 4 slots for 8 s, and 2 of them for the other two.

    It was seen to stand until 22.5 s, in an answer of the server that may be so much older.
    """
    memory = reported(report(10, used=2, ended=100), report(20, used=2, ended=120), full=(Span(12, 22.5),))
    assert memory.by_reports == Tally(slot_seconds=4 * 8 + 2 * 2, doubt=4**2 / 3, completions=20)


def test_while_nothing_was_dispatched_no_slot_was_newly_filled() -> None:
    """Two tasks ended and nothing runs: in the 8 of 10 s without dispatches no more than those two can have run."""
    first = ServiceTime().add_reports(workers(report(10, used=2, ended=100)), NOWHERE)
    memory = first.add_reports(workers(report(20, used=0, ended=102)), NOWHERE, (Span(12, 20),))
    assert memory.by_reports == Tally(slot_seconds=10, doubt=2**2 / 3, completions=2)
    restless = first.add_reports(workers(report(20, used=0, ended=102)), NOWHERE)
    assert restless.by_reports.doubt > memory.by_reports.doubt


def test_where_the_source_says_how_long_tasks_took_no_doubt_is_left() -> None:
    """The SDK's latency: 5 tasks took 7 s, whatever was in use."""
    memory = reported(report(10, used=4, ended=100, seconds=50), report(20, used=4, ended=105, seconds=57))
    assert memory.by_reports == Tally(slot_seconds=7, doubt=0, completions=5)


def test_a_worker_s_first_report_says_0_and_is_no_sample() -> None:
    """It started at 10 s; by 20 s it has done 20 tasks on 4 slots, of which none was in use at its start.

    As if half of what ran at most had run on average, and up to all of it: 20 to 40 slot-seconds, not 0 for 20 tasks.
    """
    memory = reported(report(10, used=0, ended=0, started_at=10), report(20, used=0, ended=20, started_at=10))
    assert memory.by_reports == Tally(slot_seconds=20, doubt=20**2 / 3, completions=20)


def test_a_worker_that_was_not_known_had_started_idle() -> None:
    """Its first report was missed: from its start at 15 s to 25 s, 8 tasks ended and 4 run."""
    memory = reported(report(25, used=4, ended=8, started_at=15))
    assert memory.by_reports == Tally(slot_seconds=20, doubt=20**2 / 3, completions=8)
    with_seconds = reported(report(25, used=4, ended=8, seconds=16, started_at=15))
    assert with_seconds.by_reports == Tally(slot_seconds=16, completions=8)


def test_a_burst_on_fresh_workers_is_not_taken_for_short_tasks() -> None:
    """The error of old: tasks of 2 s on workers whose first report says 0 were learned as 0.02 s.

    A backlog stood from 10 s on; each worker started at 12 s and says what it did after 10 s: 20 tasks of 2 s.
    """
    full = (Span(10, 22),)
    first = tuple(report(12, worker=name, started_at=12) for name in "abcdefghij")
    later = tuple(report(22, used=4, ended=20, worker=name, started_at=12) for name in "abcdefghij")
    memory = ServiceTime().add_reports(workers(*first), full).add_reports(workers(*later), full)
    known = memory.duration(5, 40, hinted=False, by_reports=True)
    assert not known.assumed
    assert known.likely == pytest.approx(2, rel=0.25)
    assert 2 <= known.longest <= 3 * 2


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(report(10, 2, 100), report(10, 2, 105), id="the same report"),
        pytest.param(report(20, 2, 105), report(10, 2, 100), id="an older one"),
        pytest.param(report(10, 2, 100), report(10 + REMEMBERED_SECONDS + 1, 2, 105), id="long after the last one"),
        pytest.param(report(10, 2, 100), report(20, 2, 99), id="a count that falls"),
        pytest.param(report(10, 0, 100), report(20, 0, 100), id="an idle worker"),
        pytest.param(report(10, 2, None), report(20, 2, 105), id="a count that was not reported before"),
        pytest.param(report(10, 2, 100), report(20, 2, None), id="a count that is reported no more"),
        pytest.param(report(10, 2, 100), report(20, 2, 100, worker="b", started_at=None), id="another worker"),
    ],
)
def test_two_reports_that_say_nothing_together(before: WorkerReport, after: WorkerReport) -> None:
    """Nothing is made up."""
    assert reported(before, after).by_reports == Tally()


def test_an_old_report_changes_nothing() -> None:
    """Answers may come in any order."""
    memory = reported(report(20, used=2, ended=105))
    assert memory.add_reports(workers(report(10, used=0, ended=100)), NOWHERE) == memory


def test_workers_that_are_gone_are_forgotten() -> None:
    """The memory is bounded by the workers that are there."""
    memory = ServiceTime().add_reports(workers(report(10, worker="a"), report(10, worker="b")), NOWHERE)
    assert memory.add_reports(workers(report(20, worker="b")), NOWHERE).workers.keys() == {"b"}


def test_what_is_doubtful_of_several_workers_errs_the_same_way() -> None:
    """Twice as many workers say it twice, and are no more certain of it: what ran unseen did so on all of them."""
    first = [report(10, used=2, ended=100, worker=name) for name in "ab"]
    second = [report(20, used=2, ended=105, worker=name) for name in "ab"]
    memory = ServiceTime().add_reports(workers(*first), NOWHERE).add_reports(workers(*second), NOWHERE)
    assert memory.by_reports == Tally(slot_seconds=40, doubt=40**2 / 3, completions=10)


def test_the_distance_of_reports_is_averaged() -> None:
    """One that came late moves it by a fifth."""
    memory = reported(report(10, 2, 0), report(20, 2, 5), report(50, 2, 10))
    assert memory.interval_seconds == pytest.approx(10 + 20 / 5)


# Where workers do not count


def test_without_counts_what_was_dispatched_and_does_not_run_has_ended() -> None:
    """Of 100 tasks dispatched 40 run: 60 ended in 200 slot-seconds, give or take."""
    memory = ServiceTime().poll(workers(report(10, 0, None), ready_since=(LONG_AGO,)), 40, 10, 0, NOWHERE)
    memory = memory.poll(workers(report(20, 40, None), ready_since=(LONG_AGO,)), 40, 20, 100, NOWHERE)
    assert memory.by_reports == Tally(slot_seconds=200, doubt=200**2 / 3, completions=60)


def test_without_counts_slots_on_pods_that_drain_count() -> None:
    """Their tasks are running too: 30 slots at the start and 10 at the end of 10 s, and 20 ended."""
    memory = ServiceTime().poll(workers(report(0, 30, None), draining=30), 10, 0, 0, NOWHERE)
    memory = memory.poll(workers(report(10, 10, None), draining=10), 10, 10, 0, NOWHERE)
    assert (memory.by_reports.slot_seconds, memory.by_reports.completions) == (200, 20)


def test_workers_that_have_not_reported_yet_are_no_workers_that_do_not_count() -> None:
    """Their own counts say what they did, a few seconds later: to add it now would count it twice."""
    memory = ServiceTime().poll(workers(ready_since=(LONG_AGO,)), 40, 10, 0, NOWHERE)
    assert memory.poll(workers(ready_since=(LONG_AGO,)), 40, 20, 100, NOWHERE).by_reports == Tally()


def test_without_counts_full_slots_are_certain() -> None:
    """A backlog stood all the time: 4 slots for 10 s, whatever the reports say."""
    full = (Span(-10, 10),)
    pods = workers(report(0, 1, None), ready_since=(LONG_AGO,))
    memory = ServiceTime().poll(pods, 4, 0, 100, full)
    memory = memory.poll(pods, 4, 10, 120, full)
    assert memory.by_reports == Tally(slot_seconds=40, completions=20)


# The server alone


def polled(
    started: float,
    *,
    full: tuple[Span, ...] = (Span(-100, 10),),
    before: tuple[float, ...] = (LONG_AGO,) * 2,
    after: tuple[float, ...] = (LONG_AGO,) * 2,
) -> ServiceTime:
    """Two polls 10 s apart, with pods of 4 slots and so many tasks dispatched in between."""
    counting = report(0, 4, 0)
    memory = ServiceTime().poll(workers(counting, ready_since=before), 4, 0, 1000, full)
    return memory.poll(workers(counting, ready_since=after), 4, 10, 1000 + started, full)


def test_while_a_backlog_stands_each_dispatch_follows_a_task_that_ended() -> None:
    """8 full slots for 10 s, and 20 dispatches: tasks of 4 s, known within a poll and without any report."""
    memory = polled(20)
    assert memory.by_server == Tally(slot_seconds=80, completions=20)
    assert memory.by_reports == Tally()


def test_the_first_tasks_of_a_new_pod_follow_none() -> None:
    """A third pod is ready since 4 s: its 4 first tasks took free slots; when it began is known to a second."""
    memory = polled(24, after=(LONG_AGO, LONG_AGO, 4.0))
    assert memory.by_server == Tally(slot_seconds=80 + 4 * 6, doubt=4**2 / 3, completions=20)


def test_slots_of_a_backlog_that_was_gone_at_the_next_poll_were_full_for_a_part_of_the_time() -> None:
    """For half of the time to all of it, while 20 tasks ended: the drain of a burst teaches something, too."""
    memory = polled(20, full=(Span(-100, 0),))
    assert memory.by_server == Tally(slot_seconds=60, doubt=20**2 / 3, completions=20)


def test_a_drain_in_which_nothing_was_dispatched_teaches_nothing() -> None:
    """The last of them began before."""
    assert polled(0, full=(Span(-100, 0),)).by_server == Tally()


@pytest.mark.parametrize("full", [NOWHERE, (Span(5, 10),)], ids=["no backlog", "one that began since"])
def test_slots_that_were_not_full_at_the_last_poll_teach_nothing(full: tuple[Span, ...]) -> None:
    """It is not known how many of them were in use."""
    memory = polled(20, full=full)
    assert (memory.by_server, memory.stalled_seconds) == (Tally(), 0)


def test_the_first_poll_and_one_after_a_pause_teach_nothing() -> None:
    """What was busy before is not known."""
    full = (Span(-1e6, 1e6),)
    pods = workers(report(0, 4, 0), ready_since=(LONG_AGO,))
    memory = ServiceTime().poll(pods, 4, 0, 1000, full)
    assert memory.by_server == Tally()
    assert memory.pause().poll(pods, 4, 10, 2000, full).by_server == Tally()


def test_a_clock_that_goes_back_counts_no_negative_time() -> None:
    """Nothing is learned from it."""
    full = (Span(-1e6, 1e6),)
    pods = workers(report(0, 4, 0), ready_since=(LONG_AGO,))
    memory = ServiceTime().poll(pods, 4, 100, 1000, full)
    assert memory.poll(pods, 4, 90, 1100, full).by_server == Tally()


# What runs now


def test_what_runs_has_taken_at_least_as_long() -> None:
    """Four tasks ran at 10 s, and none has ended by 70 s."""
    memory = reported(*(report(at, used=4, ended=8) for at in (10, 20, 30, 40, 50, 60, 70)))
    assert memory.proven_seconds == 60
    known = memory.duration(5, hinted=False, by_reports=False)
    assert known.assumed
    assert known.likely >= 60


def test_a_task_that_ended_breaks_the_proof() -> None:
    """Which of four ended is not known."""
    memory = reported(report(10, 4, 8), report(20, 4, 8), report(30, 4, 9), report(40, 4, 9))
    assert memory.proven_seconds == 10


def test_slots_that_were_free_in_between_break_it_too() -> None:
    """Whatever was in use before is done."""
    assert reported(report(10, 1, None), report(20, 1, None)).proven_seconds == 0
    assert reported(report(10, 1, 8), report(20, 0, 8), report(30, 1, 8), report(40, 1, 8)).proven_seconds == 10


def test_half_of_what_runs_must_have_taken_so_long() -> None:
    """One worker hangs for 60 s; the other three go on."""
    first = [report(10, 4, 8, worker=name) for name in "abcd"]
    later = [report(70, 4, 8 if name == "a" else 20, worker=name) for name in "abcd"]
    memory = ServiceTime().add_reports(workers(*first), NOWHERE).add_reports(workers(*later), NOWHERE)
    assert memory.proven_seconds == 0
    alone = ServiceTime().add_reports(workers(*first[:1]), NOWHERE).add_reports(workers(*later[:1]), NOWHERE)
    assert alone.proven_seconds == 60


def test_full_slots_from_which_nothing_comes_prove_it_without_reports() -> None:
    """A backlog stands before 8 full slots, and nothing was dispatched for 10 s, nor for 20 s."""
    memory = polled(0)
    assert (memory.stalled_seconds, memory.proven_seconds) == (10, 10)
    later = memory.poll(workers(report(0, 4, 0), ready_since=(LONG_AGO,) * 2), 4, 20, 1000, (Span(-100, 20),))
    assert later.stalled_seconds == 20
    went_on = later.poll(workers(report(0, 4, 0), ready_since=(LONG_AGO,) * 2), 4, 30, 1001, (Span(-100, 30),))
    assert went_on.stalled_seconds == 0


def test_new_pods_and_no_pods_prove_nothing() -> None:
    """The first would have taken tasks, the second can't."""
    assert polled(0, after=(LONG_AGO, LONG_AGO, 9.5)).stalled_seconds == 0
    assert polled(0, before=(), after=()).stalled_seconds == 0


def test_a_proof_counts_at_once_however_many_short_tasks_ended_before() -> None:
    """1,000 tasks took 1 s; the 8 that run now have for 60 s."""
    memory = replace(ServiceTime(by_reports=Tally(1000, 0, 1000)), stalled_seconds=60)
    known = memory.duration(5, 8, hinted=False, by_reports=False)
    assert (known.likely, known.longest) == (60, 120)


# The range


def test_before_anything_is_known_the_prior_is_assumed() -> None:
    """And nothing is too long."""
    known = ServiceTime().duration(5, hinted=False, by_reports=False)
    assert (known.likely, known.longest, known.assumed) == (5, LONGEST_SECONDS, True)
    assert known.reason == StepReason.SERVICE_TIME_ASSUMED
    assert known.value == known.likely


def test_a_typical_duration_that_is_set_is_planned_with_twice_at_most() -> None:
    """`taskDurationSeconds.typical`."""
    known = ServiceTime().duration(30, hinted=True, by_reports=False)
    assert (known.likely, known.longest, known.assumed) == (30, 60, True)


def test_slot_seconds_by_tasks_that_ended() -> None:
    """1,000 tasks in 4,000 slot-seconds took 4 s, and little more than that is too long."""
    known = ServiceTime(by_reports=Tally(4000, 0, 1000)).duration(5, hinted=False, by_reports=False)
    assert known.reason == StepReason.SERVICE_TIME_MEASURED
    assert known.likely == pytest.approx(4, rel=0.01)
    assert known.likely < known.longest < 1.1 * 4


def test_chance_may_have_ended_too_many() -> None:
    """10 of them: the range is wide, and covers what one in ten such counts hides."""
    known = ServiceTime(by_reports=Tally(40, 0, 10)).duration(4, hinted=False, by_reports=False)
    assert known.likely == pytest.approx(4)
    assert known.longest == pytest.approx((40 + 4) / (10 - 1.3 * sqrt(10)))


def test_doubtful_slot_seconds_may_all_have_been_there() -> None:
    """100 slot-seconds were likely, and up to 60 more were possible."""
    tally = Tally().add(100, 60, 100)
    known = ServiceTime(by_reports=tally).duration(1, hinted=False, by_reports=False)
    assert known.likely == pytest.approx(1)
    assert known.longest == pytest.approx((100 + 60 + 1) / (100 - 13))


@pytest.mark.parametrize(
    ("completions", "running", "assumed"),
    [(0.9, 0, True), (1, 0, False), (1, 5, False), (1, 6, True), (4, 20, False), (4, 21, True)],
)
def test_a_mean_counts_as_measured_once_a_fifth_of_what_runs_has_ended(
    completions: float, running: float, *, assumed: bool
) -> None:
    """The first to end are the shortest."""
    memory = ServiceTime(by_reports=Tally(4 * completions, 0, completions))
    assert memory.duration(4, running, hinted=False, by_reports=False).assumed is assumed


def test_the_prior_weighs_as_much_as_the_unfinished_work() -> None:
    """4 tasks of 10 s ended, 6 run: as if those took the assumed 5 s."""
    memory = ServiceTime(by_reports=Tally(40, 0, 4))
    assert memory.duration(5, 6, hinted=False, by_reports=False).likely == pytest.approx((40 + 6 * 5) / (4 + 6))


def test_a_mean_counts_as_measured_only_when_it_was() -> None:
    """Else nothing may be concluded from it, such as which pods may be asked to stop."""
    assert ServiceTime().measured_seconds is None
    running = reported(report(0, used=4, ended=0), report(10, used=4, ended=0))
    assert running.measured_seconds is None
    assert ServiceTime(by_server=Tally(40, 0, 10)).measured_seconds == 4
    assert replace(ServiceTime(by_server=Tally(40, 0, 10)), stalled_seconds=60).measured_seconds == 60


# Which source counts


LONG, SHORT = Tally(4000, 0, 1000), Tally(1000, 0, 1000)


@pytest.mark.parametrize(
    ("memory", "seconds"),
    [
        pytest.param(ServiceTime(by_reports=LONG, by_server=SHORT, interval_seconds=10), 4, id="frequent reports"),
        pytest.param(ServiceTime(by_reports=LONG, by_server=SHORT, interval_seconds=60), 1, id="else the server"),
        pytest.param(ServiceTime(by_reports=LONG, by_server=Tally(), interval_seconds=60), 4, id="if it saw some end"),
        pytest.param(ServiceTime(by_reports=Tally(9, 0, 0), by_server=SHORT), 1, id="or alone"),
        pytest.param(
            ServiceTime(by_reports=Tally(61_000, 0, 1000), by_server=SHORT, interval_seconds=60),
            61,
            id="rare reports of tasks that take as long",
        ),
    ],
)
def test_whoever_knows_most_counts(memory: ServiceTime, seconds: float) -> None:
    """Workers count exactly; between reports a minute apart the server knows more."""
    assert memory.duration(seconds, hinted=False, by_reports=False).likely == pytest.approx(seconds, rel=0.01)


def test_where_slots_are_not_the_limit_only_reports_count() -> None:
    """That slots were full is a guess."""
    memory = ServiceTime(by_reports=LONG, by_server=SHORT, interval_seconds=60)
    assert memory.duration(5, hinted=False, by_reports=True).likely == pytest.approx(4, rel=0.01)


# Forgetting


def test_idle_time_forgets_nothing() -> None:
    """What a nightly job takes is known the next night."""
    memory = replace(reported(report(0, 0, 0)), by_reports=LONG, by_server=SHORT)
    for at in range(60, 40_000, 60):
        memory = memory.add_reports(workers(report(at, 0, 0)), NOWHERE)
        memory = memory.poll(workers(report(at, 0, 0), ready_since=(LONG_AGO,)), 4, at, 1000, NOWHERE)
    assert (memory.by_reports, memory.by_server) == (LONG, SHORT)


def test_ten_minutes_of_full_slots_leave_a_third() -> None:
    """A share of 1 / e."""
    memory = reported(report(0, 4, 0))
    memory = replace(memory, by_reports=Tally(4e6, 0, 1e6))
    for at in range(10, 601, 10):
        memory = memory.add_reports(workers(report(at, 4, at)), NOWHERE)
    assert memory.by_reports.completions == pytest.approx(1e6 / 2.718, rel=0.01)


def test_long_tasks_are_remembered_for_five_of_them() -> None:
    """Of tasks of 20 min, a share of 1 / e is left after 100 min of full slots."""
    memory = replace(reported(report(0, 4, 0)), by_reports=Tally(1.2e9, 0, 1e6))
    after = memory.add_reports(workers(report(60, 4, 1)), NOWHERE).by_reports
    assert after.completions - 1 == pytest.approx(1e6 * exp(-60 / 6000), rel=1e-4)


def test_tasks_that_have_become_shorter_are_known_within_minutes() -> None:
    """They took 4 s, and now 1 s: 4 full slots end 40 each 10 s."""
    memory = replace(reported(report(0, 4, 0)), by_reports=Tally(2400, 0, 600))
    for at in range(10, 301, 10):
        memory = memory.add_reports(workers(report(at, 4, 4 * at)), (Span(0, at),))
    assert memory.duration(5, 4, hinted=False, by_reports=True).likely < 2


# Helpers


def test_an_overlap_is_the_time_that_lies_in_some_span() -> None:
    """Partly, wholly or not at all."""
    spans = (Span(0, 10), Span(20, 30), Span(50, 60))
    assert overlap(spans, 5, 25) == 10
    assert overlap(spans, 30, 50) == 0
    assert overlap((), 0, 10) == 0


def test_pods_are_ready_since_they_became_so() -> None:
    """One all the time, one for 4 of 10 s, one only after it."""
    assert pod_seconds((LONG_AGO, 6.0, 12.0), 0, 10) == 14


reports = st.lists(
    st.tuples(st.sampled_from("ab"), st.floats(0, 500), st.integers(0, 6), st.one_of(st.none(), st.integers(0, 500))),
    max_size=12,
)


@given(reports, st.lists(st.tuples(st.floats(0, 500), st.floats(0, 500)), max_size=8), st.booleans())
def test_whatever_is_reported_the_range_is_a_range(
    said: list[tuple[str, float, int, int | None]],
    polls: list[tuple[float, float]],
    full: bool,  # noqa: FBT001 - drawn
) -> None:
    """In any order, and contradictory: positive, at least what is likely, and no count below zero."""
    memory, spans = ServiceTime(), (Span(0, 500),) if full else NOWHERE
    for worker, at, used, ended in said:
        memory = memory.add_reports(workers(report(at, used, ended, worker=worker, started_at=None)), spans)
    dispatched = 0.0
    for at, started in polls:
        dispatched += started
        memory = memory.poll(workers(ready_since=(0.0, at)), 4, at, dispatched, spans)
    for tally in (memory.by_reports, memory.by_server):
        assert min(tally.slot_seconds, tally.doubt, tally.completions) >= 0
    known = memory.duration(5, hinted=False, by_reports=False)
    assert 0 < known.likely <= known.longest <= max(LONGEST_SECONDS, known.likely)


def test_what_is_remembered_of_a_worker_shows_what_runs() -> None:
    """Since when none of its tasks has ended, and how many they are."""
    assert LastReport(report(70, used=3), unchanged_since=10).running == (60, 3)
