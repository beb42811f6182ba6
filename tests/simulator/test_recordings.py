"""The simulator against recorded real runs: the same arrivals and replicas give the same waits, costs and readings."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from statistics import fmean

import pytest

from controller.scaling.observation import Observation, QueueStatistics
from controller.simulator.outcome import Outcome
from controller.simulator.policy import PolicyDecision, Victims
from controller.simulator.scenario import MEASURED, Scenario, Servers
from controller.simulator.simulation import simulate
from controller.simulator.tasks import Task
from tests.scaling.recorded import IDLE_SECONDS, NAMES, OBJECTIVE_SECONDS, SLOTS, RecordedOrder, Recording

BEGIN = 20.0
"""Quiet time of the scenario before the load begins."""

SEEDS = 3

SERVERS = replace(MEASURED, ready_lag_seconds=(0, 0.1), uses_deletion_costs=False, poll_jitter_seconds=0)
"""As they were in the runs: probes found a worker ready at once. Marks were not recorded, so the idlest pods go."""

TRUTH_SECONDS = 2.0
"""How long the tasks take in the runs in which the decision of then was wrong about it."""


class Replay:
    """A policy that sets the recorded replicas at their times, and reads the statistics when they were read."""

    poll_seconds = 1000.0

    def __init__(self, recording: Recording) -> None:
        self.seen: list[Observation] = []
        self._recording = recording
        changed = [after for before, after in pairwise(recording.readings) if after[1:] != before[1:]]
        self.read_at = {round(BEGIN + reading.at, 1): reading for reading in changed if reading.at > 0}
        orders = {round(BEGIN + order.at, 1) for order in recording.orders}
        self._times = sorted(orders | self.read_at.keys())

    def recommend(self, observation: Observation, now: float) -> PolicyDecision:
        """What was ordered by then."""
        self.seen.append(observation)
        following = bisect_left(self._times, round(now, 1) + 0.05)
        pause = self._times[following] - now if following < len(self._times) else None
        replicas = self._recording.replicas_at(now - BEGIN + 0.05)
        return PolicyDecision(replicas, Victims.IDLE, next_poll_seconds=pause)


@dataclass(frozen=True, slots=True)
class Replayed:
    """A recorded run and its simulation."""

    recording: Recording
    outcome: Outcome
    replay: Replay


@cache
def replayed(name: str, seed: int) -> Replayed:
    """The simulation of a recorded run with the servers of then."""
    return simulated(name, seed, SERVERS)


def simulated(name: str, seed: int, servers: Servers) -> Replayed:
    """Simulates a recorded run; start-ups are drawn, everything else is as it was."""
    recording = Recording.load(name)
    tasks = [Task(BEGIN + task.arrived_at, task.seconds) for task in recording.tasks]
    starts = [pod.ready_at - pod.created_at for pod in recording.pods]
    scenario = Scenario(
        name,
        "a recorded run",
        lambda _: tasks,
        slots=SLOTS,
        objective_seconds=OBJECTIVE_SECONDS[name],
        start_up_seconds=fmean(starts),
        servers=servers,
        grace_seconds=25,
        tail_seconds=120,
        max_replicas=40,
        idle_seconds=IDLE_SECONDS,
        over_count=0,
        loaded_by_tasks=True,
        first_poll_seconds=0,
    )
    replay = Replay(recording)
    return Replayed(recording, simulate(scenario, replay, "replay", seed), replay)


def seeds(name: str) -> list[Replayed]:
    """Some simulations of a run."""
    return [replayed(name, seed) for seed in range(SEEDS)]


@pytest.mark.parametrize("name", NAMES)
def test_tasks_wait_as_long_as_they_did(name: str) -> None:
    """p50 and p95, to within 15 %."""
    waits = Recording.load(name).waits
    for share in (0.5, 0.95):
        simulated = fmean(run.outcome.wait_percentile(share) for run in seeds(name))
        assert simulated == pytest.approx(waits[int(share * len(waits))], rel=0.15)


@pytest.mark.parametrize("name", NAMES)
def test_pods_cost_what_they_did(name: str) -> None:
    """Pod-seconds, to within 15 %."""
    simulated = fmean(run.outcome.pod_seconds for run in seeds(name))
    assert simulated == pytest.approx(Recording.load(name).pod_seconds, rel=0.15)


@pytest.mark.parametrize("name", NAMES)
def test_statistics_are_what_the_server_answered(name: str) -> None:
    """At each read: backlog, age and rates differ from the recorded ones by a small part of their highest values."""
    run = replayed(name, 0)
    highest = [max(values) for values in zip(*(reading[1:] for reading in run.recording.readings), strict=True)]
    differences = [
        [abs(a - b) / most for a, b, most in zip(answer, recorded, highest, strict=True)]
        for answer, recorded in _pairs(run)
    ]
    assert len(differences) >= 10
    backlog, age, *rates = zip(*differences, strict=True)
    assert fmean(age) < 0.1  # which partition has the oldest task is chance
    for column in (backlog, *rates):
        assert fmean(column) < 0.06
        assert sorted(column)[int(0.9 * len(column))] < 0.15


def _pairs(run: Replayed) -> Iterator[tuple[list[float], list[float]]]:
    """What the simulator and the server answered, at each read of the statistics."""
    for seen in run.replay.seen:
        recorded = run.replay.read_at.get(round(seen.observed_at, 1))
        answer = seen.task_queues[0].statistics
        if recorded is not None and isinstance(answer, QueueStatistics):
            numbers = [answer.backlog_age_seconds, answer.add_rate_per_second, answer.dispatch_rate_per_second]
            yield [float(answer.backlog), *numbers], [float(number) for number in recorded[1:]]


WRONG = [
    pytest.param(name, order, id=f"{name} at {order.at} s")
    for name in ("burst-shorter-objective", "bursts-that-come-again")
    for order in Recording.load(name).orders
    if order.was_measured and order.service_seconds < 0.75 * TRUTH_SECONDS
]


@pytest.mark.parametrize(("name", "order"), WRONG)
def test_a_naive_service_time_is_as_wrong_as_it_was(name: str, order: RecordedOrder) -> None:
    """Slot-seconds by the reports, over what was dispatched less the rise of slots in use: too short, as recorded.

    The first report of each worker says 0, and those after it come 10 s apart: much of a burst falls between them.
    """
    naive = fmean(naive_service_seconds(run, order.at) for run in seeds(name))
    assert naive < 0.75 * TRUTH_SECONDS
    assert naive == pytest.approx(order.service_seconds, abs=0.3)


def test_the_reports_of_a_whole_burst_say_that_next_to_nothing_ran() -> None:
    """Recorded: 0 slot-seconds for 187 tasks of 2 s, and so one replica for the 200 tasks of the second burst."""
    second_burst = 124.8
    naive = fmean(naive_service_seconds(run, second_burst) for run in seeds("bursts-that-come-again"))
    assert naive < TRUTH_SECONDS / 4


def test_the_first_reports_count_as_newer_than_readiness_and_say_that_nothing_runs() -> None:
    """At 19 s of the first burst all slots of the first pods are full, and each of those has reported only 0.

    It is ready in whole seconds, rounded down, so that the report of its start is newer than that.
    """
    for run in seeds("bursts-that-come-again"):
        seen = next(o for o in run.replay.seen if o.observed_at == pytest.approx(BEGIN + 19.1))
        ready = [pod for pod in seen.pods if pod.ready_since is not None and pod.ready_since <= BEGIN + 16]
        reports = [(pod.ready_since, report) for pod in ready for report in pod.slots]
        assert len(reports) == len(ready) == 7
        assert {report.slots_used for _, report in reports} == {0}
        assert sum(since is not None and report.reported_at > since for since, report in reports) >= 5


def test_the_unlucky_wait_longer_because_of_partitions() -> None:
    """With one partition the p95 of load that goes on and off would be too short."""
    recorded = Recording.load("on-off").waits
    p95 = recorded[int(0.95 * len(recorded))]
    in_order = fmean(
        simulated("on-off", seed, replace(SERVERS, partitions=1)).outcome.wait_percentile(0.95) for seed in range(SEEDS)
    )
    assert in_order < 0.92 * p95
    assert fmean(run.outcome.wait_percentile(0.95) for run in seeds("on-off")) == pytest.approx(p95, rel=0.08)


def naive_service_seconds(run: Replayed, until: float) -> float:
    """The service time as it should not be measured, by all that was seen until a time."""
    seen = [observation for observation in run.replay.seen if observation.observed_at <= BEGIN + until + 0.05]
    used = [sum(report.slots_used for pod in observation.pods for report in pod.slots) for observation in seen]
    slot_seconds = sum(
        (before_used + after_used) / 2 * (after.observed_at - before.observed_at)
        for (before, after), (before_used, after_used) in zip(pairwise(seen), pairwise(used), strict=True)
    )
    arrived = sum(task.arrived_at <= until for task in run.recording.tasks)
    statistics = seen[-1].task_queues[0].statistics
    assert isinstance(statistics, QueueStatistics)
    return slot_seconds / max(1, arrived - statistics.backlog - used[-1])
