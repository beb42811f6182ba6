"""`twp status`: one screen of what is there, what waits, whether the objective is met, and why this number."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import Annotated, Final

import typer

from controller.api.status import Condition, ScaleActionStatus
from controller.cli.completion import pool_names
from controller.cli.exit_status import ExitStatus
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
from controller.cli.output import Screen, show, table
from controller.cli.pool_text import (
    Readiness,
    decision_of,
    is_problem,
    last_reconcile,
    next_changes,
    not_checked,
    objective,
    oldest_seconds,
    open_conditions,
    queue_sentence,
    readiness,
    replicas,
    unreported_seconds,
    worst,
)
from controller.cli.times import Timeout, ago, seconds_from
from controller.scaling.text import duration

EXAMPLE = "Example: twp status orders -n prod --timeout 60s"

REFRESH_SECONDS: Final = 2.0
"""Between two reads while it waits or watches."""

LAST_ACTIONS: Final = 3
"""Scale actions that are shown."""

LABEL: Final = 12
"""Width of what a line begins with."""


def status(
    pool: Annotated[
        str | None, typer.Argument(help="Name of one pool; default: all pools, a line each.", autocompletion=pool_names)
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Show it again whenever it changes.")] = False,
    timeout: Timeout = None,
    all_namespaces: AllNamespaces = False,
    namespace: Namespace = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
) -> None:
    """Show what is there, what waits, whether the objective is met, and why a pool has its number of replicas.

    Ends with status 0 if all pools are ready, 1 if one is not, 3 if it is not known, for pipelines: after a change of
    the spec it is not known until the operator has reconciled it. With --timeout it waits until all are ready.

    Needs the permission to get or list temporalworkerpools, nothing else.
    """
    seconds = None if timeout is None else seconds_from("--timeout", timeout)
    connection = Connection(kubeconfig, context, namespace, all_namespaces and pool is None)
    found = with_cluster(connection, lambda kube: _until_done(kube, pool, watch=watch, seconds=seconds))
    raise typer.Exit(found)


async def _until_done(kube: Kube, name: str | None, *, watch: bool, seconds: float | None) -> ExitStatus:
    """Shows it once; with `watch` at each change, and with a timeout until all is ready or the time is over."""
    end = None if seconds is None else time.monotonic() + seconds
    shown = ""
    while True:
        pools = [await kube.pool(name)] if name else await kube.pools()
        now = time.time()
        found = exit_status(pools, now)
        over = not watch and (end is None or found == ExitStatus.OK)
        over = over or (end is not None and time.monotonic() >= end)
        text = screen_of(pools, now, Screen.of(), one=name is not None, everywhere=kube.namespace is None)
        if (watch or over) and text != shown:
            _show(text, again=bool(shown))
            shown = text
        if over:
            return found
        await asyncio.sleep(REFRESH_SECONDS)


def _show(text: str, *, again: bool) -> None:
    """At a terminal in place of what was there; in a pipe below it."""
    screen = Screen.of()
    if screen.width is not None and again:
        typer.echo("\033[H\033[2J", nl=False)
    elif again:
        typer.echo()
    typer.echo(text)


def exit_status(pools: Sequence[PoolRecord], now: float) -> ExitStatus:
    """Of all pools together; there has to be one."""
    if not pools:
        return ExitStatus.NOT_FOUND
    return worst(readiness(pool, now).exit_status for pool in pools)


def screen_of(pools: Sequence[PoolRecord], now: float, screen: Screen, *, one: bool, everywhere: bool = False) -> str:
    """The whole text: one pool in full, or a line for each and a paragraph for those that are not ready."""
    if one:
        return "\n".join(line for pool in pools for line in of_pool(pool, now, screen))
    if not pools:
        hint = "" if everywhere else "; -A shows those of all namespaces"
        return f"No TemporalWorkerPool was found{hint}."
    return "\n".join(of_pools(pools, now, screen, everywhere=everywhere))


def of_pools(pools: Sequence[PoolRecord], now: float, screen: Screen, *, everywhere: bool) -> Iterator[str]:
    """A line for each pool, and below why those are not ready that are not."""
    header = ["NAME", "READY", "REASON", "REPLICAS", "BACKLOG", "OLDEST", "OBJECTIVE"]
    yield table(["NAMESPACE", *header] if everywhere else header, [_row(pool, now, everywhere) for pool in pools])
    for pool in pools:
        found = readiness(pool, now)
        if found.exit_status != ExitStatus.OK:
            name = f"{pool.namespace}/{pool.name}"
            yield ""
            yield screen.paragraph(f"{found.reason}: {found.message}", "  ", f"{_coloured(screen, found, name)}  ")


def _row(pool: PoolRecord, now: float, everywhere: bool) -> list[str]:
    found, oldest, met = readiness(pool, now), oldest_seconds(pool, now), pool.status.objective
    attained = met.attained_percent if met else None
    cells = [pool.name, found.status, found.reason, replicas(pool), show(pool.status.backlog)]
    cells += [show(None if oldest is None else duration(oldest)), show(None if attained is None else f"{attained:g}%")]
    return [pool.namespace, *cells] if everywhere else cells


def of_pool(pool: PoolRecord, now: float, screen: Screen) -> Iterator[str]:
    """One pool: each line says one thing, the most urgent first."""
    found = readiness(pool, now)
    head = f"{pool.namespace}/{pool.name}  Ready {found.status}  {found.reason}"
    yield _coloured(screen, found, head)
    yield screen.paragraph(found.message, "  ")
    yield ""
    yield from (_line(screen, label, text) for label, text in _facts(pool, now))
    problems = [each for each in open_conditions(pool) if (each.reason, each.message) != (found.reason, found.message)]
    unchecked = not_checked(pool)
    if problems or unchecked:
        yield ""
        yield screen.heading("Conditions")
    yield from (_condition(condition, found, now, screen) for condition in problems)
    if unchecked:
        yield screen.paragraph(f"Not checked: {', '.join(unchecked)}", "    ", "  ")


def _facts(pool: PoolRecord, now: float) -> Iterator[tuple[str, str]]:
    """What is there, what waits, the objective, the last decision, what would change it, and the last scale actions."""
    yield "Replicas", _replicas(pool)
    for queue in pool.status.task_queues:
        for task in queue.tasks:
            yield "Tasks", queue_sentence(queue.name, task)
    yield "Objective", objective(pool)
    last = pool.status.last_decision
    if last is not None and last.steps:
        step = decision_of(last).deciding_step
        yield "Decision", f"{ago(last.time.timestamp(), now)}, {step.rule}/{step.reason}: {step.message}"
    yield from (("Next", change.text) for change in next_changes(pool, now))
    for action in reversed(pool.status.scale_actions[-LAST_ACTIONS:]):
        yield "Scaled", scaled(action, now)
    reconciled = last_reconcile(pool)
    if reconciled is not None:
        by = pool.status.operator
        named = f" by {by.identity}, version {by.version}" if by else ""
        is_late = unreported_seconds(pool, now) is not None
        when = ago(reconciled, now) if is_late else f"within the last {duration(now - reconciled)}"
        yield "Reconciled", f"{when}{named}"


def _replicas(pool: PoolRecord) -> str:
    status, spec = pool.status, pool.spec
    numbers = [f"{show(status.ready_replicas)} ready", f"{show(status.replicas)} requested"]
    numbers.append(f"{show(status.desired_replicas)} desired")
    if spec is None:
        return ", ".join(numbers)
    return f"{', '.join(numbers)} (min {spec.min_replicas}, max {spec.max_replicas}) of {spec.scale_target_ref.name}"


def scaled(action: ScaleActionStatus, now: float) -> str:
    """One scale action in a line."""
    by = f" by {action.by}" if action.by else ""
    return f"{ago(action.time.timestamp(), now)}, {action.from_} → {action.to}{by}, {action.reason}: {action.message}"


def _line(screen: Screen, label: str, text: str) -> str:
    indent = " " * LABEL
    return screen.paragraph(text, indent, f"{label:<{LABEL}}")


def _condition(condition: Condition, found: Readiness, now: float, screen: Screen) -> str:
    since = ago(condition.last_transition_time.timestamp(), now)
    head = f"  {condition.type} {condition.status}, {condition.reason}, {since}"
    paint = screen.bad if is_problem(condition) else screen.open
    if condition.message == found.message:
        return paint(head)
    return f"{paint(head)}\n{screen.paragraph(condition.message, '    ')}"


def _coloured(screen: Screen, found: Readiness, text: str) -> str:
    match found.exit_status:
        case ExitStatus.OK:
            return screen.good(text)
        case ExitStatus.NO:
            return screen.bad(text)
        case _:
            return screen.open(text)
