"""How the law of this project does against its rivals, world by world: `python -m bench.law --help`.

Each cell is what a law cost in pod-seconds, divided by the cost of a plan with perfect foresight, mean of the seeds;
`!` where fewer than 95 % of the tasks started within the objective.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from math import exp, log
from pathlib import Path
from statistics import fmean
from time import monotonic
from typing import Annotated

import typer

from controller.scaling.simulation.field import LAWS
from controller.scaling.simulation.foresight import Foresight, foresee
from controller.scaling.simulation.outcome import Outcome
from controller.scaling.simulation.simulator import draw_tasks, simulate
from controller.scaling.simulation.worlds import BEYOND, HELD_OUT, TABLE, WORLDS

RESULTS = Path(__file__).parent / "results"
WANTED_SHARE = 0.95

GROUPS = {"table": TABLE, "beyond": BEYOND, "held-out": HELD_OUT}


@dataclass(frozen=True, slots=True)
class Cell:
    """One law in one world with one seed."""

    world: str
    law: str
    ratio: float
    share_within_objective: float
    reversals: int
    cut_short: int


@dataclass(frozen=True, slots=True)
class Summary:
    """One law in one world, mean of its seeds."""

    ratio: float
    share_within_objective: float
    reversals: float
    cut_short: float

    @property
    def mark(self) -> str:
        """`!` where the objective was missed."""
        return "" if self.share_within_objective >= WANTED_SHARE else "!"


def play(job: tuple[str, int, tuple[str, ...]]) -> list[Cell]:
    """Plays one world with one seed for every law."""
    name, seed, laws = job
    world = WORLDS[name]
    plan = foresee(world, draw_tasks(world, seed))
    return [cell(simulate(world, LAWS[law](world), law, seed), plan) for law in laws]


def cell(outcome: Outcome, plan: Foresight) -> Cell:
    """What is kept of a run."""
    return Cell(
        outcome.world,
        outcome.law,
        outcome.pod_seconds / plan.pod_seconds,
        outcome.share_within_objective,
        outcome.reversals,
        outcome.cut_short,
    )


def summarize(cells: Iterable[Cell]) -> Summary:
    """The mean of some seeds."""
    cells = list(cells)
    return Summary(
        fmean(cell.ratio for cell in cells),
        fmean(cell.share_within_objective for cell in cells),
        fmean(cell.reversals for cell in cells),
        fmean(cell.cut_short for cell in cells),
    )


def run(worlds: list[str], laws: tuple[str, ...], seeds: int, processes: int) -> Iterator[list[Cell]]:
    """Plays everything, the costly worlds first, as it gets ready."""
    jobs = [(world, seed, laws) for seed in range(seeds) for world in reversed(worlds)]
    with ProcessPoolExecutor(processes) as executor:
        yield from executor.map(play, jobs)


def table(summaries: dict[tuple[str, str], Summary], worlds: list[str], laws: tuple[str, ...]) -> str:
    """The table as text: a row for each world, a column for each law."""
    lines = ["ratio to foresight (share within the objective, tasks cut short, reversals)", ""]
    lines.append(f"{'':18}" + "".join(f"{law:>26}" for law in laws))
    lines += [f"{world:18}" + "".join(_cell(summaries[world, law]) for law in laws) for world in worlds]
    means = (geometric_mean(summaries[world, law].ratio for world in worlds) for law in laws)
    lines.append(f"{'geometric mean':18}" + "".join(f"{mean:>26.2f}" for mean in means))
    return "\n".join(lines)


def geometric_mean(numbers: Iterable[float]) -> float:
    """The mean for ratios."""
    return exp(fmean(log(number) for number in numbers))


def _cell(summary: Summary) -> str:
    details = f"({summary.share_within_objective:.1%} {summary.cut_short:4.1f} {summary.reversals:3.0f})"
    return f"{summary.ratio:7.2f}{summary.mark:1} {details:>17}"


def draw(path: Path, summaries: dict[tuple[str, str], Summary], worlds: list[str], laws: tuple[str, ...]) -> None:
    """Draws the table: a group of bars for each world, pale where the objective was missed."""
    import matplotlib as mpl  # noqa: PLC0415 - slow to load, and not needed by the processes that play

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - after the choice of the backend
    from matplotlib.patches import Patch  # noqa: PLC0415 - likewise

    figure, axes = plt.subplots(figsize=(13, 5), layout="constrained")
    width = 0.8 / len(laws)
    for index, law in enumerate(laws):
        places = [place + (index - (len(laws) - 1) / 2) * width for place in range(len(worlds))]
        bars = axes.bar(places, [summaries[world, law].ratio for world in worlds], width, color=f"C{index}")
        for bar, world in zip(bars, worlds, strict=True):
            bar.set_alpha(0.25 if summaries[world, law].mark else 1)
    axes.axhline(1, color="black", linewidth=0.8)
    axes.set(yscale="log", ylabel="pod-seconds, divided by foresight's")
    axes.set_xticks(range(len(worlds)), worlds, rotation=40, horizontalalignment="right", rotation_mode="anchor")
    axes.set_title("Cost of scaling laws (pale: fewer than 95 % of the tasks started within the objective)")
    axes.legend(handles=[Patch(color=f"C{index}", label=law) for index, law in enumerate(laws)], ncols=len(laws))
    axes.margins(x=0.01, y=0.15)
    figure.savefig(path, dpi=120)


def main(
    worlds: Annotated[str, typer.Option(help="A group (table, beyond, held-out, all) or names, with commas.")] = "all",
    laws: Annotated[str, typer.Option(help="Names of laws, with commas.")] = ",".join(LAWS),
    seeds: Annotated[int, typer.Option(min=1, help="How often each world is drawn anew.")] = 5,
    processes: Annotated[int, typer.Option(min=1, help="How many processes play.")] = 2,
    save: Annotated[bool, typer.Option("--save", help="Write law.txt and law.png to bench/results.")] = False,  # noqa: FBT002 - a flag
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
        (world, law): summarize(cell for cell in cells if (cell.world, cell.law) == (world, law))
        for world in names
        for law in played_laws
    }
    text = table(summaries, names, played_laws)
    typer.echo(text)
    if save:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "law.txt").write_text(f"{text}\n\n{seeds} seeds\n")
        draw(RESULTS / "law.png", summaries, names, played_laws)


def chosen_worlds(text: str) -> list[str]:
    """The names of a group, or those that are written out."""
    if text == "all":
        return [world.name for group in GROUPS.values() for world in group]
    if text in GROUPS:
        return [world.name for world in GROUPS[text]]
    return list(chosen(text, WORLDS, "world"))


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
