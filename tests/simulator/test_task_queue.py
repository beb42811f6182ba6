"""The task queue: which slots get a task, and what the server reports."""

import pytest

from controller.scaling.observation import Observation, QueueStatistics, Unknown, UnknownCause
from controller.simulator.tasks import Task
from tests.simulator.small_scenarios import Script, play, scenario


def statistics(observation: Observation) -> QueueStatistics:
    """The statistics that an observation has."""
    found = observation.task_queues[0].statistics
    assert isinstance(found, QueueStatistics)
    return found


def test_a_task_that_finds_a_free_slot_starts_at_once() -> None:
    """No wait, and it was never in the backlog."""
    policy = Script(1)
    assert play(scenario([Task(50, 5)], initial_replicas=1), policy).waits == [0]
    assert all(statistics(seen).backlog == 0 for seen in policy.seen)


def test_tasks_start_in_the_order_in_which_they_came() -> None:
    """One slot, three tasks at once: each waits for those before it."""
    tasks = [Task(50, 5), Task(50, 7), Task(50, 1)]
    assert play(scenario(tasks, initial_replicas=1), Script(1)).waits == [0, 5, 12]


def test_tasks_go_to_pods_by_turns() -> None:
    """Two tasks run in two pods, although each pod has two slots."""
    policy = Script(2, poll_seconds=1)
    play(scenario([Task(50, 30), Task(50, 30)], slots=2, initial_replicas=2, heartbeat_seconds=1), policy)
    busiest = max(report.slots_used for seen in policy.seen for pod in seen.pods for report in pod.slots)
    assert busiest == 1


def test_statistics_are_as_old_as_the_servers_cache() -> None:
    """A task that came at 51 s is in the statistics from 55 s on, with its age of then."""
    policy = Script(0, poll_seconds=1)
    play(scenario([Task(51, 5)]), policy)
    given = {seen.observed_at: statistics(seen) for seen in policy.seen}
    assert all(given[at].backlog == 0 for at in given if at < 55)
    assert all((given[at].backlog, given[at].backlog_age_seconds) == (1, 4) for at in given if 55 <= at < 60)


def test_rates_are_means_of_thirty_seconds() -> None:
    """60 tasks in one second are 2 per second for 30 s, then none."""
    policy = Script(0, poll_seconds=1)
    play(scenario([Task(101, 5)] * 60), policy)
    rates = {seen.observed_at: statistics(seen).add_rate_per_second for seen in policy.seen}
    assert all(rates[at] == pytest.approx(2) for at in rates if 105 <= at < 130)
    assert all(rates[at] == 0 for at in rates if at > 135)


def test_rates_are_too_high_soon_after_the_queue_was_loaded() -> None:
    """Measured: 50 tasks at the beginning are 10 per second after 5 s."""
    policy = Script(0, poll_seconds=1)
    play(scenario([Task(0, 5)] * 50), policy)
    first = next(seen for seen in policy.seen if seen.observed_at > 5)
    assert statistics(first).add_rate_per_second == 10


def test_a_queue_that_its_first_task_loads_is_young_then() -> None:
    """50 tasks at 101 s are 12.5 per second 4 s later, though the queue was read for long; then a true mean."""
    policy = Script(0, poll_seconds=1)
    play(scenario([Task(101, 5)] * 50, loaded_by_tasks=True), policy)
    rates = {seen.observed_at: statistics(seen).add_rate_per_second for seen in policy.seen}
    assert all(rates[at] == 0 for at in rates if at < 101)
    assert all(rates[at] == pytest.approx(12.5) for at in rates if 105 <= at < 110)
    assert all(rates[at] == pytest.approx(50 / 29) for at in rates if 130 <= at < 131)


def test_the_server_counts_tasks_that_left_the_backlog_for_a_while() -> None:
    """15 % of what went through the backlog is still counted, with no age, and fades."""
    policy = Script(0, 0, 0, 0, 0, 0, 100, poll_seconds=1)
    play(scenario([Task(0, 1)] * 100, tail_seconds=200), policy)
    lagging = [statistics(seen) for seen in policy.seen if seen.observed_at > 15]
    assert 10 <= lagging[0].backlog <= 15
    assert all(given.backlog_age_seconds == 0 for given in lagging)
    assert lagging[-1].backlog == 0


def test_phantoms_are_counted_and_never_start() -> None:
    """They have an age, and no worker gets them."""
    policy = Script(5, poll_seconds=1)
    outcome = play(scenario([Task(50, 1)], phantom_tasks=60, phantom_from_seconds=20), policy)
    late = statistics(policy.seen[-1])
    assert (late.backlog, late.backlog_age_seconds >= 120, len(outcome.waits)) == (60, True, 1)


def test_a_rate_limit_spaces_tasks_out_and_is_known_only_where_the_server_reports_it() -> None:
    """Ten slots are free, but tasks start half a second apart."""
    tasks = [Task(50, 1)] * 20
    for reports in (True, False):
        policy = Script(10, poll_seconds=1)
        limited = scenario(tasks, initial_replicas=10, rate_limit_per_second=2, server_reports_limit=reports)
        assert play(limited, policy).waits == pytest.approx([number / 2 for number in range(20)])
        given = {seen.observed_at: statistics(seen).rate_limiting_active for seen in policy.seen}
        during = {given[at] for at in given if 55 <= at < 59}
        assert during == ({True} if reports else {None})


def test_a_replica_without_a_poller_at_home_takes_no_task() -> None:
    """Two pollers with a round trip of a second: two tasks a second, although a hundred slots are free."""
    outcome = play(
        scenario([Task(50, 0.01)] * 6, slots=100, initial_replicas=1, pollers=2, round_trip_seconds=1), Script(1)
    )
    assert outcome.waits == pytest.approx([0, 0, 1, 1, 2, 2])


def test_an_outage_hides_the_statistics_and_not_the_work() -> None:
    """Polls within it are lost; tasks start all the same."""
    policy = Script(1, poll_seconds=1)
    assert play(scenario([Task(50, 5)], initial_replicas=1, outages=((40, 60),)), policy).waits == [0]
    for seen in policy.seen:
        reading = seen.task_queues[0].statistics
        lost = isinstance(reading, Unknown) and reading.cause is UnknownCause.LOST
        assert lost == (40 <= seen.observed_at < 60)
        assert isinstance(seen.in_flight, Unknown) == lost


def test_lost_polls_are_as_many_as_the_scenario_says() -> None:
    """About a third of 150 polls."""
    policy = Script(0, poll_seconds=1)
    play(scenario([Task(50, 5)], lost_poll_share=1 / 3), policy)
    lost = sum(isinstance(seen.task_queues[0].statistics, Unknown) for seen in policy.seen)
    assert 35 <= lost <= 65
