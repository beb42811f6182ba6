"""Which pods are marked: few, the idlest, and marks that are no longer true are taken back first."""

from dataclasses import replace

import pytest

from controller.scaling.scale_down.deletion_cost import MAX_CHANGES, Candidate, changed_costs, harmless_changes
from controller.scaling.scale_down.idleness import Load
from tests.scaling.builders import NOW, pod, report

IDLE, LIGHT, BUSY = Load.IDLE, Load.LIGHT, Load.BUSY


def candidate(name: str, load: Load, cost: int = 0, *, age: float = 0, ready: bool = True) -> Candidate:
    """A pod of that load, now and at the next look."""
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
        "the one that was heard of last",
        "one that is marked already stays so",
        "idle before light",
        "light where there are not enough idle ones",
        "marks that are no longer true",
        "marks that are still true cost nothing",
        "another's higher cost stays",
        "a pod that is not ready goes first anyway",
    ],
)
def test_only_what_has_to_change_is_changed(candidates: list[Candidate], surplus: int, changes: dict[str, int]) -> None:
    """An annotation is a request to the API server."""
    assert changed_costs(candidates, surplus, lightly_used_too=True) == changes


def test_lightly_used_pods_are_not_marked_where_only_idle_ones_may_go() -> None:
    """A mark would let one go."""
    assert changed_costs([candidate("a", LIGHT)], 1, lightly_used_too=False) == {}


@pytest.mark.parametrize(
    ("load", "cost", "changes"),
    [(IDLE, 0, {}), (IDLE, -2, {}), (IDLE, -1, {}), (LIGHT, -2, {"a": -1}), (BUSY, -2, {"a": 0})],
)
def test_a_mark_is_made_only_where_it_will_last_and_kept_while_it_is_true(
    load: Load, cost: int, changes: dict[str, int]
) -> None:
    """At the next look the report of this pod will be too old to tell."""
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
    """With more changes than one pass makes, false marks are not left for the next one."""
    many = [candidate(f"idle-{i}", IDLE) for i in range(MAX_CHANGES)]
    changes = changed_costs([*many, candidate("busy", BUSY, -2)], len(many), lightly_used_too=False)
    assert len(changes) == MAX_CHANGES
    assert next(iter(changes.items())) == ("busy", 0)
