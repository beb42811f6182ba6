"""Runs that were never played."""

from bench.real.hindsight import Constant
from bench.real.machine import Machine
from bench.real.plan import Plan
from bench.real.profiles import PROFILES
from bench.real.result import Result
from bench.real.run import Played
from bench.real.task_duration import ReportedDuration

CALM = Machine(1, 0.5, 0, 0.95, 0.9)
"""A machine with time."""


def played(
    scaler: str,
    *,
    p95: float = 12,
    share: float = 1.0,
    cut_short: int = 0,
    unfinished: int = 0,
    machine: Machine = CALM,
) -> Played:
    """A run of the burst."""
    result = Result(
        tasks=400,
        unfinished=unfinished,
        p50=5,
        p95=p95,
        p99=p95,
        share_within=share,
        pod_seconds=936,
        best_constant=Constant(10, 272, 0.96),
        lower_bound=200,
        cut_short=cut_short,
        reaction=8.6,
        to_zero=None,
        reversals=0,
    )
    return Played(Plan(PROFILES["burst"], scaler), result, machine, reported=ReportedDuration(1.1, 0.9))
