"""`twp operator run`: the operator as a process."""

import asyncio
import logging
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from controller.cluster.errors import ClusterError
from controller.operator.run import run as run_operator
from controller.operator.settings import Settings
from controller.telemetry.logs import LogFormat, configure
from controller.temporal.budget import DEFAULT_READS_PER_SECOND

app = typer.Typer(help="The operator itself.", no_args_is_help=True)


class Level(StrEnum):
    """Levels of the log."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@app.command(
    epilog="Example: twp operator run --namespace prod --kubeconfig ~/.kube/config --http-port 0",
)
def run(
    namespace: Annotated[
        str | None, typer.Option("--namespace", "-n", help="Scale only the pools of this namespace; default: of all.")
    ] = None,
    kubeconfig: Annotated[
        Path | None,
        typer.Option(help="Kubeconfig file; default: $KUBECONFIG, the pod's service account, ~/.kube/config."),
    ] = None,
    context: Annotated[str | None, typer.Option(help="Context of the kubeconfig; default: its current one.")] = None,
    http_host: Annotated[str, typer.Option(help="Address of /metrics, /healthz and /readyz.")] = "0.0.0.0",  # noqa: S104 - probes and Prometheus come from outside the pod
    http_port: Annotated[int, typer.Option(help="Their port; 0 takes a free one.", min=0, max=65_535)] = 8080,
    temporal_reads_per_second: Annotated[
        float,
        typer.Option(help="Requests a second to one Temporal namespace, all its pools together.", min=1, max=10_000),
    ] = DEFAULT_READS_PER_SECOND,
    log_format: Annotated[LogFormat, typer.Option(help="auto is text at a terminal, json otherwise.")] = LogFormat.AUTO,
    log_level: Annotated[
        Level, typer.Option(help="debug also shows every decision that changes nothing.")
    ] = Level.INFO,
) -> None:
    """Watch the TemporalWorkerPools of a cluster and scale their Deployments, until SIGTERM or Ctrl-C.

    Ends with status 0 after a signal, and with 1 and one line on standard error if the cluster, the CRD or a
    permission is missing.
    """
    configure(log_format, log_level.upper())
    settings = Settings(
        namespace, kubeconfig, context, http_host, http_port, temporal_reads_per_second=temporal_reads_per_second
    )
    try:
        asyncio.run(run_operator(settings))
    except asyncio.CancelledError:
        _leave(0)
    except (ClusterError, OSError) as error:
        typer.echo(f"twp: {error}", err=True)
        _leave(1)
    _leave(0)


def _leave(status: int) -> NoReturn:
    """End the process without the interpreter's tidying up.

    A Temporal request that was cancelled just before can hang it for ever: temporalio's native threads then wait for
    an interpreter that waits for them (seen with temporalio 1.35).
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
