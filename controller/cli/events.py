"""`twp events`: the Events of a pool and of its Deployment."""

import time
from typing import Annotated

import typer

from controller.api.model import written
from controller.cli.completion import pool_names
from controller.cli.kube import (
    Connection,
    Context,
    EventRecord,
    Kube,
    Kubeconfig,
    Namespace,
    PoolRecord,
    with_cluster,
)
from controller.cli.output import Output, OutputFormat, Screen, as_json, as_yaml, table
from controller.cli.times import ago

EXAMPLE = "Example: twp events orders -o json"


def events(
    pool: Annotated[str, typer.Argument(help="Name of the TemporalWorkerPool.", autocompletion=pool_names)],
    output: Output = OutputFormat.TABLE,
    namespace: Namespace = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
) -> None:
    """Show the Events of a pool and of its Deployment, oldest first.

    Needs the permission to get temporalworkerpools and to list events.
    """
    connection = Connection(kubeconfig, context, namespace)
    typer.echo(rendered(with_cluster(connection, lambda kube: _read(kube, pool)), output, time.time()))


async def _read(kube: Kube, name: str) -> list[EventRecord]:
    pool = await kube.pool(name)
    found = await kube.events_of(pool) + await _of_deployment(kube, pool)
    return sorted(found, key=lambda event: event.at)


async def _of_deployment(kube: Kube, pool: PoolRecord) -> list[EventRecord]:
    if pool.spec is None:
        return []
    return await kube.events(pool.namespace, kind="Deployment", name=pool.spec.scale_target_ref.name)


def rendered(found: list[EventRecord], output: OutputFormat, now: float) -> str:
    """As it is printed."""
    records = [
        {
            "time": written(event.at),
            "type": event.type,
            "reason": event.reason,
            "object": event.regarding,
            "count": event.count,
            "message": event.message,
            "by": event.by,
            "facts": dict(event.facts),
        }
        for event in found
    ]
    match output:
        case OutputFormat.JSON:
            return as_json(records)
        case OutputFormat.YAML:
            return as_yaml(records)
        case OutputFormat.NAME:
            return "\n".join(event.reason for event in found)
        case OutputFormat.TABLE | OutputFormat.WIDE:
            pass
    if not found:
        return "No Events: the API server keeps them for an hour, unless its --event-ttl says otherwise."
    wide = output == OutputFormat.WIDE
    header = ["AGO", "TYPE", "REASON", "OBJECT", *(["BY", "COUNT"] if wide else []), "MESSAGE"]
    return table(header, [_row(event, now, wide=wide) for event in found], Screen.of())


def _row(event: EventRecord, now: float, *, wide: bool) -> list[str]:
    more = [event.by, str(event.count)] if wide else []
    return [ago(event.at, now), event.type, event.reason, event.regarding, *more, " ".join(event.message.split())]
