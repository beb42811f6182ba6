"""`twp explain`: a decision as a story, of now or of an earlier time."""

import time
from pathlib import Path
from typing import Annotated

import typer

from controller.api.model import written
from controller.cli import past
from controller.cli.commands import CliError
from controller.cli.completion import pool_names
from controller.cli.exit_status import ExitStatus
from controller.cli.history import Entry, timeline
from controller.cli.kube import (
    Connection,
    Context,
    Kube,
    Kubeconfig,
    Namespace,
    NotAllowed,
    PoolRecord,
    if_allowed,
    with_cluster,
)
from controller.cli.output import Output, OutputFormat, Screen, as_json, as_yaml, show
from controller.cli.pool_text import decision_of, in_the_way, limits, next_changes, queue_sentence, readiness
from controller.cli.story import Story, as_record, lines_of
from controller.cli.times import moment_from
from controller.scaling.text import counted

EXAMPLE = "Example: twp explain orders --at 02:17"

AROUND_SECONDS = 600.0
"""What happened so long before an earlier decision belongs to its story."""


def explain(
    pool: Annotated[str, typer.Argument(help="Name of the TemporalWorkerPool.", autocompletion=pool_names)],
    at: Annotated[
        str | None, typer.Option("--at", help="An earlier time: 02:17, 20m (ago), or a time in RFC 3339.")
    ] = None,
    operator_url: past.OperatorUrl = None,
    recording: Annotated[
        Path | None, typer.Option(help="Folder or file of `twp operator run --record`; likewise.", exists=True)
    ] = None,
    output: Output = OutputFormat.TABLE,
    namespace: Namespace = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
) -> None:
    """Explain the last decision: what was read, each step that mattered with its numbers, and what would change it.

    With --at it explains the number of an earlier time. Status and Events know an hour at least: who set the number and
    the step that decided. The operator's page and recordings know every step.

    Needs the permission to get temporalworkerpools; with --at also to list events, or it says what it leaves out.
    """
    now = time.time()
    moment = None if at is None else moment_from("--at", at, now)
    connection = Connection(kubeconfig, context, namespace)
    story = with_cluster(connection, lambda kube: _story(kube, pool, moment, operator_url, recording))
    match output:
        case OutputFormat.JSON:
            typer.echo(as_json(as_record(story)))
        case OutputFormat.YAML:
            typer.echo(as_yaml(as_record(story)))
        case _:
            every_step = output == OutputFormat.WIDE
            typer.echo("\n".join(lines_of(story, now, Screen.of(), every_step=every_step)))


async def _story(kube: Kube, name: str, at: float | None, url: str | None, recording: Path | None) -> Story:
    pool = await kube.pool(name)
    last = pool.status.last_decision
    if at is None or (last and last.time.timestamp() <= at and not (url or recording)):
        return of_now(pool, time.time())
    whole = f"{pool.namespace}/{pool.name}"
    if recording:
        return past.from_recording(recording, whole, at)
    if url:
        return await past.from_operator(url, whole, at)
    events = await if_allowed("Events", kube.events_of(pool))
    return of_then(pool, timeline(pool, () if isinstance(events, NotAllowed) else events), at, events)


def of_now(pool: PoolRecord, now: float) -> Story:
    """The last decision, by status.

    Raises:
        CliError: There is none.
    """
    last = pool.status.last_decision
    if last is None or not last.steps:
        found = readiness(pool, now)
        raise CliError(f"no decision yet: {found.reason}: {found.message}", ExitStatus.UNKNOWN)
    status = pool.status
    readings = [queue_sentence(queue.name, task) for queue in status.task_queues for task in queue.tasks]
    readings.append(f"{_requested(status.replicas)} requested, {show(status.ready_replicas)} ready")
    if status.start_up:
        readings.append(f"A replica takes {status.start_up.seconds} s to start (mean of {status.start_up.starts})")
    decision = decision_of(last)
    return Story(
        f"{pool.namespace}/{pool.name}",
        last.time.timestamp(),
        decision,
        tuple(readings),
        changes=tuple(change.text for change in (*next_changes(pool, now), *limits(decision))),
        trouble=tuple(in_the_way(pool, now)),
    )


def _requested(replicas: int | None) -> str:
    return show(None) if replicas is None else counted(replicas, "replica")


def of_then(pool: PoolRecord, entries: list[Entry], at: float, events: object = None) -> Story:
    """The number of an earlier time, by the scale actions of status, with what happened around it.

    Raises:
        CliError: Status does not reach back to that time.
    """
    story = past.from_status(pool, at)
    if story is None:
        since = past.known_since(pool)
        known = f"status knows scale actions since {written(since)}" if since else "status knows no scale action"
        hint = "ask the operator's page (--operator-url) or a recording (--recording)"
        raise CliError(f"the number of {written(at)} is not known: {known}; {hint}", ExitStatus.NOT_FOUND)
    around = [entry for entry in entries if story.decided_at - AROUND_SECONDS <= entry.at <= at]
    happened = tuple(f"{written(entry.at)} {entry.what}: {entry.why}" for entry in around)
    denied = (events.message,) if isinstance(events, NotAllowed) else ()
    return Story(
        story.pool,
        story.decided_at,
        story.decision,
        happened=happened,
        notes=(*story.notes, *denied),
    )
