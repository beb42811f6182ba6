"""The order in which a ReplicaSet removes its pods; tests/system has the real controller."""

from dataclasses import replace

import pytest

from controller.scaling.observation import PodObservation, used
from controller.scaling.scale_down.kill_order import bearable_removals, most_tasks, rank, sure_removals
from tests.scaling.builders import NOW, pod, report


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


def test_pods_are_ranked_as_the_replica_set_controller_does() -> None:
    """Whatever the cost says, pods that are not ready go first."""
    in_order = [UNASSIGNED, PENDING, STARTING, ready("cheap", -2), ready("light", -1), ready("plain"), ready("dear", 9)]
    ranks = [rank(seen, seen.deletion_cost) for seen in in_order]
    assert ranks == sorted(set(ranks))


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
        "marked pods",
        "nobody is marked",
        "a mark that is no longer true",
        "a starting pod goes before them",
        "one that is not ready and busy goes before all",
        "but after one that is pending",
        "or in any order with one that starts",
        "all may go",
        "nobody is there",
    ],
)
def test_only_pods_that_go_first_whatever_the_ties_can_be_removed(seen: list[PodObservation], count: int) -> None:
    """A group of equals goes in any order: one busy pod among them keeps it all."""
    assert sure_removals(seen, runs_nothing) == count


def test_costs_that_are_not_in_place_yet_can_be_reckoned_with() -> None:
    """To know whether marking helps."""
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


def test_costs_that_are_to_be_written_decide_who_goes() -> None:
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
