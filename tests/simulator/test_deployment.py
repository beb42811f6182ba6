"""The pods: how they start, report, drain and go, and which of them goes first."""

import pytest

from controller.simulator.policy import PolicyDecision, Victims
from controller.simulator.tasks import Task
from tests.simulator.small_scenarios import Script, play, scenario


def test_a_pod_takes_its_time_to_start() -> None:
    """Ordered within the first 10 s, ready 30 s later in the mean."""
    policy = Script(40, poll_seconds=1)
    play(scenario([Task(0, 1)], start_up_seconds=30), policy)
    ready = [pod.ready_since - pod.created_at for pod in policy.seen[-1].pods if pod.ready_since is not None]
    assert len(ready) == 40
    assert sum(ready) / 40 == pytest.approx(30, rel=0.2)
    assert policy.seen[-1].mean_start_up_seconds == pytest.approx(sum(ready) / 40)


def test_a_pod_that_waits_for_a_node_is_not_scheduled() -> None:
    """The wait is not part of the start-up."""
    policy = Script(1, poll_seconds=1)
    play(scenario([Task(0, 1)], node_seconds=20), policy)
    waiting = [pod for seen in policy.seen for pod in seen.pods if pod.scheduled_at is None]
    pod = policy.seen[-1].pods[0]
    assert len(waiting) == pytest.approx(20, abs=1)
    assert pod.scheduled_at == pytest.approx(pod.created_at + 20)


def test_reports_come_one_interval_after_readiness_and_are_as_old_as_that() -> None:
    """A task that started at 55 s is in the report of 60 s."""
    policy = Script(1, poll_seconds=1)
    play(scenario([Task(55, 30)], initial_replicas=1), policy)
    used = {seen.observed_at: [report.slots_used for report in seen.pods[0].slots] for seen in policy.seen}
    assert all(used[at] == [] for at in used if at < 10)
    assert all(used[at] == [0] for at in used if 10 <= at < 60)
    assert all(used[at] == [1] for at in used if 60 <= at < 90)


def test_a_draining_pod_finishes_what_runs_and_takes_nothing_new() -> None:
    """The pod is asked to stop with 20 s to go, within a grace of 30; the second task waits for the pod after it."""
    policy = Script(1, 1, 1, 1, 1, 1, 0, 1)
    outcome = play(scenario([Task(50, 35), Task(70, 1)], initial_replicas=1), policy)
    assert outcome.cut_short == 0
    assert outcome.waits[0] == 0
    assert 0 < outcome.waits[1] < 15
    assert any(pod.terminating for seen in policy.seen for pod in seen.pods)


def test_a_task_that_outlasts_the_grace_period_is_killed_and_comes_back() -> None:
    """It is a second attempt, 30 s after the kill, and runs its whole time."""
    policy = Script(1, 1, 1, 1, 1, 1, 0, 1, poll_seconds=10)
    outcome = play(scenario([Task(50, 100)], initial_replicas=1, tail_seconds=400), policy)
    assert outcome.cut_short == 1
    assert len(outcome.waits) == 2


@pytest.mark.parametrize(
    ("victims", "cut_short"),
    [
        pytest.param(Victims.IDLE, 0, id="the pod that reported nothing in use goes"),
        pytest.param(Victims.IDLE_ONLY, 0, id="and only such a pod"),
        pytest.param(None, 1, id="without either: the youngest goes, which is busy"),
    ],
)
def test_the_victims_are_chosen_as_the_order_says(victims: Victims | None, cut_short: int) -> None:
    """Two pods, of which the older one is free when one has to go."""
    policy = Script(*[PolicyDecision(2)] * 9, PolicyDecision(1, victims), poll_seconds=10)
    tasks = [Task(50, 10), Task(50, 300)]
    assert play(scenario(tasks, initial_replicas=2, tail_seconds=200), policy).cut_short == cut_short


def test_fewer_go_than_were_asked_for_when_only_idle_ones_may() -> None:
    """Both pods are busy: none goes."""
    policy = Script(*[PolicyDecision(2)] * 9, PolicyDecision(0, Victims.IDLE_ONLY), poll_seconds=10)
    play(scenario([Task(50, 300), Task(50, 300)], initial_replicas=2, tail_seconds=200), policy)
    assert policy.seen[-1].replicas == 2


def test_pods_that_are_not_ready_go_first() -> None:
    """One is ready and busy, one starts: the one that starts goes, even though all are allowed."""
    policy = Script(1, 1, 1, 1, 1, 2, 1, poll_seconds=10)
    play(scenario([Task(30, 200)], initial_replicas=1, start_up_seconds=1000, tail_seconds=100), policy)
    assert [pod.name for pod in policy.seen[-1].pods] == ["worker-1"]


def test_pods_cost_from_their_order_to_their_end() -> None:
    """Two pods from the first poll on, and one of them for 50 s."""
    policy = Script(2, 2, 2, 2, 2, 1, poll_seconds=10)
    outcome = play(scenario([Task(0, 1)], start_up_seconds=5), policy)
    first = policy.seen[0].observed_at
    assert outcome.pod_seconds == pytest.approx((100 - first) + 50)


def test_reversals_are_changes_of_direction() -> None:
    """Up, up, down, up: two reversals in four changes."""
    outcome = play(scenario([Task(0, 1)]), Script(1, 2, 1, 3, poll_seconds=10))
    assert ([s.replicas_after for s in outcome.scalings], outcome.reversals) == ([1, 2, 1, 3], 2)
