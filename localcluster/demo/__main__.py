"""`python -m localcluster.demo`: scale a real Temporal worker Deployment 0 → N → 0 and show it."""

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from localcluster.command_line import run_command
from localcluster.demo.display import Display
from localcluster.demo.existing import ExistingCluster
from localcluster.demo.plot import draw
from localcluster.demo.scenario import NAMESPACE, POOL, Temporal, apply_example, play
from localcluster.demo.timeline import Watcher
from localcluster.demo.verdict import Verdict
from localcluster.errors import LocalClusterError
from localcluster.folders import PROJECT_FOLDER
from localcluster.installed_charts import install_charts
from localcluster.operator_process import Operator, install, running_operator
from localcluster.running import Options, RunningCluster, running_cluster
from localcluster.throwaway import throwaway_folder

PICTURE = PROJECT_FOLDER / "out" / "demo.png"

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: python -m localcluster.demo --keep")
def demo(
    *,
    context: Annotated[
        str | None,
        typer.Option(help="Kube context of a cluster to use in place of a local one; it runs the image."),
    ] = None,
    temporal_address: Annotated[
        str | None, typer.Option(help="host:port of a Temporal server that this machine and that cluster reach.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave it running at the end, until Ctrl-C.")] = False,
    picture: Annotated[Path, typer.Option(help="Where the plot goes.")] = PICTURE,
) -> None:
    """Scale a real Temporal worker Deployment from 0 up and back to 0 on its own backlog, and show it.

    Exit status 0 only if it went up and back to 0, every workflow completed, and no activity was cut short.
    """
    console = Console()
    with _cluster(context, temporal_address, console) as (cluster, temporal):
        verdict = _run(cluster, temporal, console, picture, keep=keep)
    sys.exit(1 if verdict.failures else 0)


@contextmanager
def _cluster(
    context: str | None, temporal_address: str | None, console: Console
) -> Iterator[tuple[RunningCluster | ExistingCluster, Temporal]]:
    if context is None:
        with running_cluster(Options(temporal_ui=True), console.print) as cluster:
            yield cluster, Temporal(cluster.temporal_address)
        return
    if temporal_address is None:
        raise LocalClusterError("With --context, name a Temporal server with --temporal-address host:port.")
    with throwaway_folder() as folder:
        yield ExistingCluster(context, folder), Temporal(temporal_address)


def _run(
    cluster: RunningCluster | ExistingCluster, temporal: Temporal, console: Console, picture: Path, *, keep: bool
) -> Verdict:
    with _operator(cluster, console) as operator:
        console.print("Applying the example: a Deployment with 0 replicas, and its pool.")
        apply_example(cluster.kubectl, temporal)
        display = Display(console)
        watcher = Watcher(cluster.kubectl, NAMESPACE, POOL, operator)
        with display.live():
            verdict = asyncio.run(play(watcher, display, temporal))
        draw(verdict.timeline, f"{POOL}: {verdict.result.plan.activities} activities, 0 → N → 0", picture)
        _sum_up(verdict, console, picture)
        if keep:
            _keep(cluster, temporal, operator, console)
    return verdict


@contextmanager
def _operator(cluster: RunningCluster | ExistingCluster, console: Console) -> Iterator[Operator]:
    """Two replicas from the charts; on a cluster that has no image of the operator, a process on this machine."""
    if isinstance(cluster, RunningCluster):
        console.print("Installing both charts: the CRDs, and two replicas of the operator.")
        yield install_charts(cluster)
        return
    console.print("Installing the CRDs and the operator's rights; the operator runs on this machine.")
    install(cluster)
    with running_operator(cluster, "operator", "--namespace", NAMESPACE) as operator:
        yield operator


def _sum_up(verdict: Verdict, console: Console, picture: Path) -> None:
    table = Table(show_header=False, box=None)
    for what, how_much in verdict.lines:
        table.add_row(what, how_much)
    console.print(table)
    console.print(f"Picture: {picture}", soft_wrap=True)
    for failure in verdict.failures:
        console.print(f"Failed: {failure}.", style="bold red")
    if not verdict.failures:
        console.print("It worked: up from 0, back to 0, and no work was lost.", style="bold green")


def _keep(
    cluster: RunningCluster | ExistingCluster, temporal: Temporal, operator: Operator, console: Console
) -> NoReturn:
    if isinstance(cluster, RunningCluster):
        console.print(f"export KUBECONFIG={cluster.kubeconfig}", soft_wrap=True)
        console.print(f"Temporal UI: {cluster.temporal_ui_url}")
    console.print(f"Metrics: {operator.url}/metrics")
    console.print(f"More work: python -m examples.unified.start --temporal-host {temporal.address}", soft_wrap=True)
    console.print(f"Watch: kubectl get twp -n {NAMESPACE} -w")
    console.print("Running; Ctrl-C ends it.")
    while True:
        time.sleep(1)
        operator.ensure_running()


if __name__ == "__main__":
    run_command(app)
