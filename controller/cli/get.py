"""`twp get` and `twp top`: pools in a table, by name or by how late their tasks are."""

import time
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from controller.api.spec import GROUP, PLURAL
from controller.cli.completion import pool_names
from controller.cli.kube import (
    AllNamespaces,
    Connection,
    Context,
    Kube,
    Kubeconfig,
    Namespace,
    PoolRecord,
    with_cluster,
)
from controller.cli.output import Output, OutputFormat, as_json, as_yaml, listing, show, table
from controller.cli.pool_text import last_reconcile, oldest_seconds, readiness, replicas
from controller.scaling.text import duration

GET_EXAMPLE = "Example: twp get -A -o wide"
TOP_EXAMPLE = "Example: twp top -A"


def get(
    pools: Annotated[
        list[str] | None, typer.Argument(metavar="[POOL]...", help="Names; default: all.", autocompletion=pool_names)
    ] = None,
    output: Output = OutputFormat.TABLE,
    all_namespaces: AllNamespaces = False,
    namespace: Namespace = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
) -> None:
    """List pools, as kubectl get does; -o json and yaml print the objects, -o name only their names.

    Needs the permission to get or list temporalworkerpools, nothing else.
    """
    connection = Connection(kubeconfig, context, namespace, all_namespaces and not pools)
    everywhere = connection.all_namespaces
    found = with_cluster(connection, lambda kube: _read(kube, pools or []))
    typer.echo(rendered(found, output, time.time(), everywhere=everywhere, one=len(pools or []) == 1))


def top(
    output: Output = OutputFormat.TABLE,
    all_namespaces: AllNamespaces = False,
    namespace: Namespace = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
) -> None:
    """List the pools whose tasks wait longest for their objective first, then by backlog.

    OLDEST is how long the oldest task waits, LATE that as a share of objective.scheduleToStartSeconds: from 100% on it
    starts too late.

    Needs the permission to list temporalworkerpools, nothing else.
    """
    connection = Connection(kubeconfig, context, namespace, all_namespaces)
    read, now = with_cluster(connection, lambda kube: kube.pools()), time.time()
    found = sorted(read, key=lambda pool: lateness(pool, now), reverse=True)
    if output in {OutputFormat.TABLE, OutputFormat.WIDE}:
        header = ["NAME", "LATE", "OLDEST", "BACKLOG", "RUNNING", "REPLICAS", "REASON"]
        typer.echo(_table(header, found, [_top_row(pool, now) for pool in found], everywhere=all_namespaces))
    else:
        typer.echo(rendered(found, output, now, everywhere=all_namespaces, one=False))


async def _read(kube: Kube, names: Sequence[str]) -> list[PoolRecord]:
    return [await kube.pool(name) for name in names] if names else await kube.pools()


def rendered(pools: Sequence[PoolRecord], output: OutputFormat, now: float, *, everywhere: bool, one: bool) -> str:
    """As it is printed; `one` for a pool that was asked for by its name."""
    manifests: list[Mapping[str, Any]] = [pool.manifest for pool in pools]
    match output:
        case OutputFormat.NAME:
            return "\n".join(f"{PLURAL[:-1]}.{GROUP}/{pool.name}" for pool in pools)
        case OutputFormat.JSON:
            return as_json(manifests[0] if one else listing(manifests))
        case OutputFormat.YAML:
            return as_yaml(manifests[0] if one else listing(manifests))
        case OutputFormat.TABLE | OutputFormat.WIDE:
            pass
    wide = output == OutputFormat.WIDE
    header = ["NAME", "READY", "REASON", "REPLICAS", "BACKLOG", "OLDEST", "AGE"]
    header += ["TARGET", "MODE", "OBJECTIVE", "RUNNING", "RECONCILED"] if wide else []
    return _table(header, pools, [_row(pool, now, wide=wide) for pool in pools], everywhere=everywhere)


def lateness(pool: PoolRecord, now: float) -> tuple[float, int]:
    """What `top` sorts by: how long the oldest task waits for its objective, then the backlog."""
    oldest = oldest_seconds(pool, now) or 0
    return oldest / _objective_seconds(pool), pool.status.backlog or 0


def _objective_seconds(pool: PoolRecord) -> float:
    """Pools without an objective in seconds are compared as if it were a minute."""
    asked = pool.spec.objective.schedule_to_start_seconds if pool.spec else None
    return float(asked or 60)


def _top_row(pool: PoolRecord, now: float) -> list[str]:
    oldest = oldest_seconds(pool, now)
    has_objective = pool.spec is not None and pool.spec.objective.schedule_to_start_seconds is not None
    late = f"{100 * lateness(pool, now)[0]:.0f}%" if has_objective else None
    cells = [pool.name, show(late), _age(oldest), show(pool.status.backlog), _running(pool)]
    return [*cells, replicas(pool), readiness(pool, now).reason]


def _row(pool: PoolRecord, now: float, *, wide: bool) -> list[str]:
    found, created = readiness(pool, now), pool.metadata.creation_timestamp
    cells = [pool.name, found.status, found.reason, replicas(pool), show(pool.status.backlog)]
    cells += [_age(oldest_seconds(pool, now)), _age(None if created is None else now - created.timestamp())]
    return [*cells, *_wide(pool, now)] if wide else cells


def _wide(pool: PoolRecord, now: float) -> list[str]:
    reconciled = _age(None if (at := last_reconcile(pool)) is None else now - at)
    if pool.spec is None:
        return [*["-"] * 3, _running(pool), reconciled]
    asked = pool.spec.objective
    objective = f"{asked.schedule_to_start_seconds}s" if asked.schedule_to_start_seconds else None
    objective = objective or f"{asked.backlog_per_replica}/replica"
    return [pool.spec.scale_target_ref.name, str(pool.spec.mode), objective, _running(pool), reconciled]


def _running(pool: PoolRecord) -> str:
    in_flight = pool.status.in_flight
    return show(in_flight.slots_used if in_flight else None)


def _age(seconds: float | None) -> str:
    return show(None if seconds is None else duration(seconds))


def _table(header: list[str], pools: Sequence[PoolRecord], rows: list[list[str]], *, everywhere: bool) -> str:
    if not pools:
        return f"No TemporalWorkerPool was found{'' if everywhere else '; -A lists those of all namespaces'}."
    if everywhere:
        header = ["NAMESPACE", *header]
        rows = [[pool.namespace, *row] for pool, row in zip(pools, rows, strict=True)]
    return table(header, rows)
