"""What a pod is known to be: it works, it takes tasks, it is ready, or it is on its way."""

from dataclasses import replace

import pytest

from controller.scaling.observation import PodObservation
from controller.scaling.server_times import REPORTS_SECONDS
from tests.scaling.builders import NOW, observation, pod, report

STARTING = pod(ready_since=None)
"""It has had a node for an hour, was never ready and never reported."""


def late(age_seconds: float, used: int = 0) -> PodObservation:
    """A pod that is not ready and reported so long ago."""
    return pod(report(used, reported_at=NOW - age_seconds), ready_since=None)


@pytest.mark.parametrize("ready_since", [None, NOW - 60])
def test_a_pod_works_when_it_reports_a_slot_in_use(ready_since: float | None) -> None:
    """Whatever its readiness probe says."""
    assert pod(report(0), report(1, name="bills"), ready_since=ready_since).works
    assert not pod(report(0), ready_since=ready_since).works
    assert not pod(ready_since=ready_since).works


@pytest.mark.parametrize(
    ("seen", "takes_tasks"),
    [
        (pod(), True),
        (late(REPORTS_SECONDS), True),
        (late(REPORTS_SECONDS + 1), False),
        (late(-3), True),
        (STARTING, False),
        (replace(late(1), terminating=True), False),
        (replace(pod(), terminating=True), False),
        (replace(late(1), is_stopped=True), False),
    ],
    ids=[
        "ready, and not reporting",
        "not ready, and reported lately",
        "not ready, and has not reported for long",
        "by a clock that is ahead",
        "never reported",
        "asked to stop",
        "ready, and asked to stop",
        "its container has ended since",
    ],
)
def test_a_pod_takes_tasks_when_its_workers_poll(seen: PodObservation, *, takes_tasks: bool) -> None:
    """Workers poll whatever the readiness probe says; a ready one may have no source of reports."""
    assert seen.takes_tasks(NOW) is takes_tasks
    assert observation(pods=(seen,)).pods_that_take_tasks == ((seen,) if takes_tasks else ())


@pytest.mark.parametrize(
    "seen",
    [
        pod(),
        late(3600),
        replace(STARTING, was_ready=True),
        replace(STARTING, has_reported=True),
        replace(STARTING, terminating=True),
    ],
    ids=["ready", "reported once", "was ready", "is known to have reported", "asked to stop"],
)
def test_a_pod_that_has_worked_is_not_starting(seen: PodObservation) -> None:
    """Whoever lost readiness or heartbeats is not on its way: nothing is expected of it."""
    assert not seen.is_new
    assert not seen.is_starting(NOW, 1e9)


def test_a_pod_starts_for_as_long_as_a_start_up_takes() -> None:
    """It counts from when it has a node; how long that may take is not the pod's start-up."""
    started = replace(STARTING, scheduled_at=NOW - 30)
    assert started.is_starting(NOW, 30)
    assert not started.is_starting(NOW, 29)
    assert replace(started, scheduled_at=None).is_starting(NOW, 1)


@pytest.mark.parametrize(
    ("seen", "runs_nothing_yet"),
    [
        (replace(STARTING, is_pending=True), True),
        (replace(STARTING, scheduled_at=None), True),
        (replace(STARTING, is_stopped=True), True),
        (replace(late(1), is_stopped=True), True),
        (replace(late(1, used=1), is_stopped=True), False),
        (replace(STARTING, is_pending=True, was_ready=True), False),
        (STARTING, False),
        (pod(report(0)), False),
    ],
    ids=[
        "its containers are being started",
        "it has no node",
        "its container waits to be started",
        "its container ended after it reported nothing in use",
        "its container ended while tasks ran",
        "it was ready",
        "its container runs, and workers take tasks before they are ready",
        "ready",
    ],
)
def test_only_a_worker_that_does_not_run_surely_has_no_task(seen: PodObservation, *, runs_nothing_yet: bool) -> None:
    """What is not known is never nothing."""
    assert seen.runs_nothing_yet is runs_nothing_yet


@pytest.mark.parametrize(
    ("seen", "is_unreported"),
    [
        (pod(), True),
        (pod(report(0)), False),
        (pod(report(0, reported_at=NOW - 60), ready_since=NOW - 60), True),
        (pod(report(0, reported_at=NOW - 59), ready_since=NOW - 60), False),
        (late(3600), False),
        (STARTING, True),
        (replace(STARTING, was_ready=True), True),
        (replace(STARTING, is_pending=True), False),
        (replace(pod(), terminating=True), False),
    ],
    ids=[
        "ready, and not reporting",
        "ready, and reported",
        "reported before it was ready",
        "reported since it is ready",
        "not ready, and reported at any time",
        "its container runs, and nothing was reported",
        "was ready, and does not report",
        "its containers are being started",
        "asked to stop",
    ],
)
def test_a_pod_is_unheard_until_it_reports_what_it_may_run(seen: PodObservation, *, is_unreported: bool) -> None:
    """It counts as busy when lowering."""
    assert seen.is_unreported is is_unreported


def test_a_pod_that_is_not_ready_is_counted_among_the_silent_once_it_may_run_tasks() -> None:
    """A node that was cut off takes both readiness and heartbeats."""
    cut_off, pending = replace(STARTING, was_ready=True), replace(STARTING, is_pending=True)
    assert observation(pods=(cut_off, pending, pod(report(0)))).pods_without_reports == (cut_off,)
