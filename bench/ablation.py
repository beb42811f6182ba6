"""What each part of the decision is good for: `python -m bench.ablation --help`.

The very decision that the operator makes plays the scenarios with one part off, or one number changed, in turn. A
scenario in which fewer than 95 % of the tasks start within the objective is lost, whatever it costs.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from math import exp, inf, log
from pathlib import Path
from statistics import fmean
from time import monotonic
from typing import Annotated, Any
from unittest.mock import patch

import typer

from bench.policies import chosen_scenarios
from controller.scaling import next_poll
from controller.scaling.deadline import arrivals, backlog, bottleneck, queue_need, service_time, start_up, workers
from controller.scaling.deadline.service_time import ServiceTime, TaskDuration
from controller.scaling.rules import demand, keep_time
from controller.simulator.oracle import oracle_plan
from controller.simulator.outcome import KEPT_SHARE
from controller.simulator.policy import TemporalWorkerPools
from controller.simulator.scenarios import SCENARIOS
from controller.simulator.simulation import draw_tasks, simulate

RESULTS = Path(__file__).parent / "results"


Patch = tuple[Any, str, Any]
"""Where, the name, and what stands there instead."""


def _likely(known: Callable[..., TaskDuration]) -> Callable[..., TaskDuration]:
    """A duration of which only the likely value counts."""

    def duration(*arguments: Any, **words: Any) -> TaskDuration:  # noqa: ANN401 - whatever it is called with
        found = known(*arguments, **words)
        return replace(found, longest=found.likely)

    return duration


def _unproven(known: Callable[..., TaskDuration]) -> Callable[..., TaskDuration]:
    def duration(self: ServiceTime, *arguments: Any, **words: Any) -> TaskDuration:  # noqa: ANN401 - likewise
        return known(replace(self, workers={}, stalled_seconds=0.0), *arguments, **words)

    return duration


def _unchanged(self: ServiceTime, *_: Any) -> ServiceTime:  # noqa: ANN401 - likewise
    return self


PARTS: dict[str, tuple[Patch, ...]] = {
    "everything on": (),
    "T: only the likely end": ((ServiceTime, "duration", _likely(ServiceTime.duration)),),
    "T: no reports of ended tasks": ((ServiceTime, "add_reports", _unchanged),),
    "T: not by the server alone": ((ServiceTime, "add_full", lambda self, *_, **__: self),),
    "T: no age of what runs": ((ServiceTime, "duration", _unproven(ServiceTime.duration)),),
    "T: drained polls count as full": ((service_time, "DRAINED_SHARE", 1.0),),
    "T: measured once as many ended as run": ((service_time, "MEASURED_SHARE", 1.0),),
    "T: no margin for chance": ((service_time, "SIGMAS", 0.0),),
    "T: new workers start when reported": (
        (service_time, "READY_RESOLUTION_SECONDS", 0.0),
        (workers, "READY_RESOLUTION_SECONDS", 0.0),
    ),
    "T: assumed 1 s": ((demand, "ASSUMED_TASK_SECONDS", 1.0),),
    "backlog: half a start-up for what is late": ((backlog, "LATE_START_SHARE", 0.5),),
    "backlog: no task left unfinished": ((backlog, "UNFINISHED_SHARE", 0.0),),
    "backlog: stands from 1 s on": ((backlog, "STANDING_SHARE", 0.0),),
    "deadline: all of D": ((start_up, "DEADLINE_SHARE", 1.0),),
    "arrivals: a burst is a rate": ((arrivals, "sqrt", lambda _: inf),),
    "arrivals: no step by three polls": ((arrivals, "INTERVALS_OF_A_STEP", 60),),
    "arrivals: no fall by two polls": ((arrivals, "INTERVALS_OF_A_FALL", 60),),
    "arrivals: rates are of 30 s": ((arrivals.RateWindow, "seconds", lambda *_: None),),
    "arrivals: bursts leave after 30 s": ((arrivals, "LONGEST_RATE_SECONDS", 30.0),),
    "load: no reserve": ((queue_need, "with_reserve", lambda coming, *_: coming),),
    "start-up: no margin": ((start_up, "MARGIN", 1.0),),
    "bottleneck: no question": ((bottleneck, "IDLE_SHARE", 0.0),),
    "bottleneck: no history": ((bottleneck, "HISTORY_FACTOR", inf),),
    "bottleneck: no known limit": ((bottleneck, "FADING_SECONDS", 1.0),),
    "keep: all go at the end": (
        (keep_time, "first_kept", lambda age, keep, surplus: 1 if age < keep else surplus + 1),
    ),
    "keep: no idle gap": ((keep_time, "_kept_warm", lambda *_: 0),),
    "polls: pollingIntervalSeconds at rest": ((next_poll, "_at_rest_seconds", lambda seconds, *_: seconds),),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """How one scenario went with a part off."""

    share: float
    ratio: float
    cut: int


def play(job: tuple[str, str, int]) -> tuple[str, str, Cell]:
    """Plays one scenario with one part off."""
    part, name, seed = job
    scenario = SCENARIOS[name]
    tasks = draw_tasks(scenario, seed)
    patches = [patch.object(*each) for each in PARTS[part]]
    for each in patches:
        each.start()
    try:
        outcome = simulate(scenario, TemporalWorkerPools.of(scenario), "ours", seed)
    finally:
        for each in patches:
            each.stop()
    plan = oracle_plan(scenario, tasks)
    return part, name, Cell(outcome.share_within_objective, outcome.pod_seconds / plan.pod_seconds, outcome.cut_short)


def table(cells: dict[tuple[str, str], list[Cell]], parts: list[str], scenarios: list[str]) -> str:
    """A line for each part: what is lost, what the rest costs beside everything on, and which scenario suffers most."""
    reference = {scenario: fmean(cell.ratio for cell in cells["everything on", scenario]) for scenario in scenarios}
    lines = [f"{'part that is off':44} {'lost':>4} {'cost':>7} {'within D':>9} {'cut':>5}  worst scenario"]
    lines += [_line(part, {scenario: cells[part, scenario] for scenario in scenarios}, reference) for part in parts]
    return "\n".join(lines)


def _line(part: str, played: dict[str, list[Cell]], reference: dict[str, float]) -> str:
    shares = {scenario: fmean(cell.share for cell in cells) for scenario, cells in played.items()}
    costs = {scenario: fmean(cell.ratio for cell in cells) / reference[scenario] for scenario, cells in played.items()}
    kept = [scenario for scenario in played if shares[scenario] >= KEPT_SHARE]
    mean = exp(fmean(log(costs[scenario]) for scenario in kept)) if kept else inf
    worst = min(played, key=lambda scenario: (min(shares[scenario], KEPT_SHARE), -costs[scenario]))
    cut = sum(fmean(cell.cut for cell in cells) for cells in played.values())
    return (
        f"{part:44} {len(played) - len(kept):4} {mean - 1:+7.1%} {fmean(shares.values()):9.2%} {cut:5.1f}  "
        f"{worst} ({shares[worst]:.1%}, {costs[worst] - 1:+.0%})"
    )


def run(parts: list[str], scenarios: list[str], seeds: int, processes: int) -> Iterator[tuple[str, str, Cell]]:
    """Plays everything, as it gets ready."""
    jobs = [(part, scenario, seed) for part in parts for scenario in scenarios for seed in range(seeds)]
    with ProcessPoolExecutor(processes) as executor:
        yield from executor.map(play, jobs)


def main(
    scenarios: Annotated[
        str, typer.Option("--scenarios", "--worlds", help="Groups or names as in bench.policies, separated by commas.")
    ] = "table,real",
    parts: Annotated[str, typer.Option(help="Only parts whose name has this in it.")] = "",
    seeds: Annotated[int, typer.Option(min=1, help="Number of seeds for each scenario.")] = 2,
    processes: Annotated[int, typer.Option(min=1, help="Number of processes.")] = 2,
    save: Annotated[bool, typer.Option("--save", help="Write ablation.txt to bench/results.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Play the scenarios with each part of the decision off in turn, and print what it costs.

    Example: python -m bench.ablation --scenarios real --parts T: --seeds 1
    """
    names, started = chosen_scenarios(scenarios), monotonic()
    chosen = [part for part in PARTS if parts in part or part == "everything on"]
    cells: dict[tuple[str, str], list[Cell]] = {}
    total = len(chosen) * len(names) * seeds
    for number, (part, scenario, cell) in enumerate(run(chosen, names, seeds, processes), start=1):
        cells.setdefault((part, scenario), []).append(cell)
        if number % len(names) == 0:
            typer.echo(f"{number} of {total} played, {monotonic() - started:.0f} s", err=True)
    text = table(cells, chosen, names)
    typer.echo(text)
    if save:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "ablation.txt").write_text(f"{text}\n\n{len(names)} scenarios, {seeds} seeds\n")


if __name__ == "__main__":
    typer.run(main)
