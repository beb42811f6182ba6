"""The table of laws."""

import pytest
from typer import BadParameter

from bench.law import Summary, chosen, chosen_worlds, geometric_mean, play, summarize, table
from controller.scaling.simulation.foresight import foresee
from controller.scaling.simulation.rivals import Keda
from controller.scaling.simulation.simulator import draw_tasks, simulate
from controller.scaling.simulation.worlds import TABLE, WORLDS


def test_a_cell_is_the_cost_divided_by_that_of_foresight() -> None:
    """Of the same world and seed."""
    world = WORLDS["burst"]
    (cell,) = play(("burst", 1, ("keda",)))
    outcome = simulate(world, Keda(world), "keda", 1)
    assert cell.ratio == outcome.pod_seconds / foresee(world, draw_tasks(world, 1)).pod_seconds
    assert cell.share_within_objective == outcome.share_within_objective


def test_a_missed_objective_is_marked() -> None:
    """Fewer than 95 % of the tasks."""
    summaries = {("a", "x"): Summary(2.0, 0.94, 1, 0), ("a", "y"): Summary(8.0, 0.95, 1, 0)}
    summaries |= {("b", "x"): Summary(8.0, 0.99, 1, 0), ("b", "y"): Summary(2.0, 1.0, 1, 0)}
    lines = table(summaries, ["a", "b"], ("x", "y")).splitlines()
    assert lines[3].split()[:2] == ["a", "2.00!"]
    assert lines[4].split()[:2] == ["b", "8.00"]
    assert lines[5].split() == ["geometric", "mean", "4.00", "4.00"]


def test_seeds_are_averaged() -> None:
    """Each of them counts as much."""
    cells = [cell for seed in (1, 2) for cell in play(("burst", seed, ("keda",)))]
    assert summarize(cells).ratio == pytest.approx(sum(cell.ratio for cell in cells) / 2)
    assert geometric_mean([1, 4]) == pytest.approx(2)


def test_worlds_are_chosen_by_group_or_name() -> None:
    """And a name that is not there is said."""
    assert chosen_worlds("table") == [world.name for world in TABLE]
    assert chosen_worlds("burst, ramp") == ["burst", "ramp"]
    with pytest.raises(BadParameter, match="there is no law 'x': choose from a, b"):
        chosen("a,x", ["a", "b"], "law")
