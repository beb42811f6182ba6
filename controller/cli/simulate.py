"""`twp simulate`: how a pool would scale under a load."""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from random import Random
from typing import Annotated

import typer

from controller.api.spec import TemporalWorkerPoolSpec
from controller.cli import simulation_report
from controller.cli.progress import Progress
from controller.cli.simulation_causes import Trial, causes, trials
from controller.cli.validate import read_pool
from controller.simulator.baselines import BASELINES
from controller.simulator.oracle import oracle_plan
from controller.simulator.outcome import Outcome
from controller.simulator.policy import Policy, TemporalWorkerPools
from controller.simulator.pool import PoolError, in_scenario, of_one_queue
from controller.simulator.scenario import Scenario
from controller.simulator.scenarios import SCENARIOS
from controller.simulator.simulation import draw_tasks
from controller.simulator.simulation import simulate as play
from controller.simulator.tasks import Task, TraceError, lognormal, read_trace, served

EXAMPLE = "Example: twp simulate -f pool.yaml --scenario fan-out --against keda,hpa,wci"


class Output(StrEnum):
    """How the result is written."""

    TEXT = "text"
    JSON = "json"


def simulate(
    file: Annotated[Path, typer.Option("--file", "-f", help="Manifest of the TemporalWorkerPool.", dir_okay=False)],
    scenario: Annotated[
        str | None,
        typer.Option(
            "--scenario", "--world", help=f"Load and servers; one of {', '.join(SCENARIOS)}.", show_default=False
        ),
    ] = None,
    trace: Annotated[
        Path | None,
        typer.Option(help="Instead of a scenario: CSV with the columns time_seconds,tasks.", dir_okay=False),
    ] = None,
    task_seconds: Annotated[
        float | None,
        typer.Option(help="With --trace: mean duration of a task (lognormal, cv 0.5).", min=0.001),
    ] = None,
    start_up_seconds: Annotated[
        float | None,
        typer.Option(help="Mean time that a pod takes to become ready; default: the scenario's.", min=0.1),
    ] = None,
    queue: Annotated[
        str | None,
        typer.Option(help="One of the pool's queues, such as orders/Activity; default: its first activities."),
    ] = None,
    against: Annotated[
        str, typer.Option(help=f"Baselines to compare with, separated by commas: {', '.join(BASELINES)}.")
    ] = "",
    seed: Annotated[int, typer.Option(help="Another seed draws other tasks for the same scenario.")] = 0,
    output: Annotated[Output, typer.Option("--output", "-o", help="How to print the result.")] = Output.TEXT,
    plot: Annotated[Path, typer.Option(help="Where to draw the picture (PNG).", dir_okay=False)] = Path(
        "simulation.png"
    ),
    no_plot: Annotated[bool, typer.Option("--no-plot", help="Draw no picture.")] = False,
) -> None:
    """Simulate a pool under a load: how long tasks would wait, and what it would cost.

    Slots, bounds, objective and behavior are the pool's; tasks, start-up times and failures are the scenario's. The
    cost in pod-seconds is compared to an oracle, a plan that knows all tasks beforehand. The same seed gives the same
    run.
    """
    try:
        spec = of_one_queue(read_pool(file), queue)
        played = in_scenario(spec, choose_scenario(scenario, trace, task_seconds, start_up_seconds))
        baselines = choose_baselines(against)
    except (PoolError, TraceError, OSError) as error:
        typer.echo(f"twp: {error}", err=True)
        raise typer.Exit(2) from error
    policies: dict[str, Callable[[Scenario], Policy]] = {
        "this pool": lambda scenario: TemporalWorkerPools(spec, scenario.poll_seconds)
    }
    policies.update(baselines)
    progress = Progress()
    outcomes = list(_played(policies, played, seed, progress))
    plan = oracle_plan(played, draw_tasks(played, seed))
    found = [] if outcomes[0].kept or output == Output.JSON else list(_trials(spec, played, seed, progress))
    progress.clear()
    render = simulation_report.as_json if output == Output.JSON else simulation_report.as_text
    typer.echo(render(played, outcomes, plan))
    if found:
        typer.echo("\n".join(["", *causes(played, outcomes[0], found)]))
    if not no_plot:
        draw(plot, played, outcomes)


def _played(
    policies: Mapping[str, Callable[[Scenario], Policy]], played: Scenario, seed: int, progress: Progress
) -> Iterator[Outcome]:
    """Plays the scenario with each policy."""
    for number, (name, policy) in enumerate(policies.items(), 1):
        progress.at(partial(_line, f"Simulating {name}", number, len(policies)))
        yield play(played, policy(played), name, seed)


def _trials(spec: TemporalWorkerPoolSpec, played: Scenario, seed: int, progress: Progress) -> Iterator[Trial]:
    """Finds out why the pool missed its objective."""
    for trial in trials(spec, played, seed):
        progress.at(partial("Simulating other settings: {}".format, trial.change))
        yield trial


def _line(what: str, number: int, total: int) -> str:
    return f"{what} ({number} of {total})"


def choose_scenario(
    name: str | None, trace: Path | None, task_seconds: float | None, start_up_seconds: float | None
) -> Scenario:
    """The scenario by its name, or one that plays a trace.

    Raises:
        PoolError: Neither or both are given, there is no such scenario, or the trace comes without a task's duration.
        TraceError: The trace cannot be played.
        OSError: The trace cannot be read.
    """
    if (name is None) == (trace is None):
        raise PoolError(f"give --scenario or --trace; the scenarios are {', '.join(SCENARIOS)}")
    if trace is not None:
        scenario = _scenario_of(trace, task_seconds)
    elif name in SCENARIOS:
        scenario = SCENARIOS[name]
    else:
        raise PoolError(f"there is no scenario {name}: choose from {', '.join(SCENARIOS)}")
    return scenario if start_up_seconds is None else replace(scenario, start_up_seconds=start_up_seconds)


def _scenario_of(trace: Path, task_seconds: float | None) -> Scenario:
    if task_seconds is None:
        raise PoolError("--trace needs --task-seconds: the mean duration of a task")
    arrivals = read_trace(trace_text(trace).splitlines())

    def tasks(random: Random) -> list[Task]:
        return served(random, arrivals, lognormal(task_seconds, 0.5))

    return Scenario(
        trace.name, f"the arrivals of {trace.name}", tasks, slots=1, objective_seconds=30, start_up_seconds=20
    )


def trace_text(trace: Path) -> str:
    """The text of a CSV: UTF-8, or what Windows writes, UTF-8 or UTF-16 with a byte-order mark.

    Raises:
        TraceError: It is of another encoding.
        OSError: It cannot be read.
    """
    raw = trace.read_bytes()
    encoding = "utf-16" if raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise TraceError(f"{trace} is neither UTF-8 nor UTF-16 with a byte-order mark: save it as CSV UTF-8")
    return text


def choose_baselines(names: str) -> dict[str, Callable[[Scenario], Policy]]:
    """The baselines by their names, with commas.

    Raises:
        PoolError: One of them is not known.
    """
    chosen = [name.strip() for name in names.split(",") if name.strip()]
    for name in chosen:
        if name not in BASELINES:
            raise PoolError(f"there is no baseline {name}: choose from {', '.join(BASELINES)}")
    return {name: BASELINES[name] for name in chosen}


def draw(path: Path, scenario: Scenario, outcomes: list[Outcome]) -> None:
    """Draws the picture, or prints why not; the numbers are printed by then."""
    try:
        simulation_report.draw(path, scenario, outcomes)
    except ImportError:
        typer.echo("twp: no picture without matplotlib: pip install 'temporal-worker-pools[plot]'", err=True)
    except OSError as error:
        typer.echo(f"twp: the picture cannot be written: {error}", err=True)
        raise typer.Exit(1) from error
    else:
        typer.echo(f"The picture is in {path}.", err=True)
