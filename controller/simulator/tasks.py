"""What arrives: tasks with the time at which they are added to the queue and how long they will run."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from math import cos, exp, log, pi, sqrt
from random import Random
from typing import NamedTuple


class Task(NamedTuple):
    """One task of a world."""

    arrives_at: float
    """When it is added to the queue, in seconds since the start of the world."""
    service_seconds: float
    """How long it occupies a slot."""
    kind: int = 0
    """Which of the world's kinds it is of."""


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
