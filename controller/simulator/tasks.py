"""What arrives: tasks with the time at which they are added to the queue and how long they run, drawn or recorded."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from math import cos, exp, log, pi, sqrt
from random import Random
from typing import NamedTuple


class Task(NamedTuple):
    """One task of a scenario."""

    arrives_at: float
    """When it is added to the queue, in seconds since the start of the scenario."""
    service_seconds: float
    """How long it occupies a slot."""
    kind: int = 0
    """Which of the scenario's kinds it is of."""


Draw = Callable[[Random], float]
"""Draws one number, for example a service time in seconds."""

Rate = Callable[[float], float]
"""Tasks per second at a time."""


def lognormal(mean: float, cv: float) -> Draw:
    """A lognormal distribution by its mean and its coefficient of variation (standard deviation by mean)."""
    variance = log(1 + cv * cv)
    mu, sigma = log(mean) - variance / 2, sqrt(variance)
    return lambda random: random.lognormvariate(mu, sigma)


def pareto(mean: float, shape: float) -> Draw:
    """A Pareto distribution by its mean and its shape, which must be above 1; below 2 its variance is infinite."""
    smallest = mean * (shape - 1) / shape
    return lambda random: smallest * random.paretovariate(shape)


def exponential(mean: float) -> Draw:
    """An exponential distribution by its mean: the service times of Erlang's formulas."""
    return lambda random: random.expovariate(1 / mean)


def poisson(random: Random, rate: Rate, until: float, highest_rate: float) -> Iterator[float]:
    """Arrival times of a Poisson process whose rate changes with time, up to `until`.

    Thinning (Lewis and Shedler): arrivals of `highest_rate`, of which each stays with probability rate / highest_rate.
    """
    time = 0.0
    while True:
        time += random.expovariate(highest_rate)
        if time > until:
            return
        if random.random() * highest_rate < rate(time):
            yield time


def steps(*changes: tuple[float, float]) -> Rate:
    """A rate that changes at once: (from which time on, tasks per second), in the order of time."""

    def rate(time: float) -> float:
        return next((value for start, value in reversed(changes) if time >= start), 0.0)

    return rate


def points(*corners: tuple[float, float]) -> Rate:
    """A rate that is a straight line between (time, tasks per second), in the order of time; zero outside."""

    def rate(time: float) -> float:
        for (start, low), (end, high) in pairwise(corners):
            if start <= time <= end:
                return low + (high - low) * (time - start) / (end - start)
        return 0.0

    return rate


def day(random: Random, mean: float, swing: float, period_seconds: float) -> Rate:
    """A day's curve, lowest at the start, with a slow noise that is drawn anew each minute.

    The noise is a first-order autoregression on a logarithmic scale: 10 % of standard deviation, forgotten over 10 min.
    """
    keep = exp(-60 / 600)
    noise = [0.0]
    for _ in range(int(period_seconds // 60) + 1):
        noise.append(keep * noise[-1] + random.gauss(0, 0.1 * sqrt(1 - keep * keep)))

    def rate(time: float) -> float:
        return mean * (1 - swing * cos(2 * pi * time / period_seconds)) * exp(noise[int(time // 60)])

    return rate


def served(random: Random, arrivals: Iterator[float] | Sequence[float], service: Draw) -> list[Task]:
    """Gives each arrival a service time."""
    return [Task(time, service(random)) for time in arrivals]


COLUMNS = ("time_seconds", "tasks")
MOST_TASKS = 5_000_000


class TraceError(Exception):
    """A trace that cannot be played; the message names the line and the fix."""


def read_trace(lines: Iterable[str]) -> list[float]:
    """Reads arrival times from CSV with the columns `time_seconds,tasks`: so many tasks are added at that time.

    Other columns are ignored. The first time counts as the start of the scenario.

    Raises:
        TraceError: A column is missing, a number is not one, times go back, or there are no tasks.
    """
    rows = csv.DictReader(lines)
    if missing := [column for column in COLUMNS if column not in (rows.fieldnames or ())]:
        raise TraceError(
            f"the trace has no column {' and no column '.join(missing)}: its first line must be {','.join(COLUMNS)}"
        )
    counted = [_row(number, row) for number, row in enumerate(rows, start=2)]
    for (before, _, _), (time, _, number) in pairwise(counted):
        if time < before:
            raise TraceError(f"line {number} of the trace goes back from {before:g} to {time:g} s: sort it by time")
    if not sum(tasks for _, tasks, _ in counted):
        raise TraceError("the trace has no tasks: each line after the first must be a time and a number of tasks")
    if sum(tasks for _, tasks, _ in counted) > MOST_TASKS:
        raise TraceError(f"the trace has more than {MOST_TASKS:,} tasks: cut it")
    start = counted[0][0]
    return [time - start for time, tasks, _ in counted for _ in range(tasks)]


def _row(number: int, row: dict[str, str]) -> tuple[float, int, int]:
    try:
        time, tasks = float(row["time_seconds"]), int(row["tasks"])
    except (TypeError, ValueError):
        raise TraceError(
            f"line {number} of the trace has {row['time_seconds']!r},{row['tasks']!r}: "
            "it must be a time in seconds and a whole number of tasks"
        ) from None
    if not 0 <= time < float("inf") or tasks < 0:
        raise TraceError(f"line {number} of the trace has {time:g},{tasks}: neither may be negative or infinite")
    return time, tasks, number
