"""`twp operator run`: the operator as a process."""

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, NoReturn

import structlog
import typer

from controller.cluster.errors import ClusterError
from controller.operator.ending import Ending
from controller.operator.settings import Settings
from controller.telemetry.logs import LogFormat, are_json, configure
from controller.temporal.budget import DEFAULT_READS_PER_SECOND

log = structlog.get_logger()

FLUSH_SECONDS: Final = 3.0
"""How long writing the last lines may take, such as into a pipe without a reader."""

app = typer.Typer(help="The operator itself.", no_args_is_help=True)


async def run_operator(settings: Settings, ending: Ending) -> None:
    """Runs the operator; its imports take most of the time in which any other command answers."""
    from controller.operator.main import run as run_all  # noqa: PLC0415
    from controller.temporal.core_logs import forward_core_logs  # noqa: PLC0415

    forward_core_logs()
    await run_all(settings, ending)


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
        list[str] | None,
        typer.Option(
            "--namespace", "-n", help="Scale only the pools of this namespace, or of each one given; default: of all."
        ),
    ] = None,
    kubeconfig: Annotated[
        Path | None,
        typer.Option(help="Kubeconfig file; default: $KUBECONFIG, the pod's service account, ~/.kube/config."),
    ] = None,
    context: Annotated[str | None, typer.Option(help="Context of the kubeconfig; default: its current one.")] = None,
    http_host: Annotated[str, typer.Option(help="Address of /metrics, /healthz and /readyz.")] = "0.0.0.0",  # noqa: S104 - probes and Prometheus come from outside the pod
    http_port: Annotated[int, typer.Option(help="Their port; 0 takes a free one.", min=0, max=65_535)] = 8080,
    page_port: Annotated[
        int | None,
        typer.Option(
            help="Port of the page, which shows all pools and their last hours; 0 takes a free one. Default: no page.",
            min=0,
            max=65_535,
            envvar="TWP_PAGE_PORT",
        ),
    ] = None,
    page_host: Annotated[
        str, typer.Option(help="Address of the page. Whoever reaches it can read it: it asks for no password.")
    ] = "127.0.0.1",
    temporal_reads_per_second: Annotated[
        float,
        typer.Option(help="Requests per second to one Temporal namespace, all its pools together.", min=1, max=10_000),
    ] = DEFAULT_READS_PER_SECOND,
    leader_elect: Annotated[
        bool, typer.Option(help="Only the replica that holds the Lease scales; the others stand by.")
    ] = True,
    lease_namespace: Annotated[
        str | None, typer.Option(help="Namespace of the Lease; default: the operator's own, or the context's.")
    ] = None,
    target_label: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE", help="Scale only Deployments with this label, or with each one given; default: all."
        ),
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option(
            help="Folder for recordings of observations and decisions (`twp replay`); at most 32 MiB per pool.",
            file_okay=False,
            envvar="TWP_RECORD",
        ),
    ] = None,
    log_format: Annotated[LogFormat, typer.Option(help="auto is text at a terminal, json otherwise.")] = LogFormat.AUTO,
    log_level: Annotated[Level, typer.Option(help="debug also logs decisions that change nothing.")] = Level.INFO,
) -> None:
    """Watch the TemporalWorkerPools of a cluster and scale their Deployments, until SIGTERM or Ctrl-C.

    Ends with status 0 after a signal, and with 1 and one line on standard error if the cluster, the CRD or a
    permission is missing. However it ends, the process exits within seconds.
    """
    configure(log_format, log_level.upper())
    settings = Settings(
        tuple(dict.fromkeys(namespace or ())),
        kubeconfig,
        context,
        http_host,
        http_port,
        page_host,
        page_port,
        temporal_reads_per_second=temporal_reads_per_second,
        leader_elect=leader_elect,
        lease_namespace=lease_namespace,
        target_labels=_labels(target_label or ()),
        record=record,
    )
    try:
        # Not `asyncio.run`: it waits for every task and thread, also for those that never end.
        asyncio.Runner().run(run_operator(settings, Ending(_leave)))
    except BaseException as error:  # noqa: BLE001 - whatever it is, the process ends
        _leave(error)
    _leave(None)


def _labels(given: Iterable[str]) -> dict[str, str]:
    """The labels of `--target-label`.

    Raises:
        typer.BadParameter: One is not KEY=VALUE.
    """
    pairs = {each: each.partition("=") for each in given}
    for each, (key, equals, _) in pairs.items():
        if not (key and equals):
            raise typer.BadParameter(f"--target-label {each}: give KEY=VALUE, such as workerpools.dev/target=true.")
    return {key: value for key, _, value in pairs.values()}


def _leave(error: BaseException | None) -> NoReturn:
    """Ends the process without the interpreter's tidying up.

    A Temporal request that was cancelled just before can hang it for ever: temporalio's native threads then wait for
    an interpreter that waits for them (seen with temporalio 1.35). So can any thread that is not a daemon.
    """
    status = _status(error)
    timer = threading.Timer(FLUSH_SECONDS, os._exit, [status])
    timer.daemon = True
    timer.start()
    with suppress(Exception):
        _report(error)
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


def _status(error: BaseException | None) -> int:
    """The exit status: 0 after a signal, 1 after anything that went wrong."""
    return 0 if error is None or isinstance(error, asyncio.CancelledError | KeyboardInterrupt) else 1


def _report(error: BaseException | None) -> None:
    """What ended the process: one line where the user can fix it, else with its traceback."""
    if isinstance(error, ClusterError | OSError):
        if are_json():
            log.critical("operator_failed", error=str(error))
        else:
            typer.echo(f"twp: {error}", err=True)
    elif error is not None and _status(error):
        log.critical("operator_failed", error=str(error), exc_info=error)
