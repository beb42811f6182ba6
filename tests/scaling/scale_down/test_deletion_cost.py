"""Which pods get deletion costs: few, the idlest; those that are no longer true are taken back first."""

from dataclasses import replace

import pytest

from controller.scaling.idle_times import NoDispatchWindow
from controller.scaling.observation import PodObservation, used
from controller.scaling.scale_down.deletion_cost import (
    MAX_CHANGES,
    SOONEST_SECONDS,
    Candidate,
    Outlook,
    bearable_removals,
    changed_costs,
    harmless_changes,
    most_tasks,
    removal_key,
    sure_removals,
)
from controller.scaling.scale_down.idleness import Dispatches, Evidence, Heartbeats, Load
from tests.scaling.builders import NOW, pod, report

IDLE, LIGHT, BUSY = Load.IDLE, Load.LIGHT, Load.BUSY


def candidate(name: str, load: Load, cost: int = 0, *, age: float = 0, ready: bool = True) -> Candidate:
    """A pod of that load, now and at the next poll."""
    since = NOW - 3600 if ready else None
    seen = pod(report(reported_at=NOW - age), name=name, ready_since=since)
    return Candidate(replace(seen, deletion_cost=cost), load, load)


@pytest.mark.parametrize(
    ("candidates", "surplus", "changes"),
    [
        ([candidate("a", IDLE), candidate("b", BUSY)], 1, {"a": -2}),
        ([candidate("a", IDLE), candidate("b", IDLE)], 0, {}),
        ([candidate("a", IDLE, age=9), candidate("b", IDLE, age=1)], 1, {"b": -2}),
        ([candidate("a", IDLE, -2, age=9), candidate("b", IDLE, age=1)], 1, {}),
        ([candidate("a", LIGHT), candidate("b", IDLE)], 1, {"b": -2}),
        ([candidate("a", LIGHT), candidate("b", IDLE)], 2, {"a": -1, "b": -2}),
        ([candidate("a", BUSY, -2), candidate("b", LIGHT, -2)], 0, {"a": 0, "b": -1}),
        ([candidate("a", IDLE, -2), candidate("b", IDLE, -1)], 0, {}),
        ([candidate("a", BUSY, 7), candidate("b", IDLE, 7)], 1, {"b": -2}),
        ([candidate("a", IDLE, ready=False)], 1, {}),
    ],
    ids=[
        "an idle pod",
        "none when none is to go",
        "the one that reported last",
        "one that has its cost already keeps it",
        "idle before light",
        "light where there are not enough idle ones",
        "costs that are no longer true",
        "costs that are still true are not written again",
        "another's higher cost stays",
        "a pod that is not ready goes first anyway",
    ],
)
def test_only_what_has_to_change_is_changed(candidates: list[Candidate], surplus: int, changes: dict[str, int]) -> None:
    """An annotation is a request to the API server."""
    assert changed_costs(candidates, surplus, lightly_used_too=True) == changes


def test_lightly_used_pods_are_not_marked_where_only_idle_ones_may_go() -> None:
    """A cost would let one go."""
    assert changed_costs([candidate("a", LIGHT)], 1, lightly_used_too=False) == {}


@pytest.mark.parametrize(
    ("load", "cost", "changes"),
    [(IDLE, 0, {}), (IDLE, -2, {}), (IDLE, -1, {}), (LIGHT, -2, {"a": -1}), (BUSY, -2, {"a": 0})],
)
def test_a_cost_is_written_only_where_it_will_last_and_kept_while_it_is_true(
    load: Load, cost: int, changes: dict[str, int]
) -> None:
    """At the next poll the report of this pod will be too old."""
    fading = Candidate(candidate("a", load, cost).pod, load, BUSY)
    assert changed_costs([fading], 1, lightly_used_too=True) == changes


@pytest.mark.parametrize(
    ("load", "before", "after", "written"),
    [(IDLE, 0, -2, 1), (IDLE, -9, -2, 0), (BUSY, -2, 0, 1), (BUSY, 5, 0, 0), (LIGHT, 0, -1, 0)],
)
def test_beside_a_lower_number_idle_pods_only_get_ahead_and_others_only_fall_back(
    load: Load, before: int, after: int, written: int
) -> None:
    """Nobody knows which of the two the ReplicaSet sees first."""
    assert len(harmless_changes({"a": after}, [candidate("a", load, before)])) == written


def test_what_must_not_go_is_written_first() -> None:
    """With more changes than one pass makes, false costs are not left for the next one."""
    many = [candidate(f"idle-{i}", IDLE) for i in range(MAX_CHANGES)]
    changes = changed_costs([*many, candidate("busy", BUSY, -2)], len(many), lightly_used_too=False)
    assert len(changes) == MAX_CHANGES
    assert next(iter(changes.items())) == ("busy", 0)


def ready(name: str, cost: int = 0, *, busy: bool = False, replica_set: str = "a") -> PodObservation:
    """A ready pod with a deletion cost."""
    return replace(pod(report(int(busy)), name=name), deletion_cost=cost, replica_set=replica_set)


UNASSIGNED = replace(pod(name="unassigned", ready_since=None), scheduled_at=None, is_pending=True, replica_set="a")
PENDING = replace(pod(name="pending", ready_since=None), is_pending=True, replica_set="a")
STARTING = replace(pod(name="starting", ready_since=None), replica_set="a")
UNREADY = replace(pod(report(1), name="unready", ready_since=None), replica_set="a")


def runs_nothing(seen: PodObservation) -> bool:
    """Whether a pod may go in these tests."""
    return not used(seen.slots)


def test_pods_are_removed_in_the_order_of_the_replica_set_controller() -> None:
    """Whatever the cost says, pods that are not ready go first."""
    in_order = [UNASSIGNED, PENDING, STARTING, ready("cheap", -2), ready("light", -1), ready("plain"), ready("dear", 9)]
    keys = [removal_key(seen, seen.deletion_cost) for seen in in_order]
    assert keys == sorted(set(keys))


@pytest.mark.parametrize(
    ("seen", "count"),
    [
        ([ready("a", -2), ready("b", -2), ready("c", busy=True)], 2),
        ([ready("a"), ready("b"), ready("c", busy=True)], 0),
        ([ready("a", -2), ready("b", -2, busy=True)], 0),
        ([STARTING, ready("a", -2), ready("b", busy=True)], 2),
        ([UNREADY, ready("a", -2), ready("b", -2)], 0),
        ([PENDING, UNREADY, ready("a", -2)], 1),
        ([UNREADY, STARTING, ready("a", -2)], 0),
        ([ready("a"), ready("b")], 2),
        ([], 0),
    ],
    ids=[
        "pods with a cost",
        "no pod has a cost",
        "a cost that is no longer true",
        "a starting pod goes before them",
        "one that is not ready and busy goes before all",
        "but after one that is pending",
        "or in any order with one that starts",
        "all may go",
        "no pod is there",
    ],
)
def test_only_pods_that_go_first_whatever_the_ties_can_be_removed(seen: list[PodObservation], count: int) -> None:
    """A group of equals goes in any order: one busy pod among them keeps it all."""
    assert sure_removals(seen, runs_nothing) == count


def test_costs_that_are_not_in_place_yet_can_be_assumed() -> None:
    """To know whether costs help."""
    seen = [ready("a"), ready("b", busy=True)]
    assert sure_removals(seen, runs_nothing, {"a": -2}) == 1


@pytest.mark.parametrize(
    ("other", "count"),
    [
        ([ready("x", replica_set="b", busy=True)], 0),
        ([ready("x", -2, replica_set="b"), ready("y", replica_set="b", busy=True)], 1),
        ([ready("x", replica_set="b")], 2),
    ],
    ids=["only a busy one", "one idle", "all idle"],
)
def test_with_two_replica_sets_either_may_lose_the_pods(other: list[PodObservation], count: int) -> None:
    """The step is one that each of them can take alone, or give all that it has."""
    mine = [ready("a", -2), ready("b", -2), ready("c", busy=True)]
    assert sure_removals([*mine, *other], runs_nothing) == count


TASKS = {"a": 0.3, "b": 0.1, "c": 0.2, "d": 0.05}


def ranked(**costs: int) -> list[tuple[PodObservation, float]]:
    """Pods of these deletion costs, with the tasks that they are expected to run."""
    return [
        (replace(pod(name=name, ready_since=NOW - 60), deletion_cost=cost), TASKS[name]) for name, cost in costs.items()
    ]


@pytest.mark.parametrize(
    ("pods", "bearable_tasks", "removed"),
    [
        (ranked(b=-2, a=-2), 0.3, 1),
        (ranked(b=-2, a=-2), 0.29, 0),
        (ranked(b=-3, a=-2), 0.29, 1),
        (ranked(d=-3, b=-2, c=-2), 0.31, 2),
        (ranked(d=-3, b=-2, c=-2), 0.29, 1),
        (ranked(d=-3, b=-2, c=-2), 1, 3),
        ([(each, 0.0) for each, _ in ranked(a=0, b=0)], 0, 2),
    ],
    ids=[
        "of two equals the worse one may go",
        "and is too much",
        "the one of less risk goes first",
        "then the worst of those that may be reached",
        "only it",
        "all of them",
        "nothing is at risk",
    ],
)
def test_so_many_go_as_are_expected_to_run_little(
    pods: list[tuple[PodObservation, float]], bearable_tasks: float, removed: int
) -> None:
    """However ties are broken."""
    assert bearable_removals(pods, bearable_tasks, at_most=len(pods)) == removed
    assert bearable_removals(pods, bearable_tasks, at_most=1) == min(1, removed)


def test_costs_that_are_to_be_written_decide_which_pods_go() -> None:
    """They count in place of those that were seen."""
    pods = ranked(a=-2, b=0)
    assert bearable_removals(pods, 0.1, {"b": -3}, at_most=2) == 1
    assert most_tasks(pods, 1, {"b": -3}) == 0.1
    assert most_tasks(pods, 1) == 0.3


def test_a_deployment_may_take_pods_of_either_replica_set() -> None:
    """The worse one counts."""
    one, other = ranked(a=0), ranked(b=0)
    both = [(replace(each, replica_set=name), tasks) for name, (each, tasks) in (("x", one[0]), ("y", other[0]))]
    assert most_tasks(both, 1) == 0.3


SLOWLY = Evidence(NOW, fresh_seconds=15, no_dispatch=None, dispatches=Dispatches(0.1, 0, 10), has_workflows=False)
QUIET = replace(SLOWLY, no_dispatch=NoDispatchWindow(NOW - 100, NOW, NOW - 100))
EACH_10_S = Heartbeats(intervals=(10,))


def idle(*ages: float) -> list[PodObservation]:
    """Pods that reported so long ago that they run nothing."""
    return [pod(report(reported_at=NOW - age), name=f"worker-{i}") for i, age in enumerate(ages)]


def outlook(
    pods: list[PodObservation], evidence: Evidence = SLOWLY, surplus: int = 9, bearable: float = 0.1
) -> Outlook:
    """Where each task that runs is cut short."""
    return Outlook.at_stake(pods, evidence, EACH_10_S, surplus, bearable)


def test_at_little_risk_the_next_poll_comes_as_soon_as_costs_are_known() -> None:
    """0.01 tasks/s to each pod, which reported 1 s ago."""
    assert outlook(idle(1)).next_poll_seconds == pytest.approx(SOONEST_SECONDS)


def test_at_more_risk_it_waits_for_the_reports_of_most_pods() -> None:
    """Five at once bear it only when they have just reported."""
    assert outlook(idle(4.0, 4.2, 4.4, 4.6, 1.0)).next_poll_seconds == pytest.approx(6.3, abs=0.5)


@pytest.mark.parametrize(
    ("pods", "evidence", "surplus"),
    [(idle(1), QUIET, 9), (idle(1), SLOWLY, 0), ([pod(report(5))], SLOWLY, 9)],
    ids=["nothing is dispatched", "none is to go", "none is idle"],
)
def test_without_a_risk_it_comes_at_any_time(pods: list[PodObservation], evidence: Evidence, surplus: int) -> None:
    """And nothing is expected to run on an idle pod."""
    plain = outlook(pods, evidence, surplus)
    assert plain.next_poll_seconds is None
    assert plain == Outlook.of(pods, evidence)
    assert not any(candidate.expected_tasks for candidate in plain.candidates)


def test_each_pod_is_judged_now_and_as_it_will_be_seen() -> None:
    """It reports again before the next poll; and it may get a task before it does."""
    (candidate,) = outlook(idle(9.0), bearable=0.02).candidates
    assert (candidate.load, candidate.next_load) == (Load.IDLE, Load.IDLE)
    assert candidate.expected_tasks == pytest.approx(0.01 * 9.7)
    assert candidate.next_expected_tasks < 0.02
    assert 0.8 < candidate.lasting < 0.9
