"""The table of laws."""

import pytest
from typer import BadParameter

from bench.law import chosen, chosen_worlds, play
from bench.law_tables import Cell, Summary, details, geometric_mean, table
from controller.simulator.foresight import foresee
from controller.simulator.real_worlds import REAL
from controller.simulator.rivals import Keda
from controller.simulator.simulation import draw_tasks, simulate
from controller.simulator.worlds import TABLE, WORLDS


def test_a_cell_is_the_cost_divided_by_that_of_foresight() -> None:
    """Of the same world and seed."""
    world = WORLDS["burst"]
    (cell,) = play(("burst", 1, ("keda",)))
    outcome = simulate(world, Keda(world), "keda", 1)
    assert cell.ratio == outcome.pod_seconds / foresee(world, draw_tasks(world, 1)).pod_seconds
    assert cell.share_within_objective == outcome.share_within_objective


def summary(ratio: float, share: float, to_zero_seconds: float | None = None) -> Summary:
    """A law in a world with one seed."""
    return Summary((Cell("world", "law", ratio, share, 1, 2, (1.5, 2.5, 3.5), 100, 4.5, to_zero_seconds, 6),))


def test_a_missed_objective_is_lost_and_costs_nothing_in_the_mean() -> None:
    """Fewer than 95 % of the tasks: no cost makes up for that."""
    summaries = {("a", "x"): summary(2.0, 0.94), ("a", "y"): summary(8.0, 0.95)}
    summaries |= {("b", "x"): summary(8.0, 0.99), ("b", "y"): summary(2.0, 1.0)}
    lines = table(summaries, ["a", "b"], ("x", "y")).splitlines()
    assert lines[4].split() == ["a", "lost", "(94.0%", "2.0", "1)", "8.00", "(95.0%", "2.0", "1)"]
    assert lines[5].split()[:2] == ["b", "8.00"]
    assert lines[6].split() == ["geometric", "mean", "8.00,", "1", "lost", "4.00"]


def test_a_law_that_lost_everywhere_has_no_mean_cost() -> None:
    """There is nothing to compare."""
    lines = table({("a", "x"): summary(2.0, 0.5)}, ["a"], ("x",)).splitlines()
    assert lines[-1].split() == ["geometric", "mean", "-,", "1", "lost"]


def test_the_details_of_a_law_mark_what_is_lost_too() -> None:
    """And a dash stands for what never came."""
    summaries = {("a", "x"): summary(2.0, 0.94, 31.2), ("b", "x"): summary(3.0, 1.0)}
    _, lost, kept, mean = details(summaries, ["a", "b"], "x").splitlines()
    assert lost.split() == ["a", "94.0%", "lost", "1.5", "2.5", "3.5", "100", "2.00", "2.0", "4.5", "31.2", "6.0"]
    assert kept.split() == ["b", "100.0%", "1.5", "2.5", "3.5", "100", "3.00", "2.0", "4.5", "-", "6.0"]
    assert mean.split() == ["geometric", "mean", "of", "ratios", "3.00,", "1", "lost"]


def test_seeds_are_averaged() -> None:
    """Each of them counts as much."""
    cells = [cell for seed in (1, 2) for cell in play(("burst", seed, ("keda",)))]
    assert Summary(tuple(cells)).ratio == pytest.approx(sum(cell.ratio for cell in cells) / 2)
    assert geometric_mean([1, 4]) == pytest.approx(2)


def test_worlds_are_chosen_by_group_or_name() -> None:
    """And a name that is not there is said."""
    assert chosen_worlds("table") == [world.name for world in TABLE]
    assert chosen_worlds("burst, ramp") == ["burst", "ramp"]
    assert chosen_worlds("real,burst") == [*(world.name for world in REAL), "burst"]
    with pytest.raises(BadParameter, match="there is no law 'x': choose from a, b"):
        chosen("a,x", ["a", "b"], "law")
