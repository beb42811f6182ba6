"""`twp history`: scale actions and transitions of conditions on one time line, with who and why."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Final

import typer

from controller.api.event_reasons import CONDITION, TO_REASON, TO_REPLICAS, TO_STATUS
from controller.api.model import written
from controller.api.status import ScaleActionStatus
from controller.cli.completion import pool_names
from controller.cli.kube import (
    Connection,
    Context,
    EventRecord,
    Kube,
    Kubeconfig,
    Namespace,
    NotAllowed,
    PoolRecord,
    if_allowed,
    with_cluster,
)
from controller.cli.output import Output, OutputFormat, Screen, as_json, as_yaml, table
from controller.cli.times import seconds_from

EXAMPLE = "Example: twp history orders --since 30m"

SAME_SECONDS: Final = 60.0
"""An Event about a scale action that status has is written within this time; the action alone is shown."""

OPERATOR: Final = "operator"


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened to a pool."""

    at: float
    what: str
    """Such as `Scaled 3 → 5` or `WorkersPolling False NotPolling`."""
    who: str
    """`operator`, or the field manager that made it."""
    why: str
    since: float | None = None
    """When the first of several changes was made; `None` for one."""


def history(
    pool: Annotated[str, typer.Argument(help="Name of the TemporalWorkerPool.", autocompletion=pool_names)],
    since: Annotated[str, typer.Option(help="How far back, such as 30m or 6h.")] = "1h",
    output: Output = OutputFormat.TABLE,
    namespace: Namespace = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
) -> None:
    """Show what happened to a pool, oldest first: scale actions and transitions of conditions, with who and why.

    Scale actions are those of the pool's status, which has those of an hour at least. Transitions are Events, which the
    API server keeps for an hour, unless its --event-ttl says otherwise.

    Needs the permission to get temporalworkerpools, and to list events, or it says that it leaves them out.
    """
    now, seconds = time.time(), seconds_from("--since", since)
    connection = Connection(kubeconfig, context, namespace)
    found, events = with_cluster(connection, lambda kube: _read(kube, pool))
    known = () if isinstance(events, NotAllowed) else events
    entries = [entry for entry in timeline(found, known) if entry.at >= now - seconds]
    typer.echo(rendered(entries, output, since))
    if isinstance(events, NotAllowed):
        typer.echo(f"twp: {events.message}", err=True)


async def _read(kube: Kube, name: str) -> tuple[PoolRecord, list[EventRecord] | NotAllowed]:
    pool = await kube.pool(name)
    return pool, await if_allowed("Events", kube.events_of(pool))


def timeline(pool: PoolRecord, events: Iterable[EventRecord]) -> list[Entry]:
    """Scale actions and Events of a pool, oldest first, each thing once."""
    actions = [_of_action(action) for action in pool.status.scale_actions]
    scaled = [(action.time.timestamp(), action.to) for action in pool.status.scale_actions]
    return sorted([*actions, *_of_events(events, scaled)], key=lambda entry: entry.at)


def rendered(entries: list[Entry], output: OutputFormat, since: str) -> str:
    """As it is printed."""
    match output:
        case OutputFormat.JSON:
            return as_json([_record(entry) for entry in entries])
        case OutputFormat.YAML:
            return as_yaml([_record(entry) for entry in entries])
        case OutputFormat.NAME:
            return "\n".join(f"{written(entry.at)} {entry.what}" for entry in entries)
        case OutputFormat.TABLE | OutputFormat.WIDE:
            pass
    if not entries:
        return f"Nothing happened in the last {since}."
    rows = [[written(entry.at), entry.what, entry.who, entry.why] for entry in entries]
    return table(["TIME", "WHAT", "WHO", "WHY"], rows, Screen.of())


def _record(entry: Entry) -> dict[str, Any]:
    since = {} if entry.since is None else {"since": written(entry.since)}
    return {"time": written(entry.at), **since, "what": entry.what, "who": entry.who, "why": entry.why}


def _of_action(action: ScaleActionStatus) -> Entry:
    what = f"Scaled {action.from_} → {action.to}"
    if action.first_time is not None:
        what += f" ({action.count} changes)"
    since = action.first_time.timestamp() if action.first_time else None
    return Entry(action.time.timestamp(), what, action.by or OPERATOR, f"{action.reason}: {action.message}", since)


def _of_events(events: Iterable[EventRecord], scaled: list[tuple[float, int]]) -> Iterator[Entry]:
    for event in events:
        to = event.facts.get(TO_REPLICAS)
        if any(str(replicas) == to and abs(event.at - at) <= SAME_SECONDS for at, replicas in scaled):
            continue
        who = OPERATOR if event.by.endswith("/operator") else event.by
        yield Entry(event.at, _what(event), who, event.message)


def _what(event: EventRecord) -> str:
    """A transition by its facts; else the reason of the Event."""
    condition, facts = event.facts.get(CONDITION), event.facts
    if condition is None:
        return event.reason
    return f"{condition} {facts.get(TO_STATUS, '')} {facts.get(TO_REASON, event.reason)}"
