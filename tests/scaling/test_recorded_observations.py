"""What is made of a recorded run: as far as it can be, it is what the operator saw then."""

import pytest

from controller.scaling.observation import QueueStatistics
from tests.scaling.recorded import NAMES, SLOTS, Recording
from tests.scaling.recorded_observations import EPOCH, observe, workers_of


@pytest.mark.parametrize("name", NAMES)
def test_every_attempt_runs_in_a_pod_that_has_a_slot_for_it(name: str) -> None:
    """Free slots take turns; a hand-over that took no time at all is let through."""
    recording = Recording.load(name)
    workers = workers_of(recording)
    assert sum(len(worker.attempts) for worker in workers) == sum(len(task.attempts) for task in recording.tasks)
    crowded = [
        attempt for worker in workers for attempt in worker.attempts if worker.used_at(attempt.started_at) > SLOTS
    ]
    assert len(crowded) <= 0.01 * len(recording.tasks)


def test_a_pass_sees_reports_of_their_time_and_readiness_in_whole_seconds() -> None:
    """At 37.8 s of the first burst all reports say 0, though 200 tasks of 2 s have run: recorded was T = 0.02 s."""
    recording = Recording.load("bursts-that-come-again")
    observation = observe(recording, workers_of(recording), 37.7)
    reports = [report for pod in observation.pods for report in pod.slots]
    assert (observation.replicas, len(reports)) == (18, 18)
    assert sum(report.slots_used for report in reports) <= 2
    assert sum(report.tasks_ended or 0 for report in reports) == pytest.approx(200, abs=10)
    assert all(0 <= EPOCH + 37.7 - report.reported_at < 10 for report in reports)
    assert all(pod.ready_since is not None and pod.ready_since.is_integer() for pod in observation.pods)


def test_a_pod_that_was_asked_to_stop_has_reported_then() -> None:
    """It stays visible while its tasks run, in two of the twelve that were to go."""
    recording = Recording.load("long-tasks")
    observation = observe(recording, workers_of(recording), 135.0)
    draining = [pod for pod in observation.pods if pod.terminating]
    assert len(draining) == 2
    assert sum(report.slots_used for pod in draining for report in pod.slots) == 2


def test_statistics_are_those_of_the_servers_cache() -> None:
    """Asked at 124.8 s, it said what it had counted at 122 s."""
    recording = Recording.load("bursts-that-come-again")
    statistics = observe(recording, workers_of(recording), 124.8).task_queues[0].statistics
    assert isinstance(statistics, QueueStatistics)
    assert (statistics.backlog, statistics.read_at) == (92, EPOCH + 124.8)
