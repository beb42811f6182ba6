"""The share of the tasks that started in time: over an hour, within bounds, and across a restart."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.api.status import ObjectiveSource
from controller.scaling.deadline.queue_need import QueueMemory
from controller.scaling.objective.attainment import MAX_SPANS, Attainment, JudgedSpan
from controller.scaling.objective.started_tasks import NONE_STARTED, Judged, StartLatencies
from tests.scaling.builders import LOST, NOW, observation, pod, queue, report, statistics

OBJECTIVE = 15.0
QUEUES = {"orders/Activity": QueueMemory()}
HALF = Attainment(OBJECTIVE, NOW - 600, (JudgedSpan(NOW - 300, 80.0, 60.0), JudgedSpan(NOW, 20.0, 20.0)))


def _seen(backlog: int, age_seconds: float, at: float = NOW) -> Any:
    return observation(queue(statistics(backlog, age_seconds=age_seconds, read_at=at)), observed_at=at)


def test_the_share_is_that_of_all_tasks_of_the_window() -> None:
    """Not the mean of the shares of its spans."""
    assert HALF.judged == Judged(100, 80)
    assert HALF.share == 0.8
    assert not HALF.is_attained


def test_without_tasks_there_is_no_share_and_nothing_is_missed() -> None:
    """Unknown is not zero."""
    assert Attainment(OBJECTIVE, NOW).share is None
    assert Attainment(OBJECTIVE, NOW).is_attained


@pytest.mark.parametrize(("age_seconds", "late"), [(14.9, False), (15.1, True)])
def test_a_task_that_is_late_now_breaks_the_objective_whatever_came_before(age_seconds: float, *, late: bool) -> None:
    """One task is not 5 % of the last hour, but a client waits for it."""
    good = Attainment(OBJECTIVE, NOW - 600, (JudgedSpan(NOW - 300, 1000.0, 1000.0),))
    after, _ = good.observe(_seen(3, age_seconds), QUEUES, OBJECTIVE)
    assert (after.is_late, after.is_attained) == (late, not late)


def test_what_is_older_than_an_hour_is_forgotten() -> None:
    """JudgedSpan by span."""
    after, judged = HALF.observe(_seen(0, 0, NOW + 3400), QUEUES, OBJECTIVE)
    assert judged == Judged()
    assert after.spans == HALF.spans[1:]
    assert after.window_seconds(NOW + 3400) == 3600


def test_another_objective_begins_anew() -> None:
    """What was in time for one need not be for the other."""
    after, _ = HALF.observe(_seen(0, 0), QUEUES, 30.0)
    assert (after.objective_seconds, after.since, after.spans) == (30.0, NOW, ())


def test_a_queue_that_is_not_read_keeps_what_waits_there() -> None:
    """The next reading goes on from it; one that is no longer listed is forgotten."""
    known, _ = Attainment().observe(_seen(3, 4.0), QUEUES, OBJECTIVE)
    unread, _ = known.observe(observation(queue(LOST), observed_at=NOW + 5), QUEUES, OBJECTIVE)
    assert unread.waiting == known.waiting
    unlisted, _ = known.observe(observation(queue(0, name="bills"), observed_at=NOW + 5), {}, OBJECTIVE)
    assert unlisted.waiting == {}


def test_a_restart_loses_no_judgement() -> None:
    """By way of status, as JSON."""
    read_back = Attainment.from_status(json.loads(json.dumps(HALF.to_status())))
    assert read_back == replace(HALF, waiting={})


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.floats(), st.text(max_size=3)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.dictionaries(st.sampled_from(["spans", "since", "objectiveSeconds"]), inner),
        ),
        max_leaves=12,
    )
)
def test_whatever_is_in_the_status_it_is_read_or_forgotten(value: Any) -> None:
    """People may write there, and other versions did."""
    read = Attainment.from_status(value)
    assert len(read.spans) <= MAX_SPANS
    assert all(0 <= span.in_time <= span.tasks for span in read.spans)


def test_the_number_of_spans_is_bounded() -> None:
    """However many there are in a status."""
    spans = [[NOW + i, 1, 1] for i in range(100)]
    read = Attainment.from_status({"objectiveSeconds": OBJECTIVE, "since": NOW, "spans": spans})
    assert len(read.spans) == MAX_SPANS


LATENCIES = st.builds(
    StartLatencies.of,
    st.lists(st.floats(0, 100), max_size=3, unique=True).map(sorted),
    st.lists(st.sampled_from([0.0, 1.0, 5.0, 1e15]), max_size=3).map(sorted),
    st.sampled_from([5.0, 9.0, 1e15]),
)
REPORTED = st.lists(st.tuples(LATENCIES | st.none() | st.just(NONE_STARTED), st.booleans()), max_size=3)


@given(st.lists(st.tuples(REPORTED, st.integers(0, 20), st.floats(0, 100)), max_size=6))
def test_whatever_is_reported_no_more_tasks_are_in_time_than_are_judged(polls: list[Any]) -> None:
    """And the share by the SDK is one of the tasks that are judged."""
    known = Attainment()
    for number, (reported, backlog, age) in enumerate(polls):
        at = NOW + 5 * number
        pods = [_pod(latencies, f"worker-{i}", new=new) for i, (latencies, new) in enumerate(reported)]
        seen = replace(_seen(backlog, age if backlog else 0, at), pods=tuple(pods))
        known, judged = known.observe(seen, QUEUES, OBJECTIVE)
        assert 0 <= judged.in_time <= judged.tasks
        assert 0 <= known.share_by_sdk <= 1
        assert Attainment.from_status(json.loads(json.dumps(known.to_status()))).source in ObjectiveSource


def _pod(latencies: StartLatencies | None, name: str = "worker-0", *, new: bool = False) -> Any:
    created = pod(replace(report(), start_latencies=latencies), name=name)
    return replace(created, created_at=NOW + 1 if new else created.created_at)


def _poll(known: Attainment, at: float, latencies: StartLatencies | None, **waiting: Any) -> Any:
    """One poll, 5 s after the one before, of a pool with one pod."""
    read = statistics(read_at=at, **waiting)
    seen = replace(observation(queue(read), observed_at=at), pods=(_pod(latencies),))
    return known.observe(seen, QUEUES, OBJECTIVE)


def test_the_workers_own_latencies_are_the_source_where_they_are_read() -> None:
    """Of 100 tasks 97 started within 15 s, which is a bound of their buckets."""
    known, _ = _poll(Attainment(), NOW, NONE_STARTED)
    assert known.source == ObjectiveSource.BACKLOG
    known, judged = _poll(known, NOW + 5, StartLatencies((15.0, 60.0), (97.0, 100.0), 100.0))
    assert judged == Judged(100, 97)
    assert (known.share, known.source, known.bucket, known.is_attained) == (
        0.97,
        ObjectiveSource.SDK_LATENCY,
        None,
        True,
    )


def test_a_backlog_that_no_worker_starts_is_late_by_any_source() -> None:
    """No histogram has tasks that still wait."""
    known, _ = _poll(Attainment(), NOW, NONE_STARTED)
    known, _ = _poll(known, NOW + 5, StartLatencies((15.0,), (60.0,), 60.0), backlog=40, age_seconds=4)
    known, judged = _poll(known, NOW + 20, StartLatencies((15.0,), (60.0,), 60.0), backlog=40, age_seconds=19)
    assert judged.in_time == 0
    assert judged.tasks > 0
    assert (known.is_late, known.is_attained, known.source) == (True, False, ObjectiveSource.SDK_LATENCY)


def test_a_mixture_of_sources_outlives_a_restart() -> None:
    """By way of status; what an earlier version wrote there was judged by the backlog."""
    spans = (JudgedSpan(NOW - 300, 80.0, 60.0, 80.0), JudgedSpan(NOW, 20.0, 20.0, 0.0))
    known = Attainment(OBJECTIVE, NOW - 600, spans)
    assert (known.share_by_sdk, known.source) == (0.8, ObjectiveSource.MIXED)
    read_back = Attainment.from_status(json.loads(json.dumps(known.to_status())))
    assert read_back == known
    assert Attainment.from_status({"objectiveSeconds": 15, "since": NOW, "spans": [[NOW, 4, 3]]}).spans[0].by_sdk == 0


def test_each_queue_is_judged_by_what_is_known_of_it() -> None:
    """The workers of one report how long its tasks waited; of the other one the backlog says that 1 of 4 is late."""
    known = Attainment()
    for at, latencies in ((NOW, NONE_STARTED), (NOW + 5, StartLatencies((15.0,), (6.0,), 6.0))):
        bills = queue(statistics(4, age_seconds=20, read_at=at), name="bills")
        seen = replace(observation(queue(statistics(read_at=at)), bills, observed_at=at), pods=(_pod(latencies),))
        known, _ = known.observe(seen, {**QUEUES, "bills/Activity": QueueMemory()}, OBJECTIVE)
    assert known.source == ObjectiveSource.MIXED
    assert known.share_by_sdk == pytest.approx(6 / 7)


def test_tasks_are_judged_by_the_pods_while_the_queue_is_not_read() -> None:
    """What the server does not say, the workers do."""
    known, _ = _poll(Attainment(), NOW, NONE_STARTED)
    seen = replace(observation(queue(LOST), observed_at=NOW + 5), pods=(_pod(StartLatencies((15.0,), (6.0,), 8.0)),))
    assert known.observe(seen, QUEUES, OBJECTIVE)[1] == Judged(8, 6)


def test_an_objective_between_the_bounds_is_reported_with_its_bucket() -> None:
    """Whoever reads the share should know how exact it is."""
    known, _ = _poll(Attainment(), NOW, StartLatencies((10.0, 100.0), (6.0, 8.0), 8.0))
    assert known.bucket == (10, 100)
