"""`python -m bench.real`: play loads against a real control plane and Temporal server, and measure the scaler."""

import asyncio
import contextlib
import json
import time
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Annotated, Final

import typer

from bench.real.anchors import compared
from bench.real.cluster_view import connected
from bench.real.plan import Plan
from bench.real.profiles import PROFILES
from bench.real.run import Bench, Played, as_json, play
from bench.real.scalers import NAMES, OPERATOR, is_known
from bench.real.table import table
from bench.real.workers import fork_server
from localcluster.command_line import run_command
from localcluster.folders import PROJECT_FOLDER
from localcluster.operator_process import ACCOUNT, install
from localcluster.running import running_cluster

FOLDER: Final = PROJECT_FOLDER / "out" / "bench-real"

APART_SECONDS: Final = 20.0
"""Between the first runs that are played at the same time, so that their bursts don't come in the same second."""

BROKEN: Final = 1
"""Exit status where a pool of the operator missed its objective, or an attempt was cut short."""
FAILED: Final = 3
"""Exit status where a run could not be played to its end."""

app = typer.Typer(add_completion=False)


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _numbers(text: str) -> list[int]:
    try:
        return [int(part) for part in _split(text)]
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a list of whole numbers") from None


def _profiles(text: str) -> list[str]:
    names = list(PROFILES) if text == "all" else _split(text)
    if unknown := [name for name in names if name not in PROFILES]:
        raise typer.BadParameter(f"there is no load {unknown[0]!r}: choose from {', '.join(PROFILES)}")
    return names


def _scalers(text: str) -> list[str]:
    names = _split(text)
    if unknown := [name for name in names if not is_known(name)]:
        raise typer.BadParameter(f"there is no {unknown[0]!r}: choose from {', '.join(NAMES)}, constant-N")
    return names


@app.command(epilog="Example: python -m bench.real --profiles burst,long --operator twp,keda-tuned --runs 3 --beside 2")
def main(  # noqa: PLR0913 - options
    *,
    profiles: Annotated[str, typer.Option(help=f"Loads: all, or some of {', '.join(PROFILES)}.")] = (
        "burst,bursts,on-off,long"
    ),
    operator: Annotated[
        str, typer.Option(help=f"Who scales: some of {', '.join(NAMES)}, constant-N; all but twp are stand-ins.")
    ] = OPERATOR,
    runs: Annotated[int, typer.Option(min=1, help="Runs of each, with one seed after the other.")] = 1,
    seed: Annotated[int, typer.Option(help="Of the first run.")] = 1,
    objective: Annotated[str, typer.Option(help="scheduleToStartSeconds, such as 5,15,60.")] = "15",
    heartbeats: Annotated[str, typer.Option(help="Seconds between worker heartbeats, such as 10,60.")] = "10",
    start: Annotated[str, typer.Option(help="Seconds that a pod takes to start, such as 4,20,60.")] = "4",
    beside: Annotated[int, typer.Option(min=1, help="Runs that are played at the same time.")] = 1,
    read_statistics: Annotated[
        bool, typer.Option("--read-statistics", help="Record DescribeTaskQueue each second; warms the server's cache.")
    ] = False,
    folder: Annotated[Path, typer.Option(help="Gets a folder for each run, and the table.")] = FOLDER,
) -> None:
    """Play loads on real parts and measure waits, cost, attempts cut short, reaction and the time to zero.

    Exit status 0 if every pool of the operator kept its objective with no attempt cut short, 1 if one did not, 3 if a
    run could not be played to its end.
    """
    conditions = product(
        range(seed, seed + runs),
        _profiles(profiles),
        _numbers(objective),
        _numbers(heartbeats),
        _numbers(start),
        _scalers(operator),
    )
    plans = [
        Plan(PROFILES[name], scaler, within, every, takes, number)
        for number, name, within, every, takes, scaler in conditions
    ]
    with contextlib.suppress(KeyboardInterrupt):
        raise SystemExit(_run(plans, beside, folder, read_statistics=read_statistics))


def _run(plans: Sequence[Plan], beside: int, folder: Path, *, read_statistics: bool) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    with running_cluster(say=_say) as cluster, fork_server(cluster) as socket:
        install(cluster)
        kubeconfig = cluster.kubeconfig_for_service_account(ACCOUNT, ACCOUNT)

        async def all_runs() -> list[Played | Exception]:
            async with connected(cluster.kubeconfig) as api:
                bench = Bench(cluster, api, kubeconfig, socket, folder, _say, read_statistics)
                return await _lanes(bench, plans, beside)

        outcomes = asyncio.run(all_runs())
    played = [outcome for outcome in outcomes if isinstance(outcome, Played)]
    (folder / "table.md").write_text(table(played))
    (folder / "results.json").write_text(json.dumps([as_json(each) for each in played], indent=2) + "\n")
    _say(table(played))
    for line in filter(None, map(compared, played)):
        _say(line)
    return exit_status(outcomes)


async def _lanes(bench: Bench, plans: Sequence[Plan], beside: int) -> list[Played | Exception]:
    """Play all plans in their order, some at the same time; one that fails costs only itself."""
    waiting = iter(plans)
    outcomes: list[Played | Exception] = []

    async def lane(number: int) -> None:
        await asyncio.sleep(number * APART_SECONDS)
        for plan in waiting:
            bench.say(f"{plan.name}: {plan.profile.summary}")
            try:
                outcome: Played | Exception = await play(bench, plan)
            except Exception as error:  # noqa: BLE001 - it is printed, and the other runs go on
                outcome = error
            outcomes.append(outcome)
            bench.say(f"[{len(outcomes)} of {len(plans)}] {plan.name}: {summary(outcome)}")

    await asyncio.gather(*(lane(number) for number in range(beside)))
    return outcomes


def summary(outcome: Played | Exception) -> str:
    """One line about a run."""
    if isinstance(outcome, Exception):
        return f"failed: {outcome!r}"
    result, machine = outcome.result, outcome.machine
    word = "lost" if result.lost else "kept"
    return (
        f"{word}: {result.share_within:.1%} within {outcome.plan.objective_seconds} s, p95 {result.p95:.1f} s, "
        f"{result.pod_seconds:,.0f} pod-seconds (best constant {result.best_constant.replicas}: "
        f"{result.best_constant.pod_seconds:,.0f}), {result.cut_short} cut short, "
        f"load average {machine.load_average:.1f}, a busy program had {machine.cpu_share:.0%} of a CPU"
    )


def exit_status(outcomes: Sequence[Played | Exception]) -> int:
    """What a batch ends with; see the help."""
    if any(isinstance(outcome, Exception) or outcome.result.unfinished for outcome in outcomes):
        return FAILED
    own = [o.result for o in outcomes if isinstance(o, Played) and o.plan.scaler == OPERATOR]
    return BROKEN if any(result.lost or result.cut_short for result in own) else 0


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


if __name__ == "__main__":
    run_command(app)
