"""The arithmetic of histograms, against latencies that only the test knows."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.scaling.start_latency import NONE_STARTED, StartLatencies, together

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
def test_counters_that_go_back_are_a_new_process(restarted: StartLatencies) -> None:
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
