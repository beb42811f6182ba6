"""What real servers and workers do, one thing at a time."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from controller.api.model import TaskType
from controller.scaling.observation import Observation, PodObservation, QueueStatistics, SlotReport
from controller.simulator.policy import PolicyDecision
from controller.simulator.scenario import MEASURED, PLAIN, Kind, Scenario, Servers
from controller.simulator.tasks import Task
from tests.simulator.small_scenarios import Script, play, scenario


def surrounded(tasks: list[Task], *, servers: dict[str, Any], **changes: Any) -> Scenario:
    """A small scenario whose servers differ from the plain form."""
    return scenario(tasks, servers=replace(PLAIN, **servers), **changes)


def reports(observation: Observation) -> list[SlotReport]:
    """The reports of all pods."""
    return [report for pod in observation.pods for report in pod.slots]


def only_pod(observation: Observation) -> PodObservation | None:
    """The pod, if there is one."""
    return observation.pods[0] if observation.pods else None


def test_the_first_report_is_made_at_the_start_and_says_zero() -> None:
    """A task waits, and the worker takes it at once: the report of then does not know it, the one 10 s later does."""
    policy = Script(1, poll_seconds=1)
    play(surrounded([Task(0, 60)], servers={"reports_from_start": True}, start_up_seconds=5), policy)
    seen = [report for observation in policy.seen for report in reports(observation)]
    started_at = seen[0].worker_started_at
    assert started_at is not None
    assert {(report.reported_at - started_at, report.slots_used) for report in seen[:18]} == {(0, 0), (10, 1)}


def test_a_worker_whose_first_report_lacks_slots_reports_them_an_interval_later() -> None:
    """Its first report has no slots yet: for 10 s it is unknown what it runs."""
    policy = Script(1, poll_seconds=1)
    servers = {"reports_from_start": True, "first_report_lacks_slots": True}
    play(surrounded([Task(0, 60)], servers=servers, start_up_seconds=5), policy)
    first = next(report for observation in policy.seen for report in reports(observation))
    assert first.worker_started_at is not None
    assert (first.reported_at - first.worker_started_at, first.slots_used) == (10, 1)


def test_a_report_counts_the_tasks_that_ended() -> None:
    """Exactly, as of that report."""
    policy = Script(1, poll_seconds=1)
    tasks = [Task(50 + second, 0.5) for second in range(12)]
    play(surrounded(tasks, servers={}, initial_replicas=1), policy)
    ended = {report.reported_at: report.tasks_ended for seen in policy.seen for report in reports(seen)}
    assert [ended[at] for at in (50, 60, 70)] == [0, 10, 12]


@pytest.mark.parametrize(
    ("pollers", "reported"),
    [pytest.param(None, {4, 1}, id="scaled by the SDK"), pytest.param(2, {2, 1}, id="two of them")],
)
def test_a_report_counts_the_open_polls(pollers: int | None, reported: set[int]) -> None:
    """Four slots, of which three are used from 50 s on."""
    policy = Script(1, poll_seconds=1)
    played = scenario([Task(50, 100)] * 3, slots=4, pollers=pollers, initial_replicas=1, tail_seconds=40)
    play(played, policy)
    given = [report for seen in policy.seen for report in reports(seen)]
    assert {report.pollers for report in given} == reported
    assert {report.pollers_autoscale for report in given} == {pollers is None}


def test_a_worker_that_is_asked_to_stop_reports_at_once_and_then_in_step() -> None:
    """It stays visible while it drains."""
    policy = Script(*[1] * 53, 0, poll_seconds=1)
    servers = {"reports_from_start": True, "uses_deletion_costs": True}
    play(surrounded([Task(50, 25)], servers=servers, initial_replicas=1), policy)
    draining = [
        (report.reported_at, report.slots_used)
        for seen in policy.seen
        for pod in seen.pods
        if pod.terminating
        for report in pod.slots
    ]
    stopped_at = policy.seen[53].observed_at
    assert set(draining) == {(stopped_at, 1), (60, 1), (70, 1)}


def test_a_pod_takes_tasks_before_it_is_ready() -> None:
    """By the lag."""
    policy = Script(1, poll_seconds=0.1)
    lagging = surrounded([Task(0, 60)], servers={"ready_lag_seconds": (2, 2)}, start_up_seconds=10)
    outcome = play(lagging, policy)
    ready_at = next(pod.ready_since for seen in policy.seen if (pod := only_pod(seen)) and pod.ready_since)
    assert outcome.waits[0] == pytest.approx(ready_at - 2)


def test_times_of_pods_are_whole_seconds() -> None:
    """Rounded down: a pod seems older than it is."""
    policy = Script(3, poll_seconds=0.7)
    play(surrounded([Task(0, 60)], servers={"whole_seconds": True}, start_up_seconds=5), policy)
    for pod in policy.seen[-1].pods:
        assert pod.scheduled_at is not None
        assert pod.ready_since is not None
        assert all(time == int(time) for time in (pod.created_at, pod.scheduled_at, pod.ready_since))


def test_the_cache_is_renewed_by_the_read_that_finds_it_old() -> None:
    """Polls each 3 s: every second one gets what the one before it got."""
    policy = Script(0, poll_seconds=3)
    play(surrounded([Task(10 + second, 1) for second in range(80)], servers={"cache_on_demand": True}), policy)
    given = [seen.task_queues[0].statistics for seen in policy.seen if 30 < seen.observed_at < 80]
    backlogs = [read.backlog for read in given if isinstance(read, QueueStatistics)]
    assert {after - before for before, after in pairwise(backlogs)} == {0, 6}


def test_a_reader_beside_the_scaler_makes_its_answers_old() -> None:
    """Who reads each second renews the cache, so that a poll each 10 s gets answers of up to 5 s ago."""
    policy = Script(0, poll_seconds=10)
    servers = {"cache_on_demand": True, "read_each_seconds": 1}
    play(surrounded([Task(10.5, 1)], servers=servers), policy)
    for seen in policy.seen[2:]:
        statistics = seen.task_queues[0].statistics
        assert isinstance(statistics, QueueStatistics)
        age_of_answer = seen.observed_at - 10.5 - statistics.backlog_age_seconds
        assert age_of_answer == pytest.approx(seen.observed_at % 5)


@pytest.mark.parametrize(
    ("orders", "left"),
    [
        pytest.param(
            [PolicyDecision(3, deletion_costs={"worker-2": -2}), 2], {"worker-1", "worker-3"}, id="marked before"
        ),
        pytest.param(
            [PolicyDecision(3, deletion_costs={"worker-1": -1}), PolicyDecision(2, deletion_costs={"worker-2": -2})],
            {"worker-2", "worker-3"},
            id="a mark that is written together with the number comes too late for it",
        ),
    ],
)
def test_the_replica_set_takes_victims_by_the_costs_of_an_earlier_poll(
    orders: list[PolicyDecision | int], left: set[str]
) -> None:
    """One of three pods goes."""
    policy = Script(3, *orders)
    play(surrounded([Task(0, 1)], servers={"uses_deletion_costs": True}, initial_replicas=3), policy)
    assert {pod.name for pod in policy.seen[-1].pods} == left


def test_tasks_of_several_partitions_start_nearly_in_the_order_in_which_they_came() -> None:
    """One slot, forty tasks at once: some wait longer than those that came after them, and none is left."""
    tasks = [Task(10 + number / 100, 1) for number in range(40)]
    in_order, nearly = (
        play(surrounded(tasks, servers={"partitions": partitions}, initial_replicas=1, tail_seconds=60), Script(1))
        for partitions in (1, 4)
    )
    assert in_order.waits == pytest.approx([number * 0.99 for number in range(40)])
    assert nearly.waits != pytest.approx(in_order.waits)
    assert sum(nearly.waits) == pytest.approx(sum(in_order.waits))


def test_rates_are_young_until_a_reader_knows_better() -> None:
    """It cannot know that the queue was loaded long ago."""
    policy = Script(0, poll_seconds=5)
    play(surrounded([Task(0, 1)], servers={"cache_on_demand": True, "counts_in_buckets": True}), policy)
    young = {seen.observed_at: seen.task_queues[0].statistics for seen in policy.seen}
    for at, statistics in young.items():
        assert isinstance(statistics, QueueStatistics)
        assert at < 5 or statistics.rates_young == (at < 35)


def test_kinds_of_tasks_have_slots_and_statistics_of_their_own_in_the_same_pods() -> None:
    """One slot for activities, two for workflow tasks: a full kind keeps no task of the other waiting."""
    policy = Script(1, poll_seconds=5)
    tasks = [Task(50, 20), Task(50, 20), Task(50, 20, kind=1), Task(50, 20, kind=1), Task(50, 20, kind=1)]
    beside = (Kind("tasks", TaskType.WORKFLOW, 2),)
    outcome = play(scenario(tasks, beside=beside, initial_replicas=1, heartbeat_seconds=5), policy)
    seen = next(observation for observation in policy.seen if 60 < observation.observed_at < 65)
    assert outcome.waits == [0, 0, 0, 20, 20]
    assert [(report.slot_type, report.slots_used) for report in reports(seen)] == [("Activity", 1), ("Workflow", 2)]
    statistics = [queue.statistics for queue in seen.task_queues]
    assert [read.backlog for read in statistics if isinstance(read, QueueStatistics)] == [1, 1]


def test_start_ups_that_are_learned_are_not_given() -> None:
    """The observation has the pods, and no mean."""
    policy = Script(1)
    play(surrounded([Task(0, 1)], servers={"gives_start_up": False}), policy)
    assert {seen.mean_start_up_seconds for seen in policy.seen} == {None}


def test_a_slot_is_free_for_the_next_task_after_the_hand_over() -> None:
    """Three tasks of 2 s in one slot."""
    played = surrounded([Task(50, 2)] * 3, servers={"hand_over_seconds": 0.5}, initial_replicas=1)
    assert play(played, Script(1)).waits == pytest.approx([0, 2.5, 5])


def test_an_order_says_when_to_poll_again() -> None:
    """Else it is polled as often as the policy does."""
    policy = Script(0, PolicyDecision(0, next_poll_seconds=3), 0)
    play(scenario([Task(0, 1)]), policy)
    times = [seen.observed_at for seen in policy.seen]
    assert [round(after - before, 6) for before, after in pairwise(times)][:4] == [10, 3, 10, 10]


def test_a_poll_is_late_by_no_more_than_the_jitter() -> None:
    """And not always by the same."""
    policy = Script(0, poll_seconds=5)
    play(surrounded([Task(0, 1)], servers={"poll_jitter_seconds": 0.3}), policy)
    pauses = [after.observed_at - before.observed_at for before, after in pairwise(policy.seen)]
    assert 5 <= min(pauses) < max(pauses) <= 5.3


def test_what_was_measured_is_not_the_plain_form() -> None:
    """Nothing of it was forgotten."""
    fields = Servers.__dataclass_fields__
    same = {name for name in fields if getattr(PLAIN, name) == getattr(MEASURED, name)}
    assert same == {"read_each_seconds", "first_report_lacks_slots"}
