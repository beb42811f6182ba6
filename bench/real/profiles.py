"""The loads: when tasks arrive, and how long each of them takes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate, chain
from random import Random
from typing import Final


@dataclass(frozen=True, slots=True)
class Arrival:
    """One activity, or one workflow, that is started."""

    at_seconds: float
    """Since the load's beginning."""
    task_seconds: float
    """How long each of its activities takes."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """What each arrival of a profile is, where it is more than one activity."""

    rounds: int
    activities: int
    """Of each round, at once."""


Draw = Callable[[Random], list[Arrival]]


@dataclass(frozen=True, slots=True)
class Profile:
    """A load with a name."""

    name: str
    summary: str
    draw: Draw
    """The arrivals of a seed, in their order."""
    workflow: Workflow | None = None
    """Absent: each arrival is a standalone activity."""

    @property
    def tasks_per_arrival(self) -> int:
        """Activities that an arrival brings."""
        return self.workflow.rounds * self.workflow.activities if self.workflow else 1


def at_once(count: int, task_seconds: float, at_seconds: float = 0) -> Iterator[Arrival]:
    """Tasks that arrive as fast as the server takes them."""
    return (Arrival(at_seconds, task_seconds) for _ in range(count))


def steady(random: Random, rate: float, begin: float, end: float, task_seconds: float) -> Iterator[Arrival]:
    """Tasks that arrive independently of each other, `rate` a second on average, from `begin` to `end`."""
    return ramp(random, (rate, rate), begin, end, task_seconds)


def ramp(
    random: Random, rates: tuple[float, float], begin: float, end: float, task_seconds: float
) -> Iterator[Arrival]:
    """Tasks that arrive independently of each other, at a rate that changes evenly from the first to the second."""
    highest, at = max(rates), begin
    while (at := at + random.expovariate(highest)) < end:
        rate = rates[0] + (rates[1] - rates[0]) * (at - begin) / (end - begin)
        if random.random() * highest < rate:
            yield Arrival(at, task_seconds)


def spread(random: Random, count: int, rate: float, task_seconds: float) -> Iterator[Arrival]:
    """A given number of tasks, `rate` a second on average."""
    return (Arrival(at, task_seconds) for at in accumulate(random.expovariate(rate) for _ in range(count)))


def _bursts(_random: Random) -> list[Arrival]:
    return list(chain.from_iterable(at_once(200, 2, 120 * number) for number in range(3)))


def _on_off(random: Random) -> list[Arrival]:
    return list(chain.from_iterable(steady(random, 10, 120 * n, 120 * n + 60, 2) for n in range(3)))


def _long(random: Random) -> list[Arrival]:
    return [*at_once(40, 60), *spread(random, 48, 0.25, 60)]


_PROFILES: Final = (
    Profile("smoke", "12 tasks of 1 s at once: does the benchmark itself work?", lambda _: list(at_once(12, 1))),
    Profile(
        "smoke-workflows",
        "3 workflows at once, each with 2 rounds of 2 activities of 1 s: does the benchmark itself work?",
        lambda _: list(at_once(3, 1)),
        Workflow(rounds=2, activities=2),
    ),
    Profile("burst", "400 tasks of 2 s at once, from zero", lambda _: list(at_once(400, 2))),
    Profile("bursts", "200 tasks of 2 s, three times, 120 s apart", _bursts),
    Profile("on-off", "10 tasks/s of 2 s, 60 s on and 60 s off, three times", _on_off),
    Profile("long", "88 tasks of 60 s: 40 at once, then 0.25/s", _long),
    Profile("ramp", "0 to 12 tasks/s of 2 s within 240 s", lambda random: list(ramp(random, (0, 12), 0, 240, 2))),
    Profile("steady", "6 tasks/s of 2 s for 240 s", lambda random: list(steady(random, 6, 0, 240, 2))),
    Profile("flood", "200 tasks/s of 20 ms for 90 s", lambda random: list(steady(random, 200, 0, 90, 0.02))),
    Profile(
        "mixed",
        "1 workflow/s for 180 s, each with 2 rounds of 4 activities of 1 s",
        lambda random: list(steady(random, 1, 0, 180, 1)),
        Workflow(rounds=2, activities=4),
    ),
)

PROFILES: Final = {profile.name: profile for profile in _PROFILES}
"""By name."""
