"""`twp pause`, `resume`, `override` and `wake`: the annotations of a pool, with an end, an author and a reason."""

import getpass
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import typer

from controller.api.model import written
from controller.api.overrides import (
    KNOWN,
    FixedReplicas,
    LeastReplicas,
    Override,
    Overrides,
    Pause,
    UnreadableError,
    annotation,
    length_of,
    seconds_of,
)
from controller.api.status import DecisionStep
from controller.cli.commands import CliError
from controller.cli.completion import pool_names
from controller.cli.exit_status import ExitStatus
from controller.cli.kube import Connection, Context, Kube, Kubeconfig, Namespace, PoolRecord, with_cluster
from controller.cluster.client import answer_to
from controller.cluster.resources import MERGE_PATCH, POOLS, patch
from controller.scaling.reasons import Rule
from controller.scaling.text import counted

PAUSE_EXAMPLE = 'Example: twp pause orders --for 2h --reason "database migration"'
RESUME_EXAMPLE = "Example: twp resume orders"
OVERRIDE_EXAMPLE = 'Example: twp override orders 12 --for 90m --reason "black friday"'
WAKE_EXAMPLE = "Example: twp wake orders --for 15m"

FIELD_MANAGER: Final = "kubectl-twp"
"""The API server keeps under this name what the commands wrote."""

Name = Annotated[str, typer.Argument(metavar="POOL", help="Name of the TemporalWorkerPool.", autocompletion=pool_names)]
For = Annotated[str, typer.Option("--for", help="For how long, such as 30m, 2h or 1d; then it ends by itself.")]
Reason = Annotated[str, typer.Option("--reason", "-r", help="Why, for those who find it.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Change nothing; the API server checks it and the permission all the same.")
]

Asked = Callable[[float, str], Override]
"""Makes an override of its end and its author."""


@dataclass(frozen=True, slots=True)
class Instead:
    """What a pool would do without overrides."""

    replicas: int | None
    """`None`: that is not known."""
    because: str = ""

    @classmethod
    def of(cls, pool: PoolRecord) -> "Instead":
        """By its last decision, in which the steps of overrides come after those of the work."""
        decision = pool.status.last_decision
        steps = decision.steps if decision else ()
        overriding = [number for number, step in enumerate(steps) if step.rule in {Rule.OVERRIDE, Rule.PAUSE}]
        of_work = steps[: overriding[0]] if overriding else steps
        replicas = steps[overriding[0]].before if overriding else pool.status.desired_replicas
        return cls(replicas, _deciding(of_work))


def _deciding(steps: tuple[DecisionStep, ...]) -> str:
    """The message of the last step that changed the number; of the first one with a number, where none did."""
    changed = [step for step in steps if step.before != step.after and step.after is not None]
    return changed[-1].message if changed else next((step.message for step in steps if step.after is not None), "")


def pause(
    name: Name,
    length: For,
    reason: Reason = "",
    namespace: Namespace = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    dry_run: DryRun = False,
) -> None:
    """Leave the replicas of a pool as they are, for a while.

    Sets the annotation workerpools.dev/paused-until, with your user name as the author, and shows what the pool would
    do instead. Needs the permission to get and patch temporalworkerpools.
    """
    connection = Connection(kubeconfig, context, namespace)
    _override(connection, name, lambda until, by: Pause(until, reason, by), length, dry_run=dry_run)


def override(
    name: Name,
    replicas: Annotated[int, typer.Argument(help="Number of replicas.", min=0)],
    length: For,
    reason: Reason = "",
    namespace: Namespace = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    dry_run: DryRun = False,
) -> None:
    """Give a pool a fixed number of replicas, for a while; at most maxReplicas.

    Sets the annotation workerpools.dev/override, with your user name as the author, and shows what the pool would do
    instead. Needs the permission to get and patch temporalworkerpools.
    """
    connection = Connection(kubeconfig, context, namespace)
    _override(connection, name, lambda until, by: FixedReplicas(replicas, until, reason, by), length, dry_run=dry_run)


def wake(
    name: Name,
    length: For,
    replicas: Annotated[int, typer.Option("--replicas", help="Least number of replicas.", min=1)] = 1,
    reason: Reason = "",
    namespace: Namespace = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    dry_run: DryRun = False,
) -> None:
    """Give a pool at least some replicas, for a while, before its tasks come; more when the tasks need more.

    Sets the annotation workerpools.dev/override, with your user name as the author, and shows what the pool would do
    instead. Needs the permission to get and patch temporalworkerpools.
    """
    connection = Connection(kubeconfig, context, namespace)
    _override(connection, name, lambda until, by: LeastReplicas(replicas, until, reason, by), length, dry_run=dry_run)


def resume(
    name: Name,
    namespace: Namespace = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    dry_run: DryRun = False,
) -> None:
    """End a pause, a fixed number and a least number of replicas: the pool scales by its work again.

    Removes the annotations of the three. Needs the permission to get and patch temporalworkerpools.
    """
    connection = Connection(kubeconfig, context, namespace)
    for line in with_cluster(connection, lambda kube: _resume(kube, name, dry_run=dry_run)):
        typer.echo(line)


def _override(connection: Connection, name: str, asked: Asked, length: str, *, dry_run: bool) -> None:
    try:
        seconds = seconds_of(length)
    except UnreadableError as error:
        raise CliError(f"--for: {error}", ExitStatus.USAGE) from error
    now = time.time()
    for line in with_cluster(connection, lambda kube: _set(kube, name, asked, now, now + seconds, dry_run=dry_run)):
        typer.echo(line)


async def _set(kube: Kube, name: str, asked: Asked, now: float, until: float, *, dry_run: bool) -> list[str]:
    pool = await kube.pool(name)
    override = asked(until, kube.cluster.account or _login())
    key, text = annotation(override)
    await set_annotations(kube, pool, {key: text}, dry_run=dry_run)
    return report(pool, override, now, dry_run=dry_run)


async def _resume(kube: Kube, name: str, *, dry_run: bool) -> list[str]:
    pool = await kube.pool(name)
    present = [key for key in KNOWN if key in _annotations(pool)]
    if not present:
        return [f"{_named(pool)} has no override; it scales by its work."]
    await set_annotations(kube, pool, dict.fromkeys(present), dry_run=dry_run)
    return [
        f"{_named(pool)} resumed{dry(dry_run=dry_run)}: removed {' and '.join(present)}.",
        *(f"It was {described(each)}." for each in Overrides.of(_annotations(pool)).each),
        _instead(pool, "The pool"),
    ]


async def set_annotations(
    kube: Kube, pool: PoolRecord, annotations: Mapping[str, str | None], *, dry_run: bool
) -> None:
    """Sets annotations of a pool, and removes those that are `None`."""
    change: dict[str, Any] = {"metadata": {"annotations": dict(annotations)}}
    path = POOLS.path(pool.namespace, pool.name)
    query = {"fieldManager": FIELD_MANAGER, "dryRun": "All" if dry_run else None}
    await answer_to(
        f"annotate TemporalWorkerPool {pool.namespace}/{pool.name}",
        patch(kube.cluster.client, path, MERGE_PATCH, change, **query),
    )


def report(pool: PoolRecord, override: Override, now: float, *, dry_run: bool = False) -> list[str]:
    """What was set, what the pool would do instead, what stands in its way, and how to end it."""
    lines = [f"{_named(pool)} {described(override, now)}{dry(dry_run=dry_run)}.", _instead(pool, "Without it the pool")]
    lines += [f"Note: {note}" for note in _notes(pool, override, now)]
    return [*lines, f"It ends by itself; `twp resume -n {pool.namespace} {pool.name}` ends it before."]


def described(override: Override, now: float | None = None) -> str:
    """What an override asks for, until when, and who said so."""
    match override:
        case Pause():
            asked = "paused"
        case FixedReplicas():
            asked = f"fixed at {counted(override.replicas, 'replica')}"
        case LeastReplicas():
            asked = f"raised to at least {counted(override.replicas, 'replica')}"
    length = f" ({length_of(override.until - now)})" if now is not None else ""
    author = f" by {override.by}" if override.by else ""
    reason = f": {override.reason.rstrip('.')}" if override.reason else ""
    return f"{asked} until {written(override.until)}{length}{author}{reason}"


def _instead(pool: PoolRecord, who: str) -> str:
    """What the pool does by its work alone, as it last decided."""
    instead, now = Instead.of(pool), pool.status.replicas
    current = "" if now is None else f" ({now} now)"
    if instead.replicas is None:
        return f"{who} would keep its replicas{current}, or has not decided yet."
    because = f": {instead.because}" if instead.because else "."
    return f"{who} would have {counted(instead.replicas, 'replica')}{current}{because}"


def _notes(pool: PoolRecord, override: Override, now: float) -> list[str]:
    """What keeps an override from doing what it says."""
    notes: list[str] = []
    in_force = Overrides.of(_annotations(pool)).at(now)
    if in_force.pause and not isinstance(override, Pause):
        notes.append(f"the pool is {described(in_force.pause)}; a pause has the last word.")
    if pool.spec is None:
        return notes
    most = pool.spec.max_replicas
    if not isinstance(override, Pause) and override.replicas > most:
        notes.append(f"the pool gets its maxReplicas of {most}; {override.replicas} were requested.")
    if pool.spec.mode == "Recommend":
        notes.append("the mode of the pool is Recommend: the operator does not change its replicas.")
    return notes


def _annotations(pool: PoolRecord) -> Mapping[str, str]:
    metadata = pool.manifest.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    return annotations if isinstance(annotations, dict) else {}


def _named(pool: PoolRecord) -> str:
    return f"temporalworkerpool/{pool.name}"


def dry(*, dry_run: bool) -> str:
    """What a line says where nothing was changed."""
    return " (dry run)" if dry_run else ""


def _login() -> str:
    """The user of this machine, where the API server does not say who asks."""
    try:
        return os.environ.get("USER") or getpass.getuser()
    except (KeyError, OSError):
        return ""
