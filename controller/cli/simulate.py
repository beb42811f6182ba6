"""`twp simulate`: what a pool would do with a load, before it gets it."""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Annotated

import typer
import yaml
from pydantic import ValidationError

from controller.api.spec import KIND, TemporalWorkerPoolSpec
from controller.cli import simulation_plot, simulation_report
from controller.simulator.field import RIVALS
from controller.simulator.foresight import foresee
from controller.simulator.laws import Law, TemporalWorkerPools
from controller.simulator.outcome import Outcome
from controller.simulator.pool import PoolError, in_world, of_one_queue
from controller.simulator.simulation import draw_tasks
from controller.simulator.simulation import simulate as play
from controller.simulator.tasks import Task, lognormal, served
from controller.simulator.trace import TraceError, read_trace
from controller.simulator.world import World
from controller.simulator.worlds import WORLDS

EXAMPLE = "Example: twp simulate -f pool.yaml --world fan-out --against keda,hpa,wci"


class Output(StrEnum):
    """How the result is written."""

    TEXT = "text"
    JSON = "json"


def simulate(
    file: Annotated[Path, typer.Option("--file", "-f", help="Manifest of the TemporalWorkerPool.", dir_okay=False)],
    world: Annotated[
        str | None, typer.Option(help=f"What happens to the workers; one of {', '.join(WORLDS)}.", show_default=False)
    ] = None,
    trace: Annotated[
        Path | None,
        typer.Option(help="Instead of a world: CSV with the columns time_seconds,tasks.", dir_okay=False),
    ] = None,
    task_seconds: Annotated[
        float | None,
        typer.Option(help="With --trace: how long a task runs, in the mean (lognormal, cv 0.5).", min=0.001),
    ] = None,
    start_up_seconds: Annotated[
        float | None,
        typer.Option(help="How long a pod takes to become ready, in the mean; default: the world's.", min=0.1),
    ] = None,
    queue: Annotated[
        str | None,
        typer.Option(help="Which of the pool's queues, such as orders/Activity; default: its first activities."),
    ] = None,
    against: Annotated[str, typer.Option(help=f"Rivals to compare with, with commas: {', '.join(RIVALS)}.")] = "",
    seed: Annotated[int, typer.Option(help="Another number draws the same world anew.")] = 0,
    output: Annotated[Output, typer.Option("--output", "-o", help="How to print the result.")] = Output.TEXT,
    plot: Annotated[Path, typer.Option(help="Where to draw the picture (PNG).", dir_okay=False)] = Path(
        "simulation.png"
    ),
    no_plot: Annotated[bool, typer.Option("--no-plot", help="Draw no picture.")] = False,
) -> None:
    """Play a load against a pool: how long tasks would wait, and what it would cost.

    The pool's slots, bounds, objective and behavior meet the tasks, start-up times and troubles of the world. The cost
    in pod-seconds is compared to a plan by someone who knows every task beforehand. The same seed gives the same run.
    """
    try:
        spec = of_one_queue(read_pool(file), queue)
        played = in_world(spec, choose_world(world, trace, task_seconds, start_up_seconds))
        rivals = choose_rivals(against)
    except (PoolError, TraceError, OSError) as error:
        typer.echo(f"twp: {error}", err=True)
        raise typer.Exit(2) from error
    laws: dict[str, Callable[[World], Law]] = {"this pool": lambda world: TemporalWorkerPools(spec, world.poll_seconds)}
    laws.update(rivals)
    outcomes = [play(played, law(played), name, seed) for name, law in laws.items()]
    plan = foresee(played, draw_tasks(played, seed))
    render = simulation_report.as_json if output == Output.JSON else simulation_report.as_text
    typer.echo(render(played, outcomes, plan))
    if not no_plot:
        draw(plot, played, outcomes)


def read_pool(file: Path) -> TemporalWorkerPoolSpec:
    """Reads the one TemporalWorkerPool of a manifest.

    Raises:
        PoolError: There is none or several, or it is not valid.
        OSError: The file cannot be read.
    """
    try:
        documents = list(yaml.safe_load_all(file.read_text()))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PoolError(f"{file} is not YAML: {error}") from error
    pools = [document for document in documents if isinstance(document, dict) and document.get("kind") == KIND]
    if len(pools) != 1:
        raise PoolError(f"{file} has {len(pools)} objects of kind {KIND}: it must have one")
    try:
        spec = TemporalWorkerPoolSpec.from_manifest(pools[0].get("spec"))
    except ValidationError as error:
        faults = "; ".join(f"spec.{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise PoolError(f"{file} is not valid: {faults}") from error
    if spec.min_replicas > spec.max_replicas:
        raise PoolError(f"{file} is not valid: minReplicas must not exceed maxReplicas")
    return spec


def choose_world(
    name: str | None, trace: Path | None, task_seconds: float | None, start_up_seconds: float | None
) -> World:
    """The world by its name, or one that plays a trace.

    Raises:
        PoolError: Neither or both are given, there is no such world, or the trace comes without a task's duration.
        TraceError: The trace cannot be played.
        OSError: The trace cannot be read.
    """
    if (name is None) == (trace is None):
        raise PoolError(f"say --world or --trace; the worlds are {', '.join(WORLDS)}")
    if trace is not None:
        world = _world_of(trace, task_seconds)
    elif name in WORLDS:
        world = WORLDS[name]
    else:
        raise PoolError(f"there is no world {name}: choose from {', '.join(WORLDS)}")
    return world if start_up_seconds is None else replace(world, start_up_seconds=start_up_seconds)


def _world_of(trace: Path, task_seconds: float | None) -> World:
    if task_seconds is None:
        raise PoolError("--trace needs --task-seconds: how long a task runs, in the mean")
    with trace.open(newline="") as lines:
        arrivals = read_trace(lines)

    def tasks(random: Random) -> list[Task]:
        return served(random, arrivals, lognormal(task_seconds, 0.5))

    return World(trace.name, f"the arrivals of {trace.name}", tasks, slots=1, objective_seconds=30, start_up_seconds=20)


def choose_rivals(names: str) -> dict[str, Callable[[World], Law]]:
    """The rivals by their names, with commas.

    Raises:
        PoolError: One of them is not known.
    """
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in RIVALS:
            raise PoolError(f"there is no rival {name}: choose from {', '.join(RIVALS)}")
    return {name: RIVALS[name] for name in wanted}


def draw(path: Path, world: World, outcomes: list[Outcome]) -> None:
    """Draws the picture, or says why not; the numbers were printed in any case."""
    try:
        simulation_plot.draw(path, world, outcomes)
    except ImportError:
        typer.echo("twp: no picture without matplotlib: pip install 'temporal-worker-pools[plot]'", err=True)
    except OSError as error:
        typer.echo(f"twp: the picture cannot be written: {error}", err=True)
        raise typer.Exit(1) from error
    else:
        typer.echo(f"The picture is in {path}.", err=True)
