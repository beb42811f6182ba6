"""`twp replay`: recorded observations, decided on again with the same settings or others."""

import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import yaml

from controller.api.model import written
from controller.cli.progress import Progress
from controller.cli.validate import read_pool
from controller.scaling.recording import Change, RecordingError, Replayed, replay
from controller.simulator.pool import PoolError

EXAMPLE = "Example: twp replay recordings/prod.orders.jsonl --set spec.maxReplicas=40"

DIFFERENT = 1
"""Exit status if the recorded settings give other decisions than the recorded ones: another version made them."""

REFUSED = 2
"""Exit status if the recording or an option can't be read."""


def replay_command(
    file: Annotated[Path, typer.Argument(help="A recording of `twp operator run --record`; - is standard input.")],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="Another setting, such as spec.maxReplicas=40; it may be repeated."),
    ] = None,
    pool: Annotated[
        Path | None,
        typer.Option(help="Manifest of a TemporalWorkerPool whose spec replaces the recorded one.", dir_okay=False),
    ] = None,
    differing: Annotated[bool, typer.Option("--differing", help="Show only decisions that differ.")] = False,
) -> None:
    """Decide on recorded observations again, and show what was decided then and now.

    Each line has the time, the replicas, the desired replicas then and now, and the reason; decisions that differ are
    marked with *. The effect of other decisions is not simulated: the observations stay as recorded.

    Ends with status 0; with 1 if the recorded settings give other decisions than the recorded ones, as another version
    of the operator does; with 2 and one line on standard error if the recording or a setting can't be read.
    """
    try:
        change = _change(settings or [], pool)
        count, differ = _print(_lines(file), change, differing=differing)
    except (RecordingError, PoolError, OSError, UnicodeDecodeError) as error:
        if isinstance(error, BrokenPipeError):
            _end_quietly()
        where = f"{file}: " if isinstance(error, RecordingError) else ""
        typer.echo(f"twp: {where}{' '.join(str(error).split())}", err=True)
        raise typer.Exit(REFUSED) from error
    typer.echo(f"{count} decisions, {differ} differ.")
    raise typer.Exit(DIFFERENT if differ and change is None else 0)


def _print(lines: Iterator[str], change: Change | None, *, differing: bool) -> tuple[int, int]:
    """Prints the decisions, and counts them and those that differ."""
    count = differ = 0
    progress = Progress()
    for replayed in replay(lines, change):
        count += 1
        progress.at(partial("Replayed {:,} decisions, until {}".format, count, written(replayed.now)))
        differ += not replayed.is_same
        if not (differing and replayed.is_same):
            progress.clear()
            typer.echo(_row(replayed))
    progress.clear()
    return count, differ


def _row(replayed: Replayed) -> str:
    decision = replayed.decision
    mark = " " if replayed.is_same else "*"
    numbers = f"{replayed.current:5} replicas, {replayed.recorded:5} then, {decision.desired_replicas:5} now"
    step = decision.deciding_step
    return f"{mark} {written(replayed.now)}  {replayed.pool}  {numbers}  {step.rule}/{step.reason}: {step.message}"


def _lines(file: Path) -> Iterator[str]:
    if str(file) == "-":
        yield from sys.stdin
        return
    with file.open(encoding="utf-8") as lines:
        yield from lines


def _change(settings: list[str], pool: Path | None) -> Change | None:
    spec = read_pool(pool) if pool else None
    fields = tuple(_field(setting) for setting in settings)
    return Change(spec, fields) if spec or fields else None


def _field(setting: str) -> tuple[str, Any]:
    path, equals, value = setting.partition("=")
    if not equals or not path.startswith("spec.") or not path.removeprefix("spec."):
        raise PoolError(f"--set {setting}: write spec.FIELD=VALUE, such as spec.maxReplicas=40")
    try:
        return path.removeprefix("spec."), yaml.safe_load(value)
    except yaml.YAMLError:
        raise PoolError(f"--set {setting}: the value is not YAML") from None


def _end_quietly() -> NoReturn:
    """The reader of the output closed it; the rest is discarded."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise typer.Exit(0)
