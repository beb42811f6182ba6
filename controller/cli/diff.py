"""`twp diff`: what would be decided now with another manifest of a pool, by the very decision of the operator."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Annotated, Any

import typer

from controller.api.model import written
from controller.api.spec import TemporalWorkerPoolSpec
from controller.cli.commands import CliError
from controller.cli.exit_status import ExitStatus
from controller.cli.kube import Namespace
from controller.cli.manifests import Manifest
from controller.cli.output import as_json
from controller.cli.past import last_of_operator
from controller.cli.validate import pool_manifest, spec_of
from controller.scaling.decide import decide
from controller.scaling.decision import Decision, Situation, Step
from controller.scaling.recording import RecordingError, Replayed, essence, replay
from controller.simulator.pool import PoolError

EXAMPLE = "Example: twp diff -f pool.yaml --operator-url http://localhost:8081"


@dataclass(frozen=True, slots=True)
class Difference:
    """The same moment, decided on with two specs."""

    pool: str
    situation: Situation
    """Of the running pool."""
    then: Decision
    """With the running spec."""
    now: Decision
    """With the other one."""
    spec: TemporalWorkerPoolSpec
    """The other one."""

    @property
    def is_none(self) -> bool:
        """Whether every step comes to the same."""
        return essence(self.then) == essence(self.now)


def diff(
    file: Annotated[
        Path, typer.Option("--file", "-f", help="Manifest of the pool as it is to be; - is standard input.")
    ],
    operator_url: Annotated[
        str | None,
        typer.Option("--operator-url", help="The operator's page, such as http://localhost:8081 (see twp dashboard)."),
    ] = None,
    recording: Annotated[
        Path | None,
        typer.Option(
            "--recording", help="Recording of the pool, or its folder (operator run --record): its last line."
        ),
    ] = None,
    namespace: Namespace = None,
    as_object: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what would be decided now with this manifest in place of the running one.

    Decides on the last situation of the running pool, from the operator's page or from a recording: what was read and
    what was learned, with the other spec. Shows the fields that differ, the desired replicas with both, and each step
    that differs. Nothing is changed, and what the other replicas would change in turn is not simulated.

    Ends with status 0 if every step comes to the same, with 1 if one differs, and with another one on an error.
    """
    if (operator_url is None) == (recording is None):
        message = "give --operator-url or --recording: what is decided on must come from the running pool"
        raise CliError(message, ExitStatus.USAGE)
    try:
        manifest = pool_manifest(file)
    except PoolError as error:
        raise CliError(str(error), ExitStatus.USAGE) from error
    name = _name(manifest, namespace)
    last = _from_recording(recording, name) if recording else asyncio.run(last_of_operator(operator_url or "", name))
    found = compared(name, last.situation, spec_of(manifest))
    typer.echo(as_json(_as_object(found)) if as_object else "\n".join(text(found)))
    raise typer.Exit(ExitStatus.OK if found.is_none else ExitStatus.NO)


def compared(pool: str, situation: Situation, spec: TemporalWorkerPoolSpec) -> Difference:
    """Decides on a situation by its own spec and by another one."""
    seen = situation.observation, situation.memory, situation.now, situation.overrides
    return Difference(pool, situation, decide(situation.spec, *seen), decide(spec, *seen), spec)


def text(found: Difference) -> Iterator[str]:
    """The difference for people: fields, replicas, steps, and what is not seen by it."""
    then, now = found.then.desired_replicas, found.now.desired_replicas
    yield f"{found.pool}, decided on what was read at {written(found.situation.now)}:"
    for path, (before, after) in fields(found).items():
        yield f"  spec.{path}: {_shown(before)} → {_shown(after)}"
    if found.is_none:
        yield f"No step differs: {then} replicas with both."
        return
    current = found.situation.observation.replicas
    yield f"Desired replicas: {then} with the running spec, {now} with this one ({current} now)."
    for sign, step in steps(found):
        yield f"{sign} {step.replicas_before} → {step.replicas_after}  {step.rule}/{step.reason}: {step.message}"
    yield from (f"Note: {note}" for note in notes(found))


def fields(found: Difference) -> dict[str, tuple[Any, Any]]:
    """The fields of the spec that differ, with both values."""
    before, after = (dict(_leaves(spec.to_manifest())) for spec in (found.situation.spec, found.spec))
    paths = [*before, *(path for path in after if path not in before)]
    return {path: (before.get(path), after.get(path)) for path in paths if before.get(path) != after.get(path)}


def steps(found: Difference) -> Iterator[tuple[str, Step]]:
    """The steps that differ, in their order: those of the running spec with -, those of the other one with +."""
    before, after = found.then.steps, found.now.steps
    matcher = SequenceMatcher(None, essence(found.then), essence(found.now), autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "equal":
            yield from (("-", step) for step in before[a:b])
            yield from (("+", step) for step in after[c:d])


def notes(found: Difference) -> Iterator[str]:
    """What differs between the specs and is not in what was read."""
    running, other = found.situation.spec, found.spec
    read = {(queue.name, task.type) for queue in running.task_queues for task in queue.tasks}
    new = [f"{q.name}/{t.type}" for q in other.task_queues for t in q.tasks if (q.name, t.type) not in read]
    if new:
        yield f"{', '.join(new)} was not read: it counts as nothing here."
    if running.scale_target_ref != other.scale_target_ref:
        yield "the replicas and pods are those of the running target."
    slots = [
        [(queue.name, task.type, task.slots) for queue in spec.task_queues for task in queue.tasks]
        for spec in (running, other)
    ]
    if slots[0] != slots[1]:
        yield "the slots are those of the running pods."


def _as_object(found: Difference) -> Mapping[str, Any]:
    return {
        "pool": found.pool,
        "time": written(found.situation.now),
        "fields": {path: list(values) for path, values in fields(found).items()},
        "desired": [found.then.desired_replicas, found.now.desired_replicas],
        "steps": [
            {"in": "running" if sign == "-" else "file", "rule": step.rule, "reason": step.reason}
            | {"before": step.replicas_before, "after": step.replicas_after, "message": step.message}
            for sign, step in steps(found)
        ],
        "notes": list(notes(found)),
    }


def _name(manifest: Manifest, namespace: str | None) -> str:
    metadata = manifest.content["metadata"]
    return f"{metadata.get('namespace') or namespace or 'default'}/{metadata.get('name')}"


def _from_recording(place: Path, pool: str) -> Replayed:
    """The last decision of a recording."""
    file = place / f"{pool.replace('/', '.')}.jsonl" if place.is_dir() else place
    try:
        with file.open(encoding="utf-8") as lines:
            return _last(replay(lines), str(file))
    except (RecordingError, OSError, UnicodeDecodeError) as error:
        raise CliError(f"{file}: {error}", ExitStatus.USAGE) from error


def _last(decisions: Iterator[Replayed], source: str) -> Replayed:
    found = None
    for found in decisions:  # noqa: B007 - the last one
        pass
    if found is None:
        raise CliError(f"{source} has no decision", ExitStatus.NOT_FOUND)
    return found


def _leaves(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any JSON
    if isinstance(node, dict):
        for name, item in node.items():
            yield from _leaves(item, f"{path}.{name}".removeprefix("."))
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _leaves(item, f"{path}[{index}]")
    else:
        yield path, node


def _shown(value: Any) -> str:  # noqa: ANN401 - likewise
    return "unset" if value is None else json.dumps(value, ensure_ascii=False)
