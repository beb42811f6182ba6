"""Idle, light or busy, by reports that are new enough."""

from dataclasses import replace

import pytest

from controller.api.model import TaskType
from controller.scaling.idle_times import NoDispatchWindow
from controller.scaling.observation import PodObservation, QueueStatistics, SlotReport, Unknown
from controller.scaling.scale_down.idleness import (
    BEARABLE_SHARE,
    BEARABLE_TASKS,
    LAG_SECONDS,
    MAX_INTERVALS,
    STOPPING_SECONDS,
    Dispatches,
    Evidence,
    Heartbeats,
    Load,
    Risk,
)
from tests.scaling.builders import LOST, NOW, observation, pod, queue, report, statistics

LONG = Evidence(NOW, fresh_seconds=15, no_dispatch=None, dispatches=Dispatches(1, 0, 10), has_workflows=False)
NEVER_DISPATCHED = replace(LONG, no_dispatch=NoDispatchWindow(NOW - 4000, NOW, NOW - 4000))
QUIET = replace(LONG, no_dispatch=NoDispatchWindow(NOW - 100, NOW, NOW - 100))


def reported(age: float, used: int = 0, slots: int = 10) -> PodObservation:
    """A ready pod that reported so long ago."""
    return pod(report(used, slots=slots, reported_at=NOW - age))


@pytest.mark.parametrize(
    ("seen", "evidence", "load"),
    [
        (reported(15), LONG, Load.IDLE),
        (replace(reported(15), shares_reports=True), LONG, Load.BUSY),
        (reported(15.1), LONG, Load.BUSY),
        (reported(3.1), replace(LONG, fresh_seconds=3), Load.BUSY),
        (reported(100), QUIET, Load.IDLE),
        (reported(100.1), QUIET, Load.BUSY),
        (
            reported(-1),
            replace(LONG, no_dispatch=NoDispatchWindow(NOW - 5, NOW - 5, NOW - 5), fresh_seconds=-9),
            Load.BUSY,
        ),
        (reported(-2), LONG, Load.IDLE),
        (reported(-2.1), QUIET, Load.BUSY),
        (reported(15), replace(QUIET, fresh_seconds=1, has_workflows=True), Load.IDLE),
        (reported(16), replace(QUIET, fresh_seconds=1, has_workflows=True), Load.BUSY),
        (pod(report(0), report(0, name="bills", reported_at=NOW - 20)), LONG, Load.BUSY),
        (reported(0, used=5), LONG, Load.LIGHT),
        (reported(0, used=6), LONG, Load.BUSY),
        (reported(0, used=1, slots=1), LONG, Load.BUSY),
        (reported(16, used=1), QUIET, Load.BUSY),
        (pod(replace(report(1), slots_available=None)), LONG, Load.BUSY),
        (pod(), LONG, Load.BUSY),
        (pod(report(0, reported_at=NOW - 8), ready_since=NOW - 8.9), LONG, Load.BUSY),
        (pod(report(0, reported_at=NOW - 8), ready_since=NOW - 9), LONG, Load.IDLE),
        (pod(report(1, reported_at=NOW - 8), ready_since=NOW - 8.9), LONG, Load.BUSY),
        (pod(report(0, reported_at=NOW - 8), ready_since=NOW - 7), QUIET, Load.IDLE),
        (pod(report(0, reported_at=NOW - 8), report(0, name="bills"), ready_since=NOW - 7), LONG, Load.BUSY),
        (replace(pod(ready_since=None), is_pending=True), LONG, Load.IDLE),
        (pod(ready_since=None), LONG, Load.BUSY),
        (pod(ready_since=None), NEVER_DISPATCHED, Load.IDLE),
        (replace(pod(ready_since=None), is_stopped=True, was_ready=True), LONG, Load.IDLE),
        (replace(pod(ready_since=None), is_pending=True, was_ready=True), LONG, Load.BUSY),
        (replace(pod(ready_since=None), has_reported=True), NEVER_DISPATCHED, Load.BUSY),
        (pod(report(6), ready_since=None), LONG, Load.BUSY),
        (pod(report(1), ready_since=None), LONG, Load.LIGHT),
        (pod(report(0), ready_since=None), LONG, Load.IDLE),
    ],
    ids=[
        "a fresh report",
        "of pods that share reports",
        "a stale one",
        "one that is older than a task takes",
        "an old one, and nothing was dispatched since",
        "one from before the no-dispatch window",
        "one from since tasks may have been dispatched: there is no window",
        "a clock that is a little ahead",
        "one from the future does not say how old it is",
        "workflow tasks come unseen: a report of 15 s holds",
        "and no older one",
        "the oldest of several reports counts",
        "half of the slots",
        "more than half",
        "its only slot",
        "a stale report of some",
        "a worker that can't say how many slots are free",
        "a ready pod without a report",
        "a report that may be from before it was ready: Kubernetes rounds the time down to seconds",
        "a report from since it is ready",
        "a report of few from before it was ready",
        "nothing was dispatched since the report from before it was ready",
        "one of its workers has not reported since it is ready",
        "a pod whose containers are being started",
        "a pod that starts: its worker may have taken a task before it is ready",
        "a pod that starts, and nothing was dispatched since it has a node",
        "one whose container has ended, or waits to be started again",
        "one that was ready and does not report",
        "one that reported and does not now",
        "one that is not ready and runs many tasks",
        "one that is not ready and runs a few",
        "one that is not ready and runs none",
    ],
)
def test_what_is_not_known_counts_as_busy(seen: PodObservation, evidence: Evidence, load: Load) -> None:
    """A pod is idle only by a report that still holds."""
    assert evidence.load_of(seen) == load


@pytest.mark.parametrize(("task_seconds", "fresh"), [(None, 15), (3, 3), (60, 15)])
def test_a_report_counts_for_as_long_as_a_task_takes(task_seconds: float | None, fresh: float) -> None:
    """And for no more than 15 s."""
    assert Evidence.of(observation(), None, task_seconds, NOW).fresh_seconds == fresh


@pytest.mark.parametrize(
    ("task_type", "has_workflows"), [(TaskType.WORKFLOW, True), (TaskType.ACTIVITY, False), (TaskType.NEXUS, False)]
)
def test_workflow_tasks_come_by_queues_without_statistics(task_type: TaskType, *, has_workflows: bool) -> None:
    """Only those of cached workflows do."""
    assert Evidence.of(observation(queue(task_type=task_type)), None, None, NOW).has_workflows is has_workflows


@pytest.mark.parametrize(
    ("seen", "evidence", "tasks"),
    [
        (reported(5), LONG, (5 + STOPPING_SECONDS) / 10),
        (reported(5), replace(LONG, dispatches=Dispatches(1, 3, 10)), (5 + STOPPING_SECONDS + 3) / 10),
        (reported(5), QUIET, 0),
        (reported(5, used=1), LONG, 0),
        (pod(), LONG, 0),
    ],
    ids=[
        "its share",
        "and of what waits",
        "nothing was dispatched since",
        "it does not count as idle",
        "nor does this",
    ],
)
def test_an_idle_pod_may_have_got_its_share_of_what_was_dispatched_since_its_report(
    seen: PodObservation, evidence: Evidence, tasks: float
) -> None:
    """And gets it until it is asked to stop."""
    assert evidence.expected_tasks(seen) == pytest.approx(tasks)


def test_what_is_known_fades() -> None:
    """Without another report."""
    assert LONG.after(10).load_of(reported(5)) == Load.IDLE
    assert LONG.after(10.1).load_of(reported(5)) == Load.BUSY


UNLIMITED = SlotReport(*(report(3).task_queue, report(3).slot_type, 3, None, NOW))


@pytest.mark.parametrize(
    ("reads", "per_second", "waiting"),
    [
        ([statistics(dispatch_rate=2, add_rate=1)], 2, 0),
        ([statistics(dispatch_rate=1, add_rate=2)], 2, 0),
        ([statistics(dispatch_rate=1), statistics(3, dispatch_rate=2)], 3, 3),
        ([statistics(3, age_seconds=0)], 0, 0),
        ([LOST, statistics(dispatch_rate=1)], 1, 0),
    ],
    ids=["dispatched", "added faster, so more is to come", "several queues", "a count that lags", "what was read"],
)
def test_what_is_dispatched_is_what_the_queues_say(
    reads: list[QueueStatistics | Unknown], per_second: float, waiting: int
) -> None:
    """All kinds of tasks go to the same pods."""
    assert Dispatches.of(observation(*map(queue, reads))) == Dispatches(per_second, waiting, 1)


def test_tasks_go_to_the_pods_that_have_room() -> None:
    """A full pod gets none, nor does one that was asked to stop; one that does not say how many slots are free may."""
    seen = (
        pod(report(0), name="idle"),
        pod(report(9), name="has-room"),
        pod(report(10), name="full"),
        pod(UNLIMITED, name="unlimited"),
        pod(report(0), name="going", terminating=True),
        pod(name="unreported"),
    )
    assert Dispatches.of(observation(pods=seen)).pods == 3


def test_a_pod_gets_its_share() -> None:
    """Of what waits at once, of the rest with time."""
    assert Dispatches(per_second=2, waiting=3, pods=10).to_each_pod(5) == pytest.approx(1.3)
    assert Dispatches(per_second=2, waiting=0, pods=10).to_each_pod(-5) == 0


def test_a_risk_that_was_taken_is_forgotten_with_what_is_dispatched() -> None:
    """So that stops cut no more short than a share of it, however often they come."""
    taken = Risk().after(Dispatches(2, 0, 1), NOW).add(BEARABLE_TASKS / 2)
    assert taken.bearable_tasks == pytest.approx(BEARABLE_TASKS / 2)
    later = taken.after(Dispatches(2, 0, 1), NOW + 10)
    assert later.tasks == pytest.approx(BEARABLE_TASKS / 2 - 20 * BEARABLE_SHARE)
    assert later.after(Dispatches(2, 0, 1), NOW + 10_000).tasks == 0
    assert later.after(Dispatches(2, 0, 1), NOW).tasks == later.tasks, "a clock that goes back forgets nothing"
    assert later.add(1).bearable_tasks == 0


def beating(at: float, name: str = "worker-0") -> PodObservation:
    """A pod that reported then."""
    return pod(report(reported_at=at), name=name)


def after(*polls: list[PodObservation]) -> Heartbeats:
    """What is known after these polls."""
    heartbeats = Heartbeats()
    for pods in polls:
        heartbeats = heartbeats.observe(pods)
    return heartbeats


def test_the_interval_is_the_time_between_two_reports_of_one_pod() -> None:
    """The same report, seen again, is none; nor is that of another pod, or of one that was gone meanwhile."""
    assert after([beating(NOW)]).seconds is None
    assert after([beating(NOW)], [beating(NOW), beating(NOW + 3, "worker-1"), pod(name="unreported")]).seconds is None
    assert after([beating(NOW)], [beating(NOW + 10)]).seconds == 10
    assert after([beating(NOW)], [], [beating(NOW + 10)]).seconds is None


def test_an_interval_that_a_restart_cut_short_does_not_count() -> None:
    """The median of the last ones does; and they are few."""
    polls = [[beating(NOW + 10 * i)] for i in range(20)]
    heartbeats = after(*polls, [beating(NOW + 193)])
    assert heartbeats.seconds == 10
    assert len(heartbeats.intervals) == MAX_INTERVALS


IN_STEP = after([beating(NOW - 10)], [beating(NOW)])


@pytest.mark.parametrize(
    ("seconds", "reported_at"), [(5, NOW), (10.2, NOW), (10.3, NOW + 10), (20.2, NOW + 10), (34, NOW + 30)]
)
def test_a_pod_is_expected_to_report_in_step(seconds: float, reported_at: float) -> None:
    """What it reports is expected to stay; a report is seen a little after it was made."""
    then = IN_STEP.next_of(beating(NOW), NOW + seconds)
    assert then.reported_at == reported_at
    assert then.slots[0].slots_used == 0
    assert Heartbeats().next_of(beating(NOW), NOW + seconds) == beating(NOW)


def test_the_times_of_reports_to_come_are_known() -> None:
    """The first of each pod that is not too early, each once."""
    pods = [beating(NOW - 4), beating(NOW - 1, "worker-1"), beating(NOW - 1, "worker-2"), pod(name="unreported")]
    lag = LAG_SECONDS
    assert IN_STEP.times(pods, NOW + 2) == pytest.approx([NOW + 6 + lag, NOW + 9 + lag])
    assert IN_STEP.times(pods, NOW + 7) == pytest.approx([NOW + 9 + lag, NOW + 16 + lag])
    assert IN_STEP.times([beating(NOW)], NOW - 25) == [NOW + lag], "a report that was made is not made again"
    assert Heartbeats().times(pods, NOW) == []
