"""The verdict: the demo only passes when replicas went up and back and no work was lost."""

from datetime import UTC, datetime, timedelta

import pytest

from examples.burst.result import BurstPlan, BurstResult
from examples.work import ActivityReport, Batch
from localcluster.demo.timeline import Action, Sample, Timeline
from localcluster.demo.verdict import Verdict

PLAN = BurstPlan(workflows=1, batch=Batch(activities=2, activity_seconds=1.0))
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def _sample(seconds: float, replicas: int) -> Sample:
    return Sample(seconds, 0, 0, replicas, replicas, replicas, "", source="Heartbeats" if replicas else "None")


def _report(wait_seconds: float, attempt: int, *, cut_short: bool) -> ActivityReport:
    started, finished = NOON + timedelta(seconds=wait_seconds), NOON + timedelta(seconds=60)
    return ActivityReport(NOON, started, finished, attempt, cut_short)


def _verdict(replicas: list[int], *, completed: int = 1, attempt: int = 1, cut_short: bool = False) -> Verdict:
    reports = (_report(2.0, 1, cut_short=False), _report(4.0, attempt, cut_short=cut_short))
    result = BurstResult(plan=PLAN, started=1, completed=completed, failures=(), reports=reports, duration_seconds=10.0)
    samples = [_sample(10.0 * i, count) for i, count in enumerate(replicas)]
    actions = [Action(12.0, 0, 4, "BacklogPerReplica", "20 tasks wait."), Action(28.0, 4, 0, "NoBacklog", "None.")]
    return Verdict(result, Timeline(samples, actions), burst_at_seconds=8.0)


@pytest.mark.parametrize(
    ("verdict", "failures"),
    [
        (_verdict([0, 4, 4, 0]), []),
        (_verdict([1, 4, 0]), ["the run did not start at 0 replicas"]),
        (_verdict([0, 0]), ["replicas never rose above 0"]),
        (_verdict([0, 4, 1]), ["replicas did not come back to 0 in time"]),
        (_verdict([0, 4, 0], completed=0), ["workflows that did not complete: 1"]),
        (_verdict([0, 4, 0], attempt=2), []),
        (
            _verdict([0, 4, 0], attempt=2, cut_short=True),
            ["activities that were cut short, because their worker was stopped: 1"],
        ),
    ],
    ids=["all well", "not from zero", "never up", "never back", "not completed", "retried", "cut short"],
)
def test_each_broken_promise_is_named(verdict: Verdict, failures: list[str]) -> None:
    """The exit status follows from the list."""
    assert verdict.failures == failures


def test_the_summary_has_the_numbers_that_people_compare() -> None:
    """Work, waits, reaction, replicas, cost and scale actions."""
    assert _verdict([0, 4, 4, 0]).lines == [
        ("Workflows completed", "1 of 1"),
        ("Activities", "2 done, 0 retried, 0 lost"),
        ("Wait for a worker", "p50 2.0 s, p95 4.0 s"),
        ("First reaction", "4.0 s after the burst"),
        ("Replicas", "0 → 4 → 0"),
        ("Pod-seconds", "80"),  # 4 pods from 10 s to 30 s
        ("Slots in use", "reported by Heartbeats"),
        ("Scale actions", "2 (0→4, 4→0)"),
    ]
