"""The command: which checks run, and how their findings are printed."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version
from itertools import groupby
from typing import Annotated, Any, Final

import typer

from controller.api.rights import ELECTION, OPERATOR
from controller.cli.check import cluster, operator, pools, rights
from controller.cli.check.finding import Finding, Group, Outcome, not_checked, status_of, summary
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
    NotAllowed,
    PoolRecord,
    if_allowed,
    with_cluster,
)
from controller.cli.output import Screen, as_json

EXAMPLE = "Example: twp check -n prod orders --wait"

PAUSE_SECONDS: Final = 5.0
"""Between two tries of `--wait`."""

INDENT: Final = " " * 15
"""Of what stands below a finding."""

INSTALL_RIGHTS: Final = "kubectl apply -k manifests/rbac"


class Format(StrEnum):
    """The formats of the answer."""

    TABLE = "table"
    SHORT = "short"
    JSON = "json"


def check(
    name: Annotated[
        str | None, typer.Argument(metavar="[POOL]", help="Only this pool; default: all.", autocompletion=pool_names)
    ] = None,
    namespace: Namespace = None,
    all_namespaces: AllNamespaces = False,
    before: Annotated[bool, typer.Option("--pre", help="Before the installation: may it be done here?")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Check again until nothing fails or is unknown.")] = False,
    timeout: Annotated[float, typer.Option("--timeout", help="Seconds that --wait waits at most.", min=0)] = 300,
    operator_namespace: Annotated[
        str, typer.Option("--operator-namespace", help="Kubernetes namespace of the operator.")
    ] = operator.NAME,
    operator_account: Annotated[
        str | None,
        typer.Option("--operator-account", help="User name of the operator; default: its service account."),
    ] = None,
    output: Annotated[Format, typer.Option("--output", "-o", help="short: only what is not ok.")] = Format.TABLE,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
) -> None:
    """Check what the operator and its pools need, in the order in which one thing depends on another.

    The cluster, the CRDs, the permissions of the operator, whether it is alive, and of each pool its connection,
    target, workers, heartbeats and grace period, as its conditions say. What is wrong comes with the command that fixes
    it and a page of the docs; what depends on it is not checked. It reads, and asks for permissions, and changes
    nothing; what you may not read is named.

    Ends with status 0 if nothing failed (warnings count as ok), with 1 if something did, with 3 if something could not
    be checked, and with 4 if the API server does not answer.
    """
    connection = Connection(kubeconfig, context, namespace, all_namespaces)
    account = operator_account or f"system:serviceaccount:{operator_namespace}:{operator.NAME}"
    options = _Options(name, operator_namespace, account, before)
    findings = _checked(connection, options)
    deadline = time.monotonic() + timeout
    while wait and status_of(findings) and time.monotonic() < deadline:
        time.sleep(min(PAUSE_SECONDS, max(0.0, deadline - time.monotonic())))
        findings = _checked(connection, options)
    typer.echo(rendered(findings, output, Screen.of()))
    raise typer.Exit(_status(findings))


@dataclass(frozen=True, slots=True)
class _Options:
    """What is checked."""

    pool: str | None
    """`None`: all."""
    operator_namespace: str
    account: str
    """User name of the operator."""
    before: bool
    """Whether it is not installed yet."""


def _checked(connection: Connection, options: _Options) -> list[Finding]:
    """All findings; where the cluster can't be reached, that one and what depends on it."""
    try:
        return with_cluster(connection, lambda kube: _findings(kube, options))
    except CliError as error:
        if error.status != ExitStatus.UNREACHABLE:
            raise
        message = f"{error.message[:1].upper()}{error.message[1:]}."
        unreachable = Finding(
            Group.CLUSTER, "API server", Outcome.FAILED, message, cluster.VERSION_PAGE, "kubectl config get-contexts"
        )
        return [unreachable, *_stopped((Group.CRDS, Group.PERMISSIONS, Group.OPERATOR), "the API server failed")]


async def _findings(kube: Kube, options: _Options) -> list[Finding]:
    found = await cluster.cluster(kube)
    found += await cluster.custom_resources(kube, before_installation=options.before)
    if options.before:
        mine = await rights.permissions(
            kube, rights.INSTALLER, "", None, "kubectl config use-context CONTEXT", Group.INSTALLATION
        )
        return found + mine
    found += await _permissions(kube, options)
    if not await cluster.is_served(kube):
        return [*found, *_stopped((Group.OPERATOR, Group.POOL), "the CRDs are missing")]
    return found + await _operator_and_pools(kube, options)


async def _permissions(kube: Kube, options: _Options) -> list[Finding]:
    # Whoever runs the operator by hand asks for the own permissions, which everybody may.
    account = "" if options.account == kube.cluster.account else options.account
    asked = ((OPERATOR, kube.namespace), (ELECTION, options.operator_namespace))
    found: list[Finding] = []
    for verbs, namespace in asked:
        found += await rights.permissions(kube, verbs, account, namespace, INSTALL_RIGHTS, Group.PERMISSIONS)
    return found


async def _operator_and_pools(kube: Kube, options: _Options) -> list[Finding]:
    read = await if_allowed("Pools", _pools(kube, options.pool))
    if isinstance(read, NotAllowed):
        return [Finding(Group.OPERATOR, "alive", Outcome.UNKNOWN, read.message, operator.PAGE)]
    process, now = await operator.process(kube, options.operator_namespace), time.time()
    leading, leads = await operator.leading(kube, options.operator_namespace, now)
    alive = operator.alive(read, process, now, version("temporal-worker-pools"), leads=leads)
    known = [alive, *leading]
    if alive.failed:
        names = [f"{record.namespace}/{record.name}" for record in read]
        page = "docs/conditions.md"
        return [*known, *(not_checked(Group.POOL, "pool", "the operator is not alive", page, name) for name in names)]
    return [*known, *(finding for record in read for finding in pools.pool(record, now))]


async def _pools(kube: Kube, name: str | None) -> list[PoolRecord]:
    return [await kube.pool(name)] if name else await kube.pools()


def _stopped(groups: Iterable[Group], because: str) -> list[Finding]:
    pages = {Group.CRDS: cluster.CRD_PAGE, Group.PERMISSIONS: rights.PAGE, Group.OPERATOR: operator.PAGE}
    return [not_checked(group, "all", because, pages.get(group, "docs/conditions.md")) for group in groups]


def _status(findings: Sequence[Finding]) -> ExitStatus:
    unreachable = any(finding.failed and finding.group == Group.CLUSTER for finding in findings)
    return ExitStatus.UNREACHABLE if unreachable else status_of(findings)


def rendered(findings: Sequence[Finding], output: Format, screen: Screen) -> str:
    """The findings, as text or for programs."""
    match output:
        case Format.JSON:
            return as_json(_as_object(findings))
        case Format.SHORT:
            return "\n".join([*(_short(finding) for finding in findings if _matters(finding)), summary(findings)])
        case Format.TABLE:
            return "\n".join([*_table(findings, screen), summary(findings)])


def _as_object(findings: Sequence[Finding]) -> dict[str, Any]:
    return {"status": _status(findings).name, "checks": [finding.to_json() for finding in findings]}


def _matters(finding: Finding) -> bool:
    return finding.outcome != Outcome.OK


def _short(finding: Finding) -> str:
    fix = f" Fix: {finding.fix}" if finding.fix else ""
    where = f"{finding.pool}: " if finding.pool else ""
    return f"{finding.outcome}: {where}{finding.group}/{finding.check}: {finding.message}{fix}"


def _table(findings: Sequence[Finding], screen: Screen) -> list[str]:
    """A heading for each group, a line for each check, and below those that have it in common what fixes them."""
    lines: list[str] = []
    for (group, pool), found in groupby(findings, lambda finding: (finding.group, finding.pool)):
        lines.append(screen.heading(f"{group} {pool}".rstrip()))
        for help_lines, alike in groupby(found, _help):
            lines += [_line(finding, screen) for finding in alike]
            lines += help_lines
        lines.append("")
    return lines


def _line(finding: Finding, screen: Screen) -> str:
    paint = {Outcome.OK: screen.good, Outcome.FAILED: screen.bad}.get(finding.outcome, screen.open)
    text = screen.paragraph(f"{finding.check}: {finding.message}", INDENT, "")
    return f"  {paint(finding.outcome.ljust(11))}  {text}"


def _help(finding: Finding) -> tuple[str, ...]:
    """What fixes it, and the page about it; empty where nothing is wrong."""
    if finding.outcome in {Outcome.OK, Outcome.NOT_CHECKED}:
        return ()
    return *((f"{INDENT}fix:  {finding.fix}",) if finding.fix else ()), f"{INDENT}docs: {finding.page}"
