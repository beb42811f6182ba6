"""The table of a batch."""

from bench.real.hindsight import Constant
from bench.real.machine import Machine
from bench.real.plan import Plan
from bench.real.profiles import PROFILES
from bench.real.result import Result
from bench.real.run import Played
from bench.real.table import table
from bench.real.task_duration import ToldDuration

CALM = Machine(1, 0.5, 0, 0.95, 0.9)


def played(scaler: str, p95: float, share: float, *, machine: Machine = CALM) -> Played:
    """A run of the burst."""
    result = Result(400, 0, 5, p95, p95, share, 936, Constant(10, 272, 0.96), 200, 2, 8.6, None, 0)
    return Played(Plan(PROFILES["burst"], scaler), result, machine, told=ToldDuration(1.1, 0.9))


def test_runs_of_the_same_are_one_line() -> None:
    """Their mean, and the range where it isn't nothing."""
    *_, line = table([played("twp", 12, 0.99), played("twp", 14, 0.97)]).splitlines()
    cells = [cell.strip() for cell in line.split("|")][1:-1]
    assert cells[:6] == ["burst", "twp", "15", "10", "4", "2"]
    assert cells[6:11] == ["5.0", "13.0 (12.0 to 14.0)", "13.0 (12.0 to 14.0)", "98.0% (97.0% to 99.0%)", "936"]
    assert cells[-7:] == ["200", "2", "8.6", "-", "0", "1.10 [0.90]", ""]


def test_a_missed_objective_is_lost_whatever_it_cost() -> None:
    """One run of several is enough."""
    lines = table([played("twp", 12, 0.99), played("twp", 30, 0.5), played("keda-tuned", 12, 0.95)]).splitlines()
    assert lines[2].endswith("| lost |")
    assert lines[3].endswith("|  |")


def test_runs_on_a_busy_machine_are_marked() -> None:
    """They are to be repeated."""
    busy = Machine(30, 0, 0, 0.4, 0.4)
    assert table([played("twp", 12, 0.99, machine=busy)]).splitlines()[-1].endswith("| 1 disturbed |")
