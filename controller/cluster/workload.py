"""The environment variable that tells a worker how many tasks to run at once: reading it, and writing only it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubernetes.aio.client import AppsV1Api

from controller.api.condition_reasons import SlotsEffective
from controller.cluster.client import Cluster
from controller.cluster.convert import FIELD_MANAGER
from controller.cluster.errors import ClusterError, ConflictError, NotFoundError, RejectedError
from controller.cluster.fields import Fields
from controller.cluster.objects import Container, Deployment
from controller.cluster.requests import APPLY_PATCH, REQUEST_TIMEOUT_SECONDS, answer_to


@dataclass(frozen=True, slots=True)
class SlotVariableProblem:
    """Why the variable gives no number."""

    reason: SlotsEffective
    """SLOTS_VARIABLE_NOT_FOUND, SLOTS_VARIABLE_INVALID, SLOTS_VALUE_FROM or SLOTS_VARIABLE_DUPLICATE."""
    message: str
    """What is there, where, and what to do."""
    writable: bool
    """Whether writing a number would mend it: a missing or malformed value yes, a reference or a duplicate no."""


@dataclass(frozen=True, slots=True)
class EnvApplied:
    """The variables are as asked."""

    resource_version: str
    """Of the Deployment after the change."""


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
    entries = [entry for entry in container.env if entry.name == variable]
    where = f"container {container.name}"
    if not entries:
        hidden = " itself (what envFrom brings in is not looked into)" if container.has_env_from else ""
        message = f"{where} has no variable {variable}{hidden}: add it to the Deployment, or set slots"
        return SlotVariableProblem(SlotsEffective.SLOTS_VARIABLE_NOT_FOUND, _sentence(message), writable=True)
    if len(entries) > 1:
        message = f"{where} lists {variable} {len(entries)} times: leave one entry of that name"
        return SlotVariableProblem(SlotsEffective.SLOTS_VARIABLE_DUPLICATE, _sentence(message), writable=False)
    if entries[0].from_reference:
        message = f"{where} takes {variable} from a reference (valueFrom): give it a plain value, or drop slotsEnvVar"
        return SlotVariableProblem(SlotsEffective.SLOTS_VALUE_FROM, _sentence(message), writable=False)
    value = entries[0].value or ""
    if re.fullmatch("[0-9]{1,9}", value) and int(value) >= 1:
        return int(value)
    message = f"{where} has {variable}={value[:40]!r}, which is not a whole number of at least 1: correct it"
    return SlotVariableProblem(SlotsEffective.SLOTS_VARIABLE_INVALID, _sentence(message), writable=True)


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
    for variable, slots in variables.items():
        if slots < 1:
            raise ValueError(f"{variable} must be at least 1, not {slots}: SDKs read 0 as 100")
    request = AppsV1Api(cluster.client).patch_namespaced_deployment_without_preload_content(
        deployment.name,
        deployment.namespace,
        _applied(deployment, container, variables),
        field_manager=FIELD_MANAGER,
        force=False,
        dry_run="All" if dry_run else None,
        _content_type=APPLY_PATCH,
        _request_timeout=REQUEST_TIMEOUT_SECONDS,
    )
    action = f"write the slot variables of Deployment {deployment.namespace}/{deployment.name}"
    try:
        applied = await answer_to(action, request)
    except ConflictError as error:
        return _conflict(error, variables)
    except RejectedError as error:
        if any(cause.text("field") == "metadata.uid" for cause in error.causes):
            raise _replaced(error) from error
        raise
    return EnvApplied(Fields(applied).part("metadata").text("resourceVersion"))


def _applied(deployment: Deployment, container: str, variables: Mapping[str, int]) -> dict[str, Any]:
    """The fields that the operator owns, and nothing else. The UID keeps a namesake from being changed or created."""
    body: dict[str, Any] = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": deployment.name, "namespace": deployment.namespace, "uid": deployment.uid},
    }
    if variables:
        env = [{"name": name, "value": str(slots)} for name, slots in sorted(variables.items())]
        body["spec"] = {"template": {"spec": {"containers": [{"name": container, "env": env}]}}}
    return body


def _conflict(error: ConflictError, variables: Mapping[str, int]) -> EnvConflict:
    """Names the owner of the first field in conflict.

    Raises:
        NotFoundError: The conflict is about the UID.
    """
    for cause in error.causes:
        if cause.text("reason") == "FieldManagerConflict":
            owner = re.search('"(.*?)"', cause.text("message"))
            manager = owner[1] if owner else "another manager"
            field = cause.text("field")
            container, name = _names(field)
            value = variables.get(name, "the pool's value")
            message = (
                f"Variable {name} of container {container} belongs to {manager}, which gives it another value: set it "
                f"to {value} there, too, or remove slots or slotsEnvVar from the pool. Taking it out of the manifest "
                f"of {manager} would first restart the pods without it."
            )
            return EnvConflict(manager, field, message)
    raise _replaced(error) from error


def _replaced(error: ClusterError) -> NotFoundError:
    """The UID did not fit: 409 if no Deployment has the name by now, 422 if another one has it."""
    return NotFoundError(f"The Deployment was deleted or replaced meanwhile. {error}", error.status)


def _names(field: str) -> tuple[str, str]:
    """Container and variable of `.spec.template.spec.containers[name="worker"].env[name="SLOTS"].value`."""
    names = re.findall(r'\[name="([^"]*)"\]', field)
    return (names[0], names[1]) if len(names) == 2 else ("?", field)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
