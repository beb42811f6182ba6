"""The table of a batch."""

from bench.real.machine import Machine
from bench.real.table import table
from tests.bench.real.builders import played


def test_runs_of_the_same_are_one_line() -> None:
    """Their mean, and the range where it isn't nothing."""
    *_, line = table([played("twp", p95=12, share=0.99), played("twp", p95=14, share=0.97)]).splitlines()
    cells = [cell.strip() for cell in line.split("|")][1:-1]
    assert cells[:6] == ["burst", "twp", "15", "10", "4", "2"]
    assert cells[6:11] == ["5.0", "13.0 (12.0 to 14.0)", "13.0 (12.0 to 14.0)", "98.0% (97.0% to 99.0%)", "936"]
    assert cells[-7:] == ["200", "0", "8.6", "-", "0", "1.10 [0.90]", ""]


def test_a_missed_objective_is_lost_whatever_it_cost() -> None:
    """One run of several is enough."""
    runs = [played("twp", share=0.99), played("twp", share=0.5), played("keda-tuned", share=0.95)]
    lines = table(runs).splitlines()
    assert lines[2].endswith("| lost |")
    assert lines[3].endswith("|  |")


def test_runs_on_a_busy_machine_are_marked() -> None:
    """They are to be repeated."""
    busy = Machine(30, 0, 0, 0.4, 0.4)
    assert table([played("twp", machine=busy)]).splitlines()[-1].endswith("| 1 disturbed |")
