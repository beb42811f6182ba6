"""How the law of this project does against its rivals, world by world: `python -m bench.law --help`.

Each cell is what a law cost in pod-seconds, divided by the cost of a plan with perfect foresight, mean of the seeds;
`lost` where fewer than 95 % of the tasks started within the objective: cost is compared only where that was kept.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from bench.law_tables import Cell, Summary, details, draw, table
from controller.simulator.field import COMPARED, LAWS
from controller.simulator.foresight import foresee
from controller.simulator.real_worlds import REAL, REAL_VARIANTS
from controller.simulator.simulation import draw_tasks, simulate
from controller.simulator.worlds import BEYOND, HELD_OUT, TABLE, WORLDS

RESULTS = Path(__file__).parent / "results"

GROUPS = {
    "table": TABLE,
    "beyond": BEYOND,
    "held-out": HELD_OUT,
    "real": REAL,
    "real-variants": REAL_VARIANTS,
}

OF_THE_TABLE = ("table", "beyond", "held-out")
"""The groups that `all` stands for."""


def play(job: tuple[str, int, tuple[str, ...]]) -> list[Cell]:
    """Plays one world with one seed for every law."""
    name, seed, laws = job
    world = WORLDS[name]
    plan = foresee(world, draw_tasks(world, seed))
    return [Cell.of(world, simulate(world, LAWS[law](world), law, seed), plan) for law in laws]


def run(worlds: list[str], laws: tuple[str, ...], seeds: int, processes: int) -> Iterator[list[Cell]]:
    """Plays everything, the costly worlds first, as it gets ready."""
    jobs = [(world, seed, laws) for seed in range(seeds) for world in reversed(worlds)]
    with ProcessPoolExecutor(processes) as executor:
        yield from executor.map(play, jobs)


def main(
    worlds: Annotated[str, typer.Option(help=f"Groups ({', '.join(GROUPS)}, all) or names, with commas.")] = "all",
    laws: Annotated[str, typer.Option(help="Names of laws, with commas.")] = ",".join(COMPARED),
    seeds: Annotated[int, typer.Option(min=1, help="How often each world is drawn anew.")] = 5,
    processes: Annotated[int, typer.Option(min=1, help="How many processes play.")] = 2,
    save: Annotated[bool, typer.Option("--save", help="Write the table as text and picture to bench/results.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Play the worlds with every law and print what each cost, compared to perfect foresight.

    Example: python -m bench.law --worlds burst,steady --laws ours,keda --seeds 1
    """
    names, played_laws = chosen_worlds(worlds), chosen(laws, LAWS, "law")
    started, cells = monotonic(), list[Cell]()
    for number, played in enumerate(run(names, played_laws, seeds, processes), start=1):
        cells += played
        elapsed = monotonic() - started
        typer.echo(f"{number} of {seeds * len(names)} played, {elapsed:.0f} s", err=True)
    summaries = {
        (world, law): Summary(tuple(cell for cell in cells if (cell.world, cell.law) == (world, law)))
        for world in names
        for law in played_laws
    }
    is_real = worlds.startswith("real")
    parts = [table(summaries, names, played_laws)]
    parts += [details(summaries, names, law) for law in played_laws if is_real]
    text = "\n\n".join(parts)
    typer.echo(text)
    if save:
        RESULTS.mkdir(exist_ok=True)
        stem = "law-real" if is_real else "law"
        (RESULTS / f"{stem}.txt").write_text(f"{text}\n\n{seeds} seeds\n")
        draw(RESULTS / f"{stem}.png", summaries, names, played_laws)


def chosen_worlds(text: str) -> list[str]:
    """The names of the worlds of some groups, and of those that are written out."""
    groups = {**GROUPS, "all": [world for name in OF_THE_TABLE for world in GROUPS[name]]}
    names: list[str] = []
    for part in (word.strip() for word in text.split(",")):
        names += [world.name for world in groups[part]] if part in groups else chosen(part, WORLDS, "world")
    return list(dict.fromkeys(names))


def chosen(text: str, known: Iterable[str], what: str) -> tuple[str, ...]:
    """Names, with commas.

    Raises:
        typer.BadParameter: One of them is not known.
    """
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        if name not in known:
            raise typer.BadParameter(f"there is no {what} {name!r}: choose from {', '.join(known)}")
    return names


if __name__ == "__main__":
    typer.run(main)
