"""`twp adopt`: a pool takes its Deployment over from another scaler, and gives it back."""

from collections.abc import Iterator
from typing import Annotated, Final

import typer

from controller.api.spec import Mode
from controller.cli.commands import CliError
from controller.cli.completion import pool_names
from controller.cli.exit_status import ExitStatus
from controller.cli.kube import Connection, Context, Kube, Kubeconfig, Namespace, PoolRecord, with_cluster
from controller.cli.migrate.others import Change, Other, applied_by, others_of
from controller.cli.override import FIELD_MANAGER, DryRun
from controller.cluster.client import answer_to
from controller.cluster.fields import Fields
from controller.cluster.resources import DEPLOYMENTS, MERGE_PATCH, POOLS, Resource, patch
from controller.scaling.text import counted

EXAMPLE = "Example: twp adopt orders --dry-run"

_CONTESTED: Final = "TargetContested"


def adopt(
    name: Annotated[str, typer.Argument(metavar="POOL", help="Name of the pool.", autocompletion=pool_names)],
    back: Annotated[bool, typer.Option("--back", help="Give the Deployment back to the other scaler.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Also where the pool is not ready, or a tool would undo the change.")
    ] = False,
    namespace: Namespace = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    dry_run: DryRun = False,
) -> None:
    """Let a pool scale its Deployment in place of an HPA or a ScaledObject, in one step; or give it back.

    Pauses the other scalers of the Deployment, then sets mode: Auto in the pool. A ScaledObject is paused by KEDA's own
    annotation. A HorizontalPodAutoscaler knows no pause: its behavior is disabled in both directions and its bounds are
    opened; those that it had are kept in an annotation. With --back mode is Recommend again, and what adopt paused
    scales as before; what was paused by others stays paused. Either may be run again: what is done is not done twice.

    Refuses with status 1 where the pool is not ready, or where a tool would set the change back, because it applies
    the manifests: then commit the change instead. Needs the permission to get and patch temporalworkerpools, and to
    list and patch horizontalpodautoscalers and scaledobjects.
    """
    connection = Connection(kubeconfig, context, namespace)
    for line in with_cluster(connection, lambda kube: _switch(kube, name, back=back, force=force, dry_run=dry_run)):
        typer.echo(line)


async def _switch(kube: Kube, name: str, *, back: bool, force: bool, dry_run: bool) -> list[str]:
    pool = await kube.pool(name)
    if pool.spec is None:
        raise CliError(f"the spec of {_named(pool)} can't be read; `twp status {name}` names the field", ExitStatus.NO)
    target = pool.spec.scale_target_ref.name
    others = await others_of(kube, pool.namespace, target, await _container(kube, pool, target))
    if not force and (refused := list(_refusals(pool, others, back=back))):
        raise CliError(
            f"{_named(pool)} was not changed: {'; '.join(refused)}; --force does it all the same", ExitStatus.NO
        )
    steps = _back(pool, others) if back else _adopt(pool, others)
    said = [await _do(kube, pool.namespace, *step, dry_run=dry_run) for step in steps]
    said = said or [f"Nothing to change: {_state(pool, back=back)}."]
    return [*said, *_after(pool, back=back)]


Step = tuple[str, Resource, str, Change]
"""An object as messages name it, its kind and name, and the change."""


def _adopt(pool: PoolRecord, others: list[Other]) -> Iterator[Step]:
    """The other scalers first: two that scale would be a contest."""
    for other in others:
        if other.scaler.active and other.resource:
            yield other.name, other.resource, other.scaler.name, other.pause(pool.name)
    yield from _mode(pool, Mode.AUTO)


def _back(pool: PoolRecord, others: list[Other]) -> Iterator[Step]:
    """The pool first, for the same reason."""
    yield from _mode(pool, Mode.RECOMMEND)
    for other in others:
        noted = other.adopted
        if noted and noted.get("pool") == pool.name and other.resource:
            yield other.name, other.resource, other.scaler.name, other.resume(noted)


def _mode(pool: PoolRecord, mode: Mode) -> Iterator[Step]:
    if pool.spec and pool.spec.mode != mode:
        change = Change(MERGE_PATCH, {"spec": {"mode": mode.value}}, f"mode: {mode.value}")
        yield _named(pool), POOLS, pool.name, change


async def _do(
    kube: Kube, namespace: str, shown: str, resource: Resource, name: str, change: Change, *, dry_run: bool
) -> str:
    query = {"fieldManager": FIELD_MANAGER, "dryRun": "All" if dry_run else None}
    path = resource.path(namespace, name)
    await answer_to(f"change {shown}", patch(kube.cluster.client, path, change.content_type, change.body, **query))
    return f"{shown} {change.what}{' (dry run)' if dry_run else ''}."


def _refusals(pool: PoolRecord, others: list[Other], *, back: bool) -> Iterator[str]:
    """Why the switch would leave the Deployment without a scaler, or would not last."""
    if back != (pool.spec is not None and pool.spec.mode == Mode.RECOMMEND) and (
        tool := applied_by(pool.manifest, "f:mode")
    ):
        mode = Mode.RECOMMEND if back else Mode.AUTO
        yield f"{tool} applies its mode and would set it back, so commit mode: {mode.value} instead"
    if back:
        return
    for other in others:
        if other.resource is None:
            yield f"{other.name} would contest the Deployment, so set its updateMode to Initial or Off first"
        elif other.scaler.active and (tool := other.applied_by):
            yield f"{tool} applies {other.name} and would undo the pause, so commit it or remove it there"
    if pool.spec and pool.spec.mode != Mode.AUTO and (problem := _not_ready(pool)):
        yield problem


def _not_ready(pool: PoolRecord) -> str:
    """Why its decisions can't be relied on now; empty where they can."""
    ready = pool.condition("Ready")
    if ready is None or pool.status.observed_generation != pool.metadata.generation:
        return "the operator has not reconciled its spec yet, so run the command again in a minute"
    if ready.status != "True" and ready.reason != _CONTESTED:
        return f"Ready is {ready.status}, {ready.reason}: {ready.message.rstrip('.')}"
    return ""


async def _container(kube: Kube, pool: PoolRecord, target: str) -> str:
    """The container that runs the worker: a VPA may change others."""
    if pool.spec and pool.spec.container_name:
        return pool.spec.container_name
    deployment = Fields(await kube.read(DEPLOYMENTS, pool.namespace, target))
    names = [each.text("name") for each in deployment.part("spec", "template", "spec").items("containers")]
    return names[0] if len(names) == 1 else ""


def _state(pool: PoolRecord, *, back: bool) -> str:
    return f"{_named(pool)} {'recommends, and nothing is paused for it' if back else 'scales, and nothing else does'}"


def _after(pool: PoolRecord, *, back: bool) -> Iterator[str]:
    """What comes next, by what the pool last decided."""
    if back:
        return
    now, desired = pool.status.replicas, pool.status.desired_replicas
    if now is not None and desired is not None:
        yield f"It has {counted(now, 'replica')} and recommends {desired}; the operator goes on from there."
    yield f"`twp adopt -n {pool.namespace} {pool.name} --back` gives the Deployment back."


def _named(pool: PoolRecord) -> str:
    return f"temporalworkerpool/{pool.name}"
