"""What a check found, and what of it a pipeline sees."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from controller.cli.exit_status import ExitStatus


class Group(StrEnum):
    """What is checked together, in the order of dependence."""

    CLUSTER = "cluster"
    CRDS = "CRDs"
    PERMISSIONS = "permissions"
    INSTALLATION = "installation"
    OPERATOR = "operator"
    POOL = "pool"


class Outcome(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    """It works, and not as well as it could."""
    UNKNOWN = "unknown"
    """It could not be checked: a permission is missing, or a reading."""
    FAILED = "failed"
    NOT_CHECKED = "not checked"
    """Because another check failed on which this one depends."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the answer."""

    group: Group
    check: str
    """What was checked, such as `deployments.apps`."""
    outcome: Outcome
    message: str
    page: str
    """Where the docs explain it."""
    fix: str = ""
    """The one command that fixes it; empty where nothing is to be done, or no command does it."""
    pool: str = ""
    """Namespace and name, such as `prod/orders`."""

    @property
    def failed(self) -> bool:
        """Whether something that depends on this can't be checked."""
        return self.outcome == Outcome.FAILED

    def to_json(self) -> dict[str, Any]:
        """For programs; what is empty is left out."""
        fields = ("group", "pool", "check", "outcome", "message", "fix", "page")
        return {name: str(value) for name in fields if (value := getattr(self, name))}


def not_checked(group: Group, check: str, because: str, page: str, pool: str = "") -> Finding:
    """A check that another one stopped."""
    return Finding(group, check, Outcome.NOT_CHECKED, f"Not checked, because {because}.", page, pool=pool)


def status_of(findings: Iterable[Finding]) -> ExitStatus:
    """What the command ends with: a failure counts for more than what is not known."""
    outcomes = {finding.outcome for finding in findings}
    if Outcome.FAILED in outcomes:
        return ExitStatus.NO
    return ExitStatus.UNKNOWN if outcomes & {Outcome.UNKNOWN, Outcome.NOT_CHECKED} else ExitStatus.OK


def summary(findings: Sequence[Finding]) -> str:
    """How many ended how, such as `31 ok, 1 failed`."""
    counts = {outcome: sum(finding.outcome == outcome for finding in findings) for outcome in Outcome}
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count) or "nothing to check"
