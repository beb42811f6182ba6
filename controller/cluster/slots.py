"""The environment variable that tells a worker how many tasks to run at once: reading it, and writing only it."""

from collections.abc import Mapping
from dataclasses import dataclass

from controller.api.conditions import Reason
from controller.cluster.client import Cluster
from controller.cluster.objects import Container, Deployment


@dataclass(frozen=True, slots=True)
class SlotVariableProblem:
    """Why the variable gives no number."""

    reason: Reason
    """SLOTS_VARIABLE_NOT_FOUND, SLOTS_VARIABLE_INVALID, SLOTS_VALUE_FROM or SLOTS_VARIABLE_DUPLICATE."""
    message: str
    """What is there, where, and what to do."""
    writable: bool
    """Whether writing a number would mend it: a missing or malformed value yes, a reference or a duplicate no."""


@dataclass(frozen=True, slots=True)
class EnvApplied:
    """The variables are as asked."""

    resource_version: str


@dataclass(frozen=True, slots=True)
class EnvConflict:
    """Another manager owns a variable and gives it another value; nothing was changed."""

    manager: str
    """Field manager that owns it, such as `argocd-controller` or `kubectl-client-side-apply`."""
    field: str
    """Path of the field within the Deployment."""
    message: str
    """Who owns what, and how to hand it over."""


def slots_of(container: Container, variable: str) -> int | SlotVariableProblem:
    """The number of slots that the container's variable gives, at least 1."""
    raise NotImplementedError


async def apply_slots(
    cluster: Cluster, deployment: Deployment, container: str, variables: Mapping[str, int], *, dry_run: bool = False
) -> EnvApplied | EnvConflict:
    """Makes exactly these variables of the container the operator's own, and gives up those it owned before.

    An empty `variables` gives up all. A change of the template rolls the pods: whether now is the time is the
    caller's decision. With `dry_run` the API server answers as if, and nothing is written.

    Raises:
        ValueError: A number below 1: SDKs read 0 as 100.
        NotFoundError: The Deployment is gone, or another one has its name by now.
        ClusterError: Another refusal; the text says which and what to do.
    """
    raise NotImplementedError
