"""The share of the tasks that started in time: over an hour, within bounds, and across a restart."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.scaling.attainment import MAX_SPANS, Attainment, Span
from controller.scaling.deadline.queue_need import QueueMemory
from controller.scaling.waiting_tasks import Judged
from tests.scaling.builders import LOST, NOW, observation, queue, statistics

OBJECTIVE = 15.0
QUEUES = {"orders/Activity": QueueMemory()}
HALF = Attainment(OBJECTIVE, NOW - 600, (Span(NOW - 300, 80.0, 60.0), Span(NOW, 20.0, 20.0)))


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
    """One task is not 5 % of the last hour, but somebody waits for it."""
    good = Attainment(OBJECTIVE, NOW - 600, (Span(NOW - 300, 1000.0, 1000.0),))
    after, _ = good.observe(_seen(3, age_seconds), QUEUES, OBJECTIVE)
    assert (after.is_late, after.is_attained) == (late, not late)


def test_what_is_older_than_an_hour_is_forgotten() -> None:
    """Span by span."""
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
