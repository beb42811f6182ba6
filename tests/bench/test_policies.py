"""The table of policies."""

import pytest
from typer import BadParameter

from bench.policies import chosen, chosen_scenarios, play
from bench.policy_tables import Cell, Summary, details, geometric_mean, table
from controller.simulator.baselines import Keda
from controller.simulator.oracle import oracle_plan
from controller.simulator.real_scenarios import REAL
from controller.simulator.scenarios import SCENARIOS, TABLE
from controller.simulator.simulation import draw_tasks, simulate


def test_a_cell_is_the_cost_divided_by_that_of_oracle() -> None:
    """Of the same scenario and seed."""
    scenario = SCENARIOS["burst"]
    (cell,) = play(("burst", 1, ("keda",)))
    outcome = simulate(scenario, Keda(scenario), "keda", 1)
    assert cell.ratio == outcome.pod_seconds / oracle_plan(scenario, draw_tasks(scenario, 1)).pod_seconds
    assert cell.share_within_objective == outcome.share_within_objective


def summary(ratio: float, share: float, to_zero_seconds: float | None = None) -> Summary:
    """A policy in a scenario with one seed."""
    return Summary((Cell("scenario", "policy", ratio, share, 1, 2, (1.5, 2.5, 3.5), 100, 4.5, to_zero_seconds, 6),))


def test_a_missed_objective_is_lost_and_costs_nothing_in_the_mean() -> None:
    """Fewer than 95 % of the tasks: no cost makes up for that."""
    summaries = {("a", "x"): summary(2.0, 0.94), ("a", "y"): summary(8.0, 0.95)}
    summaries |= {("b", "x"): summary(8.0, 0.99), ("b", "y"): summary(2.0, 1.0)}
    lines = table(summaries, ["a", "b"], ("x", "y")).splitlines()
    assert lines[4].split() == ["a", "lost", "(94.0%", "2.0", "1)", "8.00", "(95.0%", "2.0", "1)"]
    assert lines[5].split()[:2] == ["b", "8.00"]
    assert lines[6].split() == ["geometric", "mean", "8.00,", "1", "lost", "4.00"]


def test_a_policy_that_lost_everywhere_has_no_mean_cost() -> None:
    """There is nothing to compare."""
    lines = table({("a", "x"): summary(2.0, 0.5)}, ["a"], ("x",)).splitlines()
    assert lines[-1].split() == ["geometric", "mean", "-,", "1", "lost"]


def test_the_details_of_a_policy_mark_what_is_lost_too() -> None:
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


def test_scenarios_are_chosen_by_group_or_name() -> None:
    """And a name that is not there is said."""
    assert chosen_scenarios("table") == [scenario.name for scenario in TABLE]
    assert chosen_scenarios("burst, ramp") == ["burst", "ramp"]
    assert chosen_scenarios("real,burst") == [*(scenario.name for scenario in REAL), "burst"]
    with pytest.raises(BadParameter, match="there is no policy 'x': choose from a, b"):
        chosen("a,x", ["a", "b"], "policy")
