"""The command that starts a burst, for each of the applications."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Annotated

import typer
from temporalio.client import Client
from temporalio.service import RPCError

from examples.burst.result import BurstPlan, BurstProgress, BurstResult
from examples.burst.run import run_burst
from examples.process import leave
from examples.work import Batch
from examples.worker.settings import DEFAULT_TEMPORAL_HOST, DEFAULT_TEMPORAL_NAMESPACE

if TYPE_CHECKING:
    from examples.burst.run import BurstTarget

SECONDS_BETWEEN_LINES = 2.0
FAILURES_SHOWN = 5


def start_command(target: BurstTarget, *, description: str, module: str) -> typer.Typer:
    """Make the command line of an application's starter.

    Args:
        target: Which workflow, on which task queue.
        description: One sentence for `--help`.
        module: Module that is started with `python -m`, for the example of `--help`.
    """
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    example = f"Example: python -m {module} --workflows 20 --activities 15 --activity-seconds 2"

    @app.command(help=f"{description} Exit status 1 unless all workflows complete.", epilog=example)
    def start(  # noqa: PLR0913 -- one parameter an option
        *,
        workflows: Annotated[int, typer.Option(min=1, help="Workflows to start.")] = 20,
        activities: Annotated[int, typer.Option(min=1, help="Activities of each workflow.")] = 15,
        activity_seconds: Annotated[float, typer.Option(min=0, help="Duration of each activity.")] = 2.0,
        timeout_seconds: Annotated[float, typer.Option(min=0, help="How long to wait for all of them.")] = 600.0,
        temporal_host: Annotated[str, typer.Option(envvar="TEMPORAL_HOST")] = DEFAULT_TEMPORAL_HOST,
        temporal_namespace: Annotated[str, typer.Option(envvar="TEMPORAL_NAMESPACE")] = DEFAULT_TEMPORAL_NAMESPACE,
    ) -> None:
        plan = BurstPlan(workflows, Batch(activities, activity_seconds), timeout_seconds)
        typer.echo(
            f"Starting {workflows} workflows with {activities} activities of {activity_seconds:g} s each "
            f"on task queue {target.task_queue}"
        )
        leave(_run_and_report(temporal_host, temporal_namespace, target, plan))

    return app


def _run_and_report(host: str, namespace: str, target: BurstTarget, plan: BurstPlan) -> int:
    """Run a burst, print its result, and return the exit status."""
    try:
        result = asyncio.run(_connect_and_run(host, namespace, target, plan))
    except (RuntimeError, ValueError) as error:
        typer.echo(f"error: Temporal at {host} can't be reached: {error}", err=True)
        return 1
    except RPCError as error:
        typer.echo(f"error: Temporal at {host} refused the request in namespace {namespace}: {error}", err=True)
        return 1
    except KeyboardInterrupt:
        typer.echo("interrupted: workflows that were started keep running", err=True)
        return 130
    _print_summary(result)
    return 0 if result.succeeded else 1


async def _connect_and_run(host: str, namespace: str, target: BurstTarget, plan: BurstPlan) -> BurstResult:
    client = await Client.connect(host, namespace=namespace)
    return await run_burst(client, target, plan, _ProgressLines())


class _ProgressLines:
    """Prints a line when enough time has passed since the last one."""

    def __init__(self) -> None:
        self._began = self._printed = time.monotonic()

    def __call__(self, progress: BurstProgress) -> None:
        now = time.monotonic()
        if now - self._printed >= SECONDS_BETWEEN_LINES:
            self._printed = now
            typer.echo(
                f"{now - self._began:5.0f} s  {progress.started} started, "
                f"{progress.completed} completed, {progress.failed} failed"
            )


def _print_summary(result: BurstResult) -> None:
    typer.echo(
        f"{result.completed} of {result.plan.workflows} workflows completed in {result.duration_seconds:.1f} s, "
        f"{len(result.failures)} failed, {result.unfinished} unfinished"
    )
    typer.echo(f"{len(result.reports)} of {result.plan.activities} activities done, {result.retried} retried")
    median, high = result.wait_seconds(0.5), result.wait_seconds(0.95)
    if median is not None and high is not None:
        typer.echo(f"Wait for a worker: p50 {median:.1f} s, p95 {high:.1f} s")
    for failure in result.failures[:FAILURES_SHOWN]:
        typer.echo(f"failed: {failure}", err=True)
    if result.unfinished:
        typer.echo(
            f"{result.unfinished} workflows were unfinished after {result.plan.timeout_seconds:g} s and keep running: "
            "are there workers on their task queues?",
            err=True,
        )
