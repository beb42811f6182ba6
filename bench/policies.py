"""The policy of this project and its baselines, scenario by scenario: `python -m bench.policies --help`.

Each cell is what a policy cost in pod-seconds, divided by the cost of the oracle's plan, mean of the seeds;
`lost` where fewer than 95 % of the tasks started within the objective: cost is compared only where that was kept.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from bench.policy_tables import Cell, Summary, details, draw, table
from controller.simulator.baselines import BASELINES
from controller.simulator.oracle import oracle_plan
from controller.simulator.policy import Policy, TemporalWorkerPools
from controller.simulator.real_scenarios import REAL, REAL_VARIANTS
from controller.simulator.scenario import Scenario
from controller.simulator.scenarios import BEYOND, HELD_OUT, SCENARIOS, TABLE
from controller.simulator.simulation import draw_tasks, simulate

RESULTS = Path(__file__).parent / "results"

POLICIES: dict[str, Callable[[Scenario], Policy]] = {
    **BASELINES,
    "ours": TemporalWorkerPools.of,
    "ours-each-5s": lambda scenario: TemporalWorkerPools.of(scenario, poll_seconds=5),
}
"""The baselines, and the policy of this project: at its own polling interval, and with a poll each 5 s."""

COMPARED = (*BASELINES, "ours")
"""The policies of the table."""

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
    """Plays one scenario with one seed for every policy."""
    name, seed, policies = job
    scenario = SCENARIOS[name]
    plan = oracle_plan(scenario, draw_tasks(scenario, seed))
    return [
        Cell.of(scenario, simulate(scenario, POLICIES[policy](scenario), policy, seed), plan) for policy in policies
    ]


def run(scenarios: list[str], policies: tuple[str, ...], seeds: int, processes: int) -> Iterator[list[Cell]]:
    """Plays everything, the costly scenarios first, and gives each result when it is ready."""
    jobs = [(scenario, seed, policies) for seed in range(seeds) for scenario in reversed(scenarios)]
    with ProcessPoolExecutor(processes) as executor:
        yield from executor.map(play, jobs)


def main(
    scenarios: Annotated[
        str,
        typer.Option(
            "--scenarios", "--worlds", help=f"Groups ({', '.join(GROUPS)}, all) or names, separated by commas."
        ),
    ] = "all",
    policies: Annotated[
        str, typer.Option("--policies", "--laws", help="Names of policies, separated by commas.")
    ] = ",".join(COMPARED),
    seeds: Annotated[int, typer.Option(min=1, help="Number of seeds for each scenario.")] = 5,
    processes: Annotated[int, typer.Option(min=1, help="Number of processes.")] = 2,
    save: Annotated[bool, typer.Option("--save", help="Write the table as text and picture to bench/results.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Simulate the scenarios with every policy and print the cost of each, compared to an oracle's plan.

    Example: python -m bench.policies --scenarios burst,steady --policies ours,keda --seeds 1
    """
    names, played_policies = chosen_scenarios(scenarios), chosen(policies, POLICIES, "policy")
    started, cells = monotonic(), list[Cell]()
    for number, played in enumerate(run(names, played_policies, seeds, processes), start=1):
        cells += played
        elapsed = monotonic() - started
        typer.echo(f"{number} of {seeds * len(names)} played, {elapsed:.0f} s", err=True)
    summaries = {
        (scenario, policy): Summary(tuple(cell for cell in cells if (cell.scenario, cell.policy) == (scenario, policy)))
        for scenario in names
        for policy in played_policies
    }
    is_real = scenarios.startswith("real")
    parts = [table(summaries, names, played_policies)]
    parts += [details(summaries, names, policy) for policy in played_policies if is_real]
    text = "\n\n".join(parts)
    typer.echo(text)
    if save:
        RESULTS.mkdir(exist_ok=True)
        stem = "policies-real" if is_real else "policies"
        (RESULTS / f"{stem}.txt").write_text(f"{text}\n\n{seeds} seeds\n")
        draw(RESULTS / f"{stem}.png", summaries, names, played_policies)


def chosen_scenarios(text: str) -> list[str]:
    """The names of the scenarios of some groups, and of those that are written out."""
    groups = {**GROUPS, "all": [scenario for name in OF_THE_TABLE for scenario in GROUPS[name]]}
    names: list[str] = []
    for part in (word.strip() for word in text.split(",")):
        names += [scenario.name for scenario in groups[part]] if part in groups else chosen(part, SCENARIOS, "scenario")
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
