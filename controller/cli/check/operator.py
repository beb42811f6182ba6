"""Whether the operator is alive: by what it wrote last, and by its Deployment and Lease where they may be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from controller.cli.check.finding import Finding, Group, Outcome
from controller.cli.commands import CliError
from controller.cli.exit_status import ExitStatus
from controller.cli.kube import Kube, PoolRecord
from controller.cli.pool_text import last_reconcile, unreported_seconds
from controller.cli.times import ago
from controller.cluster.fields import Fields
from controller.cluster.resources import DEPLOYMENTS, LEASES
from controller.scaling.text import counted

PAGE: Final = "docs/check.md#operator"

NAME: Final = "temporal-worker-pools"
"""Of the operator's Deployment and service account, and of their namespace, in manifests/."""

LEADER_PAGE: Final = "docs/high-availability.md"

LEASE_PATIENCE_SECONDS: Final = 60.0
"""Age of a renewal from which on its holder is in doubt, whatever the clocks: it renews every few seconds."""

INSTALL: Final = "kubectl apply -k manifests/base"


@dataclass(frozen=True, slots=True)
class Process:
    """What is known of the operator's Deployment."""

    namespace: str
    replicas: int | None = None
    """Requested; `None` where that could not be read."""
    ready: int = 0
    missing: bool = False
    """Whether there is no such Deployment."""
    problem: str = ""
    """Why it could not be read."""

    @property
    def fix(self) -> str:
        """The command that brings it back."""
        if self.missing:
            return INSTALL
        if self.replicas == 0:
            return f"kubectl scale deployment -n {self.namespace} {NAME} --replicas=1"
        return f"kubectl rollout restart deployment -n {self.namespace} {NAME}"

    @property
    def text(self) -> str:
        """A sentence."""
        if self.missing:
            return f"Namespace {self.namespace} has no Deployment {NAME}."
        if self.replicas is None:
            return f"Its Deployment is not seen: {self.problem}."
        return f"Deployment {self.namespace}/{NAME} has {self.ready} of {counted(self.replicas, 'replica')} ready."


async def process(kube: Kube, namespace: str) -> Process:
    """Reads the operator's Deployment."""
    try:
        deployment = Fields(await kube.read(DEPLOYMENTS, namespace, NAME))
    except CliError as error:
        if error.status == ExitStatus.NOT_FOUND:
            return Process(namespace, missing=True)
        return Process(namespace, problem=error.message.partition(";")[0])
    ready = deployment.part("status").count("readyReplicas")
    return Process(namespace, deployment.part("spec").count("replicas", 1), ready)


def alive(pools: Sequence[PoolRecord], operator: Process, now: float, version: str, *, leads: bool = False) -> Finding:
    """By the pool that was reconciled last; where there is none, by the Lease (`leads`) or the Deployment."""
    reconciled = [(time, pool) for pool in pools if (time := last_reconcile(pool)) is not None]
    if not reconciled:
        return _without_reconcile(operator, len(pools), leads=leads)
    time, newest = max(reconciled, key=lambda each: each[0])
    status = Fields(newest.manifest).part("status", "operator")
    identity = status.text("identity") or "The operator"
    since = f"{identity} last reconciled a pool {ago(time, now)}"
    if unreported_seconds(newest, now) is not None:
        message = f"{since}, and none of {counted(len(pools), 'pool')} since. {operator.text}"
        return Finding(Group.OPERATOR, "alive", Outcome.FAILED, message, PAGE, operator.fix)
    if status.text("version") not in {"", version}:
        message = f"{since}; it has version {status.text('version')}, and this is twp {version}."
        return Finding(Group.OPERATOR, "alive", Outcome.WARNING, message, PAGE)
    return Finding(Group.OPERATOR, "alive", Outcome.OK, f"{since}.", PAGE)


async def leading(kube: Kube, namespace: str, now: float) -> tuple[list[Finding], bool]:
    """Which replica of the operator leads, and whether one does; nothing where no Lease is there."""
    try:
        leases = await kube.list(LEASES, namespace)
    except CliError as error:
        message = f"Its Lease is not seen: {error.message.partition(';')[0]}."
        return [Finding(Group.OPERATOR, "leading", Outcome.OK, message, LEADER_PAGE)], False
    named = [(Fields(lease).part("metadata").text("name"), Fields(lease).part("spec")) for lease in leases]
    found = [_leader(name, lease, now) for name, lease in named if name.startswith(NAME)]
    return found, any(finding.outcome == Outcome.OK for finding in found)


def _leader(name: str, lease: Fields, now: float) -> Finding:
    holder, renewed = lease.text("holderIdentity"), lease.time("renewTime")
    if not holder or renewed is None:
        message = f"Lease {name} has no holder: no replica of the operator leads."
        return Finding(Group.OPERATOR, "leading", Outcome.WARNING, message, LEADER_PAGE)
    message = f"{holder} holds Lease {name}, renewed {ago(renewed, now)}."
    outcome = Outcome.OK if now - renewed < LEASE_PATIENCE_SECONDS else Outcome.WARNING
    return Finding(Group.OPERATOR, "leading", outcome, message, LEADER_PAGE)


def _without_reconcile(operator: Process, pools: int, *, leads: bool) -> Finding:
    seen = f"{counted(pools, 'pool')} without a reconcile time." if pools else "There is no pool yet."
    if leads:
        return Finding(Group.OPERATOR, "alive", Outcome.OK, f"It renews its Lease. {seen}", PAGE)
    if operator.missing or (operator.replicas is not None and not operator.ready):
        return Finding(Group.OPERATOR, "alive", Outcome.FAILED, f"{operator.text} {seen}", PAGE, operator.fix)
    outcome = Outcome.UNKNOWN if operator.replicas is None or pools else Outcome.OK
    return Finding(Group.OPERATOR, "alive", outcome, f"{operator.text} {seen}", PAGE)
