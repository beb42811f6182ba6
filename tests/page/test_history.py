"""What is kept of passes."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace

import pytest

from controller.page import answers
from controller.page.history import DRIFT_SECONDS, History, PoolHistory
from controller.scaling.recording import replay
from tests.page.simulated import burst

KEY = ("prod", "orders")


@pytest.fixture
def pool() -> PoolHistory:
    """A pool with bursts of tasks."""
    history = History()
    for record in burst():
        history.record(record)
    pool = history.get(KEY)
    assert pool
    return pool


def _decisions(pool: PoolHistory) -> Iterator[tuple[float, int]]:
    for entry in pool.decisions:
        yield entry.at, entry.content["desired"]


def test_each_decision_for_another_number_is_kept_with_its_steps(pool: PoolHistory) -> None:
    """Why there were so many replicas is what is asked later."""
    kept = dict(_decisions(pool))
    before = None
    for record in burst():
        assert record.decided
        decision = record.decided.decision
        if decision.desired_replicas != before:
            assert kept[record.at] == decision.desired_replicas
            entry, _ = pool.decided_at(record.at)
            assert entry
            assert [step[2] for step in entry.content["steps"]] == [step.message for step in decision.steps]
        before = decision.desired_replicas


def test_decisions_that_only_drift_are_kept_every_few_minutes() -> None:
    """An idle pool takes next to nothing."""
    history, first = History(), burst()[0]
    for second in range(0, 3600, 10):
        history.record(replace(first, at=first.at + second))
    pool = history.get(KEY)
    assert pool
    times = [at - first.at for at, _ in _decisions(pool)]
    assert times == list(range(0, 3600, round(DRIFT_SECONDS)))


def test_the_steps_of_each_of_the_last_passes_are_known(pool: PoolHistory) -> None:
    """The slider then shows the numbers of just that moment."""
    for record in burst()[-20:]:
        entry, _ = pool.decided_at(record.at)
        assert entry
        assert entry.at == record.at


def test_the_numbers_are_those_that_status_reports(pool: PoolHistory) -> None:
    """One row for each pass, of the same reading as the status."""
    for record in burst()[-20:]:
        found = pool.series.at(record.at)
        assert found
        row = found[1]
        assert (row.backlog, row.ready) == (record.status.backlog, record.status.ready_replicas)
        assert record.decided
        assert row.desired == record.decided.decision.desired_replicas


def test_a_pass_that_failed_has_no_numbers() -> None:
    """Those in its status are of an earlier pass."""
    row = replace(burst()[-1], decided=None).row
    assert all(map(math.isnan, row[:-1]))
    assert row.max == burst()[-1].row.max


def test_an_event_that_waits_to_be_written_is_kept_once() -> None:
    """It is handed over at each pass until it is written."""
    scaled = next(record for record in burst() if record.events)
    history = History()
    for second in range(3):
        history.record(replace(scaled, at=scaled.at + second))
    pool = history.get(KEY)
    assert pool
    assert [entry.content["reason"] for entry in pool.events] == [event.reason for event in scaled.events]


def test_a_pool_that_was_made_anew_begins_anew() -> None:
    """What another pool of the name did is no history of this one."""
    history, first = History(), burst()[0]
    history.record(first)
    history.record(replace(first, uid="another", at=first.at + 60))
    pool = history.get(KEY)
    assert pool
    assert len(list(pool.series)) == 1


def test_a_pool_that_is_gone_leaves_nothing_behind() -> None:
    """Its name may come again."""
    history = History()
    history.record(burst()[0])
    history.forget(KEY)
    assert (list(history), history.get(KEY)) == ([], None)


def test_the_last_situation_decides_again_the_same(pool: PoolHistory) -> None:
    """`twp diff` decides on it with another manifest."""
    last = answers.situation(pool)
    assert last
    (replayed,) = replay(json.dumps(last[line]) for line in ("start", "poll"))
    assert replayed.is_same
