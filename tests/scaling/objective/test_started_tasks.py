"""Tasks that started, by the histograms of the pods: each once, whatever is missing, restarts or is odd."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.scaling.objective.started_tasks import (
    NONE_STARTED,
    Judged,
    PodReading,
    Started,
    StartedTasks,
    StartLatencies,
    together,
)
from tests.scaling.builders import NOW

LATENCIES = st.lists(st.floats(0, 2000), max_size=200)
BOUNDS = st.lists(st.floats(0, 1500), max_size=12, unique=True).map(sorted).map(tuple)
COUNTS = st.floats() | st.sampled_from([-1.0, 0.0, 5.0, inf, -inf, 1e300])


def histogram(latencies: list[float], bounds: tuple[float, ...]) -> StartLatencies:
    """What a worker counts of these."""
    counts = [float(sum(latency <= bound for latency in latencies)) for bound in bounds]
    built = StartLatencies.of(bounds, counts, float(len(latencies)))
    assert built is not None
    return built


@given(LATENCIES, BOUNDS, st.floats(0.001, 3000))
def test_the_error_is_bounded_by_the_bucket(latencies: list[float], bounds: tuple[float, ...], seconds: float) -> None:
    """By the number of tasks in the bucket of the objective; beyond the last bound it is a lower bound."""
    built = histogram(latencies, bounds)
    truth = sum(latency <= seconds for latency in latencies)
    bucket = built.bucket_of(seconds)
    in_bucket = sum(bucket.lower < latency <= bucket.upper for latency in latencies)
    if not bucket.lower:
        in_bucket += latencies.count(0.0)
    assert abs(built.within(seconds) - truth) <= in_bucket + 1e-6
    if bucket.is_open:
        assert built.within(seconds) <= truth
    started = built.started(seconds)
    assert started.least <= truth
    assert truth <= started.most or bucket.is_open
    assert started.least <= started.evenly <= started.most + 1e-6


@given(LATENCIES, BOUNDS.filter(bool), st.data())
def test_at_a_bound_the_number_is_exact(latencies: list[float], bounds: tuple[float, ...], data: st.DataObject) -> None:
    """An objective that is a bound of the buckets needs no interpolation."""
    seconds = data.draw(st.sampled_from(bounds))
    assert histogram(latencies, bounds).within(seconds) == sum(latency <= seconds for latency in latencies)
    started = histogram(latencies, bounds).started(seconds)
    assert started.least == started.most == started.in_time(0.5)


def test_within_a_bucket_tasks_are_spread_evenly() -> None:
    """15 s lie at one ninth of the bucket from 10 to 55 s."""
    built = StartLatencies((10.0, 55.0), (4.0, 13.0), 20.0)
    assert built.within(15) == pytest.approx(5.0)
    assert built.within(5) == pytest.approx(2.0)
    assert built.within(60) == 13.0
    assert (built.bucket_of(15).is_open, built.bucket_of(60).is_open) == (False, True)


@given(LATENCIES, LATENCIES, BOUNDS)
def test_between_two_readings_are_the_tasks_that_started_since(
    before: list[float], more: list[float], bounds: tuple[float, ...]
) -> None:
    """Of the same process."""
    assert histogram(before + more, bounds).since(histogram(before, bounds)) == histogram(more, bounds)


@pytest.mark.parametrize(
    "restarted",
    [
        StartLatencies((1.0, 10.0), (0.0, 3.0), 3.0),
        StartLatencies((1.0, 10.0), (0.0, 9.0), 20.0),
        StartLatencies((1.0, 20.0), (9.0, 9.0), 20.0),
    ],
    ids=["fewer", "one bucket is lower", "other bounds"],
)
def test_counts_that_fell_are_those_of_a_new_process(restarted: StartLatencies) -> None:
    """All of its tasks started since the last reading."""
    assert restarted.since(StartLatencies((1.0, 10.0), (4.0, 5.0), 6.0)) == restarted


@given(st.lists(st.floats(), max_size=6), st.lists(COUNTS, max_size=6), COUNTS)
def test_numbers_that_are_none_make_no_histogram(bounds: list[float], counts: list[float], total: float) -> None:
    """And those that are can be added and subtracted without an exception."""
    built = StartLatencies.of(bounds, counts, total)
    if built is None:
        return
    assert 0 <= built.within(10) <= built.total
    for other in (built, NONE_STARTED, StartLatencies((1.0,), (1.0,), 2.0)):
        since = built.since(other)
        assert 0 <= since.within(10) <= since.total
        together([built, other])


def test_the_sum_of_histograms_needs_the_same_bounds() -> None:
    """Other bounds would say nothing of a latency between them."""
    one = StartLatencies((1.0,), (2.0,), 3.0)
    assert together([one, one]) == StartLatencies((1.0,), (4.0,), 6.0)
    assert together([one, StartLatencies((2.0,), (2.0,), 3.0)]) is None
    assert together([]) == NONE_STARTED


OBJECTIVE = 10.0
BEGUN = StartedTasks(since=NOW)
NOTHING = (Judged(), Judged())
OLD, NEW = NOW - 100.0, NOW + 1.0


def waits(in_time: float, late: float = 0.0) -> StartLatencies:
    """The histogram of a worker that started so many tasks."""
    return StartLatencies((1.0, OBJECTIVE, 100.0), (0.0, in_time, in_time + late), in_time + late)


def pod(latencies: StartLatencies | None, *, name: str = "a", created_at: float = OLD) -> PodReading:
    """What one pod reports."""
    return PodReading(name, created_at, reports=True, latencies=latencies)


def began(tasks: float, in_time: float) -> Started:
    """Tasks of which the buckets say exactly how many started in time."""
    return Started(tasks, in_time, in_time, in_time)


UNREPORTED = PodReading("a", OLD, reports=False, latencies=None)


def observed(*polls: list[PodReading], known: StartedTasks = BEGUN) -> tuple[StartedTasks, Judged]:
    """All tasks of some polls, 5 s apart."""
    total = Judged()
    for number, readings in enumerate(polls):
        now = NOW + 5.0 * number
        known, started = known.observe(readings, now, OBJECTIVE)
        known, judged = known.judge(started, NOTHING, (0.0, 0.0), now)
        total = total.plus(judged)
    return known, total


def test_what_started_before_the_first_reading_does_not_count() -> None:
    """An operator that restarts loses one interval of the pods that are there, and counts none twice."""
    _, judged = observed([pod(waits(900, 100))], [pod(waits(905, 102))])
    assert judged == Judged(7, 5)


def test_a_pod_that_came_since_counts_from_its_first_task_on() -> None:
    """Else the tasks that waited longest, for this pod, would be missing."""
    _, judged = observed([], [pod(waits(3, 7), created_at=NEW)], [pod(waits(4, 7), created_at=NEW)])
    assert judged == Judged(11, 4)


def test_a_pod_that_had_started_no_task_counts_from_its_first_one_on() -> None:
    """Its page has no histogram before."""
    _, judged = observed([pod(NONE_STARTED)], [pod(waits(3, 7))])
    assert judged == Judged(10, 3)


def test_counters_that_go_back_are_a_new_process() -> None:
    """What the old one started since its last reading is lost."""
    _, judged = observed([pod(waits(900))], [pod(waits(2, 1))], [pod(waits(5, 1))])
    assert judged == Judged(6, 5)


def test_a_pod_that_is_unread_for_a_while_loses_nothing() -> None:
    """Its counters go on."""
    _, judged = observed([pod(waits(10))], [UNREPORTED], [UNREPORTED], [pod(waits(30))])
    assert judged == Judged(20, 20)


def test_of_a_pod_that_is_gone_nothing_is_remembered() -> None:
    """The memory is bounded by the pods that are there."""
    known, judged = observed([pod(waits(10))], [pod(waits(12))], [])
    assert (known.counted, judged) == ({}, Judged(2, 2))


def test_an_odd_reading_costs_only_that_pod_one_interval() -> None:
    """Numbers that can't be are not counted, then or later."""
    fine = [pod(waits(n), name="b") for n in (10, 20, 30, 40, 50)]
    odd = [pod(each) for each in (waits(10), waits(1e14), None, waits(12), waits(900_000))]
    _, judged = observed(*([one, other] for one, other in zip(fine, odd, strict=True)))
    assert judged == Judged(42, 42)


def test_pages_without_the_histogram_leave_the_backlog_the_source() -> None:
    """An SDK that does not measure it."""
    known, _ = observed([pod(NONE_STARTED)])
    assert known.judge(Started(), (Judged(9, 6), Judged(2, 0)), (0.0, 2.0), NOW + 5)[1] == Judged(11, 6)


def test_tasks_that_wait_late_are_counted_once() -> None:
    """While they wait, since no worker may ever start them, and not again when one does."""
    known, _ = observed([pod(NONE_STARTED)], [pod(waits(1))])
    known, waiting = known.judge(Started(), (Judged(), Judged(5, 0)), (0.0, 5.0), NOW + 10)
    known, started = known.judge(began(8, 2), NOTHING, (5.0, 0.0), NOW + 10)
    assert (waiting, started) == (Judged(5, 0), Judged(3, 2))
    _, later = known.judge(began(4, 0), NOTHING, (0.0, 0.0), NOW + 10)
    assert later == Judged(4, 0)


def test_late_tasks_that_others_took_hide_no_later_ones() -> None:
    """For one poll they may be those that started at the end of it."""
    known, _ = observed([pod(NONE_STARTED)], [pod(waits(1))])
    known, _ = known.judge(Started(), (Judged(), Judged(5, 0)), (0.0, 5.0), NOW + 5)
    for late in ((5.0, 0.0), (0.0, 0.0)):
        known, _ = known.judge(Started(), NOTHING, late, NOW + 5)
    assert known.judge(began(3, 0), NOTHING, (0.0, 0.0), NOW + 5)[1] == Judged(3, 0)


def test_no_task_is_judged_by_both_sources() -> None:
    """Tasks that the backlog judged while no page was read are not in the histograms' next rise."""
    known, _ = observed([pod(waits(10))], [pod(waits(12))])
    now = NOW + 400
    known, started = known.observe([UNREPORTED], now, OBJECTIVE)
    known, judged = known.judge(started, (Judged(50, 50), Judged()), (0.0, 0.0), now)
    assert (judged, known.judges) == (Judged(50, 50), False)
    known, started = known.observe([pod(waits(70))], now + 5, OBJECTIVE)
    known, judged = known.judge(started, (Judged(8, 8), Judged()), (0.0, 0.0), now + 5)
    assert (judged, known.judges) == (Judged(), True)
    known, started = known.observe([pod(waits(75))], now + 10, OBJECTIVE)
    assert started == began(5, 5)


def test_reports_of_another_source_give_the_word_to_the_backlog_at_once() -> None:
    """Heartbeats have no histograms, and no page will have what starts meanwhile."""
    known, _ = observed([pod(waits(10))], [pod(waits(12))], [pod(None)])
    known, judged = known.judge(Started(), (Judged(9, 6), Judged()), (0.0, 0.0), NOW + 15)
    assert (judged, known.judges) == (Judged(9, 6), False)


def test_pods_without_reports_for_a_moment_change_no_source() -> None:
    """Their counters will have what started meanwhile."""
    known, _ = observed([pod(waits(10))], [pod(waits(12))])
    known, started = known.observe([UNREPORTED], NOW + 60, OBJECTIVE)
    known, judged = known.judge(started, (Judged(9, 9), Judged()), (0.0, 0.0), NOW + 60)
    assert (judged, known.judges) == (Judged(), True)


@pytest.mark.parametrize(
    ("dispatched", "in_time"),
    [(Judged(10, 8), 8.0), (Judged(10, 1), 4.0), (Judged(20, 20), 9.0), (Judged(), 4.5)],
    ids=["within the bucket", "below it", "above it", "not known: evenly"],
)
def test_the_backlog_divides_the_bucket_that_the_objective_falls_into(dispatched: Judged, in_time: float) -> None:
    """4 of 10 tasks surely started in time, and 5 more share a coarse bucket with later ones."""
    known, _ = observed([pod(NONE_STARTED)], [pod(waits(1))])
    _, judged = known.judge(Started(10, 4, 9, 4.5), (dispatched, Judged()), (0.0, 0.0), NOW + 5)
    assert judged == Judged(10, in_time)


@pytest.mark.parametrize(("seconds", "bucket"), [(30.0, (10.0, 100.0)), (500.0, (100.0, float("inf")))])
def test_the_bucket_of_the_objective_is_known(seconds: float, bucket: tuple[float, float]) -> None:
    """Whoever reads the share should know how exact it is."""
    known, _ = BEGUN.observe([pod(waits(3))], NOW, seconds)
    assert known.bucket == bucket


WAITS = st.lists(st.floats(0, 30), max_size=30)


@given(st.lists(st.tuples(st.sampled_from("abc"), WAITS, st.booleans(), st.booleans()), max_size=30), st.data())
def test_each_task_is_counted_once_or_lost_with_its_process(
    polls: list[tuple[str, list[float], bool, bool]], data: st.DataObject
) -> None:
    """Of three pods that came since: any start tasks, restart, or can't be read for a while.

    A restart is only seen where a counter goes back, and loses what started after the last reading.
    """
    bounds = tuple(sorted(data.draw(st.sets(st.floats(0.1, 40), max_size=5)) | {OBJECTIVE}))
    since_start: dict[str, list[float]] = {name: [] for name in "abc"}
    read: dict[str, StartLatencies | None] = dict.fromkeys("abc", NONE_STARTED)
    all_tasks, known, total = [], BEGUN, Judged()
    for number, (name, more, restarts, readable) in enumerate(polls):
        since_start[name] = more if restarts else since_start[name] + more
        all_tasks += more
        now = NOW + 5.0 * (number + 1)
        if readable:
            tasks = since_start[name]
            counts = tuple(float(sum(wait <= bound for wait in tasks)) for bound in bounds)
            read[name] = StartLatencies(bounds, counts, float(len(tasks))) if tasks else NONE_STARTED
        there = [pod(read[each], name=each, created_at=NEW) for each in "abc"]
        known, started = known.observe(there, now, OBJECTIVE)
        total = total.plus(Judged(started.tasks, started.evenly))
        assert started.least == started.evenly == started.most
    assert total.tasks <= len(all_tasks)
    assert total.in_time <= sum(wait <= OBJECTIVE for wait in all_tasks)
    if not any(restarts for _, _, restarts, _ in polls) and polls and all(readable for *_, readable in polls):
        assert total == Judged(len(all_tasks), sum(wait <= OBJECTIVE for wait in all_tasks))
