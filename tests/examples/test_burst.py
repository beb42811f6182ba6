"""The result of a burst."""

from datetime import UTC, datetime, timedelta

from examples.burst.result import BurstPlan, BurstResult
from examples.work import ActivityReport, Batch

SCHEDULED = datetime(2026, 11, 24, 12, tzinfo=UTC)


def report(wait_seconds: float, attempt: int = 1, *, cut_short: bool = False) -> ActivityReport:
    """A report of an activity of two seconds that waited."""
    started = SCHEDULED + timedelta(seconds=wait_seconds)
    return ActivityReport(SCHEDULED, started, started + timedelta(seconds=2), attempt, cut_short)


def result(*reports: ActivityReport, completed: int = 0, failures: tuple[str, ...] = ()) -> BurstResult:
    """The result of a burst of 5 workflows with 4 activities each."""
    return BurstResult(
        plan=BurstPlan(5, Batch(4, 2.0)),
        started=5,
        completed=completed,
        failures=failures,
        reports=reports,
        duration_seconds=10.0,
    )


def test_waits_are_summed_up_by_nearest_rank() -> None:
    """The quantile is a wait that an activity really had."""
    waits = result(*(report(wait_seconds) for wait_seconds in range(20, 0, -1)))
    assert waits.wait_seconds(0.5) == 10  # rank ceil(0.5 * 20) = 10 of 1 … 20
    assert waits.wait_seconds(0.95) == 19
    assert waits.wait_seconds(1.0) == 20
    assert waits.wait_seconds(0.0) == 1


def test_without_reports_the_wait_is_unknown() -> None:
    """No activity is not a wait of zero."""
    assert result().wait_seconds(0.5) is None


def test_what_is_missing_is_counted() -> None:
    """Unfinished workflows, lost activities, retried ones, and of these the ones that had begun, each for itself."""
    reports = report(1), report(1, attempt=2), report(1, attempt=3, cut_short=True)
    burst = result(*reports, completed=2, failures=("w-1: terminated",))
    assert (burst.unfinished, burst.lost, burst.succeeded) == (2, 17, False)
    assert (burst.retried, burst.cut_short) == (2, 1)


def test_a_burst_succeeds_when_every_workflow_completes() -> None:
    """Retries don't matter to that."""
    assert result(report(1, attempt=2), completed=5).succeeded
