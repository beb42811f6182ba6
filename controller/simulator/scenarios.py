"""The scenarios: what Temporal workers are used for in production, and what goes wrong there.

Each ends with a time without arrivals, in which a policy has to scale down.
"""

from random import Random

from controller.simulator.real_scenarios import REAL, REAL_VARIANTS
from controller.simulator.scenario import Scenario
from controller.simulator.tasks import (
    Task,
    day,
    exponential,
    lognormal,
    pareto,
    points,
    poisson,
    served,
    steps,
)

MINUTE = 60.0
HOUR = 3600.0


def _burst(random: Random) -> list[Task]:
    return served(random, [1.0] * 500, lognormal(4, 0.5))


def _day_curve(random: Random) -> list[Task]:
    rate = day(random, mean=8, swing=0.8, period_seconds=2 * HOUR)
    return served(random, poisson(random, rate, 2 * HOUR, 30), lognormal(5, 0.5))


def _fan_out(random: Random) -> list[Task]:
    arrivals: list[float] = []
    time = MINUTE
    while time < HOUR:
        arrivals += [time] * random.randint(200, 2000)
        time += random.uniform(5 * MINUTE, 10 * MINUTE)
    return served(random, arrivals, lognormal(3, 0.7))


def _steady(random: Random) -> list[Task]:
    return served(random, poisson(random, lambda _: 10, HOUR, 10), lognormal(4, 1))


def _long_tasks(random: Random) -> list[Task]:
    rate = steps((0, 1 / MINUTE), (HOUR, 0.2 / MINUTE), (2 * HOUR, 1 / MINUTE), (3 * HOUR, 0.2 / MINUTE))
    arrivals = list(poisson(random, rate, 4 * HOUR, 1 / MINUTE))
    return [Task(time, random.uniform(600, 1800)) for time in arrivals]


def _on_off(random: Random) -> list[Task]:
    arrivals = poisson(random, lambda time: 20 if time % (2 * MINUTE) < MINUTE else 0, HOUR, 20)
    return served(random, arrivals, lognormal(2, 0.5))


def _ramp(random: Random) -> list[Task]:
    rate = points((0, 1), (30 * MINUTE, 20))
    return served(random, poisson(random, rate, 30 * MINUTE, 20), lognormal(4, 0.5))


def _heavy_tail(random: Random) -> list[Task]:
    rate = steps((0, 5), (20 * MINUTE, 10), (40 * MINUTE, 5))
    return served(random, poisson(random, rate, HOUR, 10), pareto(5, 1.5))


def _cron(_: Random) -> list[Task]:
    return [Task(MINUTE + 10 * MINUTE * run, 20) for run in range(12)]


def _poller_limited(random: Random) -> list[Task]:
    rate = points((0, 50), (20 * MINUTE, 600), (30 * MINUTE, 600))
    return served(random, poisson(random, rate, 30 * MINUTE, 600), exponential(0.02))


def _fast(random: Random) -> list[Task]:
    rate = steps((0, 1000), (10 * MINUTE, 200))
    return served(random, poisson(random, rate, 20 * MINUTE, 1000), lognormal(0.05, 0.5))


def _rate_limited(random: Random) -> list[Task]:
    arrivals = poisson(random, lambda time: 15 if time % (10 * MINUTE) < 80 else 5, HOUR, 15)
    return served(random, arrivals, lognormal(3, 0.5))


def _outage(random: Random) -> list[Task]:
    rate = steps((0, 5), (20 * MINUTE, 12), (40 * MINUTE, 6))
    return served(random, poisson(random, rate, HOUR, 12), lognormal(4, 0.5))


def _phantom(random: Random) -> list[Task]:
    return served(random, poisson(random, lambda _: 3, HOUR, 3), lognormal(4, 0.5))


def _bursts_again(random: Random) -> list[Task]:
    arrivals: list[float] = []
    time = MINUTE
    while time < 3 * HOUR:
        arrivals += [time] * random.randint(400, 800)
        time += random.uniform(20 * MINUTE, 40 * MINUTE)
    return served(random, arrivals, lognormal(2, 0.5))


def _first_load(random: Random) -> list[Task]:
    stream = poisson(random, steps((3 * MINUTE, 5)), 15 * MINUTE, 5)
    return served(random, [3 * MINUTE] * 360 + list(stream), lognormal(4, 0.5))


def _stairs(random: Random) -> list[Task]:
    quarter = 15 * MINUTE
    rate = steps((0, 2), (quarter, 20), (2 * quarter, 8), (3 * quarter, 30), (4 * quarter, 4))
    return served(random, poisson(random, rate, 5 * quarter, 30), lognormal(3, 0.8))


def _slow_pods(random: Random) -> list[Task]:
    arrivals = poisson(random, lambda time: 12 if time % (10 * MINUTE) < 5 * MINUTE else 0, 2 * HOUR, 12)
    return served(random, arrivals, lognormal(2, 0.5))


def _one_slot(random: Random) -> list[Task]:
    rate = points((0, 2), (20 * MINUTE, 6), (40 * MINUTE, 2))
    return served(random, poisson(random, rate, 40 * MINUTE, 6), lognormal(8, 0.5))


def _mixture(random: Random) -> list[Task]:
    short, long = lognormal(1, 0.5), lognormal(40, 0.5)
    arrivals = poisson(random, lambda _: 6, HOUR, 6)
    return served(random, arrivals, lambda source: (short if source.random() < 0.9 else long)(source))


def _short_objective(random: Random) -> list[Task]:
    return served(random, poisson(random, lambda _: 10, HOUR, 10), exponential(1))


def _overload(random: Random) -> list[Task]:
    rate = steps((0, 15), (20 * MINUTE, 5))
    return served(random, poisson(random, rate, 50 * MINUTE, 15), lognormal(3, 0.5))


def _poller_stairs(random: Random) -> list[Task]:
    rate = steps((0, 100), (10 * MINUTE, 300), (20 * MINUTE, 150))
    return served(random, poisson(random, rate, 30 * MINUTE, 300), exponential(0.05))


TABLE = (
    Scenario("burst", "500 tasks of 4 s at once, from zero replicas", _burst, 10, 60, 20),
    Scenario("day-curve", "8 tasks of 5 s a second, up and down by 80 % over two hours", _day_curve, 5, 15, 20),
    Scenario("fan-out", "200 to 2,000 tasks of 3 s at once, every 5 to 10 minutes", _fan_out, 10, 60, 20),
    Scenario("steady", "10 tasks of 4 s a second", _steady, 5, 5, 20),
    Scenario(
        "long-tasks", "a task of 10 to 30 minutes each minute, or each five", _long_tasks, 1, 300, 60, grace_seconds=60
    ),
    Scenario("on-off", "20 tasks of 2 s a second, one minute on, one minute off", _on_off, 5, 30, 10),
    Scenario("ramp", "1 to 20 tasks of 4 s a second, rising over half an hour", _ramp, 5, 15, 20),
    Scenario("heavy-tail", "5 to 10 tasks a second of 5 s, some a hundred times as long", _heavy_tail, 10, 10, 20),
    Scenario("cron", "one task of 20 s each ten minutes", _cron, 5, 60, 20),
    Scenario(
        "rate-limited",
        "15 tasks of 3 s a second for 80 s of ten minutes, else 5, under a limit of 10",
        _rate_limited,
        5,
        60,
        20,
        rate_limit_per_second=10,
    ),
    Scenario(
        "outage",
        "5, 12, 6 tasks of 4 s a second; twice no statistics for two minutes",
        _outage,
        5,
        60,
        20,
        outages=((20 * MINUTE - 30, 22 * MINUTE - 30), (45 * MINUTE, 47 * MINUTE)),
    ),
)
"""The scenarios of the table."""

BEYOND = (
    Scenario(
        "poller-limited",
        "tasks of 20 ms, 50 to 600 a second; 5 pollers give a replica 100",
        _poller_limited,
        100,
        10,
        20,
        pollers=5,
    ),
    Scenario("fast", "1,000 tasks of 50 ms a second, then 200", _fast, 20, 5, 20),
    Scenario(
        "phantom",
        "3 tasks of 4 s a second, and 60 that no worker can get",
        _phantom,
        5,
        60,
        20,
        phantom_tasks=60,
        phantom_from_seconds=10 * MINUTE,
    ),
    Scenario(
        "rate-limited-told",
        "as rate-limited, and the server reports it",
        _rate_limited,
        5,
        60,
        20,
        rate_limit_per_second=10,
        server_reports_limit=True,
    ),
)
"""Those in which something else than replicas is the bottleneck, or which are very fast."""

HELD_OUT = (
    Scenario("bursts-again", "400 to 800 tasks of 2 s at once, each 20 to 40 minutes", _bursts_again, 10, 30, 20),
    Scenario(
        "first-load",
        "360 tasks of 4 s at once, then 5 a second, that load their queue",
        _first_load,
        10,
        60,
        20,
        poll_seconds=5,
        loaded_by_tasks=True,
    ),
    Scenario("stairs", "2, 20, 8, 30, 4 tasks of 3 s a second, a quarter of an hour each", _stairs, 8, 10, 25),
    Scenario("slow-pods", "12 tasks of 2 s a second, five minutes of each ten; pods take 90 s", _slow_pods, 5, 30, 90),
    Scenario("one-slot", "2 to 6 tasks of 8 s a second, one slot for each pod", _one_slot, 1, 30, 15),
    Scenario("mixture", "6 tasks a second: nine of ten take 1 s, one of ten 40 s", _mixture, 10, 20, 20),
    Scenario("short-objective", "10 tasks of 1 s a second, to start within 2 s", _short_objective, 10, 2, 20),
    Scenario("old-heartbeats", "the ramp with heartbeats each 60 s", _ramp, 5, 15, 20, heartbeat_seconds=60),
    Scenario(
        "lost-polls", "the day's curve; every fifth poll gets no answer", _day_curve, 5, 15, 20, lost_poll_share=0.2
    ),
    Scenario("no-nodes", "fan-out; each pod waits a minute for a node", _fan_out, 10, 120, 20, node_seconds=60),
    Scenario("phantom-at-once", "the phantoms, from the beginning", _phantom, 5, 60, 20, phantom_tasks=60),
    Scenario(
        "overload",
        "15 tasks of 3 s a second under a limit of 10, for twenty minutes",
        _overload,
        5,
        60,
        20,
        rate_limit_per_second=10,
    ),
    Scenario(
        "poller-stairs",
        "100, then 300, then 150 tasks of 50 ms a second; 5 pollers give a replica 100",
        _poller_stairs,
        100,
        30,
        20,
        pollers=5,
    ),
)
"""Those that no constant was fitted to, though their results were known."""

SCENARIOS = {scenario.name: scenario for scenario in (*TABLE, *BEYOND, *HELD_OUT, *REAL, *REAL_VARIANTS)}
"""All scenarios by name."""
