"""`twp eject`: takes pools away, and leaves their Deployments running.

The order is what keeps the operator from scaling back: it confirms a pause first, then slot variables and replicas are
set, and the pool goes last. A command that is interrupted leaves a pause that ends by itself.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Final

import typer

from controller.api.model import timestamp
from controller.api.overrides import Pause, annotation
from controller.cli.commands import CliError
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
    as_cli_error,
    with_cluster,
)
from controller.cli.override import FIELD_MANAGER, DryRun, dry, set_annotations
from controller.cli.pool_text import UNREPORTED_SECONDS, last_reconcile
from controller.cluster.client import answer_to
from controller.cluster.errors import ClusterError, NotFoundError
from controller.cluster.fields import Fields
from controller.cluster.objects import Deployment
from controller.cluster.resources import POOLS, delete
from controller.cluster.workload import Scaled, apply_slots, get_deployment, remove_scaled_by, set_replicas
from controller.scaling.text import counted

EXAMPLE = "Example: twp eject orders --replicas 2"

PAUSE_SECONDS: Final = 600.0
"""How long the pause lasts that keeps the operator off meanwhile, should the command not come to its end."""

CONFIRM_SECONDS: Final = 30.0
"""How long the operator may take to confirm the pause: it reconciles at once, and a reconcile takes seconds."""

POLL_SECONDS: Final = 0.5

ATTEMPTS: Final = 5
"""How often replicas are read again that another field manager set in between."""

AT_ONCE: Final = 10
"""Pools that are ejected at a time."""


@dataclass(frozen=True, slots=True)
class Ejection:
    """What is done with each pool."""

    replicas: int
    """Of Deployments at zero; 0 leaves them there."""
    remove_slots: bool
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Ejected:
    """What became of a pool."""

    lines: tuple[str, ...]
    failure: CliError | None = None


def eject(
    name: Annotated[
        str | None, typer.Argument(metavar="[POOL]", help="Name of the pool.", autocompletion=pool_names)
    ] = None,
    replicas: Annotated[
        int, typer.Option("--replicas", help="For Deployments at zero; 0 leaves them there.", min=0)
    ] = 1,
    remove_slots: Annotated[
        bool, typer.Option("--remove-slots", help="Remove the slot variables that the operator set; restarts the pods.")
    ] = False,
    every: Annotated[bool, typer.Option("--all", help="All pools of the namespace.")] = False,
    all_namespaces: AllNamespaces = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    dry_run: DryRun = False,
    namespace: Namespace = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
) -> None:
    """Delete pools and leave their Deployments running: those at zero get a number first, the others keep theirs.

    The operator confirms a pause before anything is changed, so that it does not scale back. Run it before the operator
    is uninstalled; what applies the pools, such as a GitOps tool, must not have them any more. Needs the permission to
    get, list, patch and delete temporalworkerpools, to get and patch deployments, and to patch deployments/scale.
    """
    if (name is not None) + every + all_namespaces != 1:
        raise CliError("name one POOL, or choose --all or --all-namespaces", ExitStatus.USAGE)
    connection = Connection(kubeconfig, context, namespace, all_namespaces)
    asked = Ejection(replicas, remove_slots, dry_run)
    ejected = with_cluster(connection, lambda kube: _eject(kube, name, asked, confirmed=yes or dry_run))
    for each in ejected:
        for line in each.lines:
            typer.echo(line)
    failures = [each.failure for each in ejected if each.failure]
    typer.echo(_summary(len(ejected) - len(failures), len(failures), dry_run=dry_run))
    if failures:
        raise failures[0]


async def _eject(kube: Kube, name: str | None, asked: Ejection, *, confirmed: bool) -> list[Ejected]:
    pools = [await kube.pool(name)] if name else await kube.pools()
    if not pools:
        raise CliError("there is no pool to eject", ExitStatus.NOT_FOUND)
    if not confirmed:
        _confirm(pools)
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(pool: PoolRecord) -> Ejected:
        async with turns:
            return await _eject_one(kube, pool, asked)

    return await asyncio.gather(*map(one, pools))


def _confirm(pools: Sequence[PoolRecord]) -> None:
    """Asks who runs it, at a terminal.

    Raises:
        CliError: The answer is no, or nothing can be asked.
    """
    named = ", ".join(_named(pool) for pool in pools[:5]) + (f" and {len(pools) - 5} more" if len(pools) > 5 else "")
    if not sys.stdin.isatty():
        raise CliError(f"nothing was changed; repeat it with --yes to delete {named}", ExitStatus.USAGE)
    if not typer.confirm(
        f"Delete {counted(len(pools), 'pool')} ({named}) and leave the Deployments running?", err=True
    ):
        raise CliError("nothing was changed", ExitStatus.NO)


async def _eject_one(kube: Kube, pool: PoolRecord, asked: Ejection) -> Ejected:
    """Ejects a pool; a failure is shown with what was done before it."""
    lines: list[str] = []
    try:
        await _release(kube, pool, asked, lines)
    except (ClusterError, CliError) as error:
        failure = error if isinstance(error, CliError) else as_cli_error(error)
        return Ejected(tuple(lines), CliError(f"{_named(pool)} is still there: {failure.message}", failure.status))
    return Ejected(tuple(lines))


async def _release(kube: Kube, pool: PoolRecord, asked: Ejection, lines: list[str]) -> None:
    """Pause, slots, replicas, annotation, pool: no pod starts with a variable that goes a moment later."""
    target = Fields(pool.manifest).part("spec", "scaleTargetRef").text("name")
    deployment = await get_deployment(kube.cluster, pool.namespace, target)
    if deployment is None:
        lines.append(f"{_named(pool)}: there is no Deployment {target}.")
    else:
        if not asked.dry_run and not await _pause(kube, pool):
            lines.append(f"{_named(pool)}: no operator confirmed a pause; if one runs, check the replicas in a minute.")
        if asked.remove_slots:
            lines.append(await _remove_slots(kube, pool, deployment, asked))
        lines.append(await _wake(kube, pool, deployment, asked))
        await remove_scaled_by(kube.cluster, deployment, pool.name, dry_run=asked.dry_run)
    await _delete(kube, pool, asked)


async def _pause(kube: Kube, pool: PoolRecord) -> bool:
    """Pauses the pool; whether an operator confirmed it, so that no reconcile is under way that began before."""
    pause = Pause(time.time() + PAUSE_SECONDS, "twp eject", kube.cluster.account)
    name, text = annotation(pause)
    await set_annotations(kube, pool, {name: text}, dry_run=False)
    deadline = time.monotonic() + (CONFIRM_SECONDS if _is_reconciled(pool) else 0.0)
    while time.monotonic() < deadline:
        status = PoolRecord.of(await kube.read(POOLS, pool.namespace, pool.name)).status
        if status.override and status.override.paused and status.override.until == timestamp(pause.until):
            return True
        await asyncio.sleep(POLL_SECONDS)
    return False


def _is_reconciled(pool: PoolRecord) -> bool:
    """Whether an operator has reconciled it lately, as often as its interval lets it."""
    last = last_reconcile(pool)
    interval = pool.spec.polling_interval_seconds if pool.spec else 0
    return last is not None and time.time() - last <= UNREPORTED_SECONDS + interval


async def _remove_slots(kube: Kube, pool: PoolRecord, deployment: Deployment, asked: Ejection) -> str:
    """Gives up the variables that the operator applied: those that nothing else applies are gone with it."""
    names = ", ".join(sorted(variable for _, variable in deployment.applied_env))
    where = f"{_named(pool)}: Deployment {deployment.name}"
    if not names:
        return f"{where} has no slot variable that the operator set."
    await apply_slots(kube.cluster, deployment, "", {}, dry_run=asked.dry_run)
    return f"{where}: removed {names}{dry(dry_run=asked.dry_run)}; its pods restart."


async def _wake(kube: Kube, pool: PoolRecord, deployment: Deployment, asked: Ejection) -> str:
    """Sets the number where there are no replicas; what another field manager sets meanwhile is left.

    Raises:
        CliError: Others set them again and again.
    """
    where = f"{_named(pool)}: Deployment {deployment.name}"
    for _ in range(ATTEMPTS):
        found = await get_deployment(kube.cluster, deployment.namespace, deployment.name)
        if found is None or found.uid != deployment.uid:
            return f"{where} was deleted meanwhile."
        if found.replicas or not asked.replicas:
            return f"{where} keeps {counted(found.replicas, 'replica')}."
        result = await set_replicas(kube.cluster, found, asked.replicas, manager=FIELD_MANAGER, dry_run=asked.dry_run)
        if isinstance(result, Scaled):
            return f"{where} scaled 0 → {asked.replicas}{dry(dry_run=asked.dry_run)}."
    raise CliError(f"the replicas of Deployment {deployment.name} change all the time; try again", ExitStatus.REFUSED)


async def _delete(kube: Kube, pool: PoolRecord, asked: Ejection) -> None:
    """Deletes the pool; one that is gone by now is none to delete."""
    path = POOLS.path(pool.namespace, pool.name)
    request = delete(kube.cluster.client, path, pool.metadata.uid, dry_run=asked.dry_run)
    with suppress(NotFoundError):
        await answer_to(f"delete TemporalWorkerPool {_named(pool)}", request)


def _named(pool: PoolRecord) -> str:
    return f"{pool.namespace}/{pool.name}"


def _summary(done: int, failed: int, *, dry_run: bool) -> str:
    theirs = "its Deployment" if done == 1 else "their Deployments"
    said = f"{counted(done, 'pool')} deleted{dry(dry_run=dry_run)}; nothing scales {theirs} now."
    return f"{said} {counted(failed, 'pool')} failed." if failed else said
