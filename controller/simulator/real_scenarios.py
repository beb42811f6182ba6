"""The scenarios of the benchmark on real parts in the simulator: the same pool, loads and servers.

A pool of 0 to 40 pods with 4 slots, a start-up of 4.8 s, a grace period of 30 s, and heartbeats each 10 s. Each
begins and ends with a time without arrivals.
"""

from collections.abc import Iterable
from dataclasses import replace
from random import Random
from typing import Any

from controller.api.model import TaskType
from controller.simulator.scenario import MEASURED, Kind, Scenario
from controller.simulator.tasks import Rate, Task, points, poisson, steps

BEGIN = 60.0
"""Seconds before the first arrival."""


def _lasting(seconds: float, arrivals: Iterable[float]) -> list[Task]:
    return [Task(BEGIN + time, seconds) for time in sorted(arrivals)]


def _within(random: Random, count: int, start: float, seconds: float) -> list[float]:
    return [start + random.random() * seconds for _ in range(count)]


def _burst(random: Random) -> list[Task]:
    return _lasting(2, _within(random, 400, 0, 8))


def _bursts(random: Random) -> list[Task]:
    return _lasting(2, [time for burst in range(3) for time in _within(random, 200, 120 * burst, 4)])


def _long_tasks(random: Random) -> list[Task]:
    return _lasting(60, [*_within(random, 40, 0, 0.5), *poisson(random, lambda _: 0.25, 180, 0.25)])


def _on_off(random: Random) -> list[Task]:
    return _lasting(2, poisson(random, lambda time: 10 if time % 120 < 60 else 0, 300, 10))


def _ramp(random: Random) -> list[Task]:
    return _rated(random, points((0, 0.5), (300, 15)), 300, 15)


def _steady(random: Random) -> list[Task]:
    return _rated(random, lambda _: 5, 300, 5)


def _step(random: Random) -> list[Task]:
    return _rated(random, steps((0, 2), (150, 12)), 300, 12)


def _rated(random: Random, rate: Rate, until: float, highest: float) -> list[Task]:
    return _lasting(2, poisson(random, rate, until, highest))


def _flood(random: Random) -> list[Task]:
    return _lasting(0.02, poisson(random, lambda _: 1000, 60, 1000))


def _mixed(random: Random) -> list[Task]:
    """Workflows that run one activity: a workflow task before it and one after it."""
    tasks: list[Task] = []
    for time in poisson(random, lambda _: 5, 180, 5):
        began = BEGIN + time
        tasks += [Task(began, 0.02, kind=1), Task(began + 0.1, 2), Task(began + 2.3, 0.02, kind=1)]
    return sorted(tasks)


SETTINGS: dict[str, Any] = {
    "slots": 4,
    "objective_seconds": 15,
    "start_up_seconds": 4.8,
    "poll_seconds": 15,
    "tail_seconds": 150,
    "max_replicas": 40,
    "idle_seconds": 30,
    "over_count": 0,
    "server_reports_limit": True,
    "servers": MEASURED,
}
"""Those of the pool and the servers, unless a scenario has others."""

BURST = Scenario("real-burst", "400 tasks of 2 s within 8 s, from zero", _burst, **SETTINGS)
BURSTS = Scenario("real-bursts", "200 tasks of 2 s within 4 s, three times, 120 s apart", _bursts, **SETTINGS)
LONG_TASKS = Scenario("real-long", "40 tasks of 60 s at once, then one each 4 s for 180 s", _long_tasks, **SETTINGS)
ON_OFF = Scenario("real-on-off", "10 tasks of 2 s a second for 60 s of each 120 s, three times", _on_off, **SETTINGS)
RAMP = Scenario("real-ramp", "0.5 to 15 tasks of 2 s a second, rising over 300 s", _ramp, **SETTINGS)
STEADY = Scenario("real-steady", "5 tasks of 2 s a second for 300 s", _steady, **SETTINGS)
STEP = Scenario("real-step", "2, then 12 tasks of 2 s a second, 150 s each", _step, **SETTINGS)
FLOOD = Scenario(
    "real-flood",
    "1,000 tasks of 20 ms a second for 60 s; 5 pollers give a replica 100",
    _flood,
    **{**SETTINGS, "slots": 20, "pollers": 5, "servers": replace(MEASURED, hand_over_seconds=0)},
)

MIXED = Scenario(
    "real-mixed",
    "5 workflows a second for 180 s, each with one activity of 2 s, in the same workers",
    _mixed,
    beside=(Kind("tasks", TaskType.WORKFLOW, 10),),
    **SETTINGS,
)

REAL = (BURST, BURSTS, LONG_TASKS, ON_OFF)
"""The four that the decision is judged by."""


def _variant(scenario: Scenario, suffix: str, difference: str, **changes: Any) -> Scenario:  # noqa: ANN401 - fields of it
    """The scenario with some changes, which its name and its summary say."""
    name, summary = f"{scenario.name}-{suffix}", f"{scenario.summary}; {difference}"
    return replace(scenario, name=name, summary=summary, **changes)


def _objective(seconds: float, *scenarios: Scenario) -> list[Scenario]:
    return [_variant(each, f"d{seconds:g}", f"D {seconds:g} s", objective_seconds=seconds) for each in scenarios]


def _start(seconds: float, *scenarios: Scenario) -> list[Scenario]:
    """Starts of that length; from zero no policy can meet an objective that is shorter."""
    return [
        _variant(
            each,
            f"start{seconds:g}",
            f"pods start in {seconds:g} s, D {3 * seconds:g} s",
            start_up_seconds=seconds,
            objective_seconds=3 * seconds,
            tail_seconds=each.tail_seconds + 5 * seconds,
        )
        for each in scenarios
    ]


def _slow_heartbeats(*scenarios: Scenario) -> list[Scenario]:
    return [_variant(each, "hb60", "heartbeats each 60 s", heartbeat_seconds=60) for each in scenarios]


def _first_report_without_slots(*scenarios: Scenario) -> list[Scenario]:
    difference = "a worker's first report comes 10 s after its start"
    return [
        _variant(each, "silent", difference, servers=replace(each.servers, first_report_lacks_slots=True))
        for each in scenarios
    ]


REAL_VARIANTS = (
    RAMP,
    STEADY,
    STEP,
    FLOOD,
    MIXED,
    *_objective(5, *REAL, RAMP),
    *_objective(60, *REAL, RAMP),
    *_start(20, *REAL),
    *_start(60, *REAL),
    *_slow_heartbeats(*REAL, RAMP),
    *_first_report_without_slots(*REAL, RAMP),
)
"""Other loads, and the four with other objectives, start-ups and heartbeats, and with workers that report later. From
zero no policy meets 5 s."""
