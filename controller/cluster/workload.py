"""The scale target, a Deployment: the cache of them, setting the replicas, reading and writing the slot variable.

What is particular to Deployments is here, in `convert.to_deployment`, in `pods` (a ReplicaSet owns the pods) and in
`scalers` (the kind of their target).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from controller.api.condition_reasons import SlotsEffective
from controller.api.event_reasons import SCALED_BY
from controller.cluster.client import Cluster, answer_to
from controller.cluster.convert import FIELD_MANAGER, REPLICAS_HOLDER, to_bare_deployment, to_deployment
from controller.cluster.errors import ClusterError, ConflictError, NotFoundError, RejectedError
from controller.cluster.fields import Fields
from controller.cluster.informer import ObjectKey, WatchCache, scope
from controller.cluster.objects import Container, Deployment
from controller.cluster.pods import PodCache
from controller.cluster.resources import APPLY_PATCH, DEPLOYMENTS, JSON_PATCH, MERGE_PATCH, get, patch
from controller.cluster.scalers import Scalers


class DeploymentCache(WatchCache[Deployment]):
    """Deployments of one namespace or of the whole cluster."""

    def __init__(self, cluster: Cluster, namespace: str | None, changed: Callable[[ObjectKey], None]) -> None:
        """Watches `namespace`, or every namespace with `None`; `changed` is called with the key of each change."""
        request = DEPLOYMENTS.list_request(cluster.client, namespace)
        super().__init__(f"Deployments of {scope(namespace)}", request, self._to_deployment, changed)

    @override
    def _bare(self, manifest: Mapping[str, Any]) -> Deployment:
        return to_bare_deployment(manifest)

    def _to_deployment(self, manifest: Mapping[str, Any]) -> Deployment:
        deployment = to_deployment(manifest)
        return deployment.after(self.get(deployment.namespace, deployment.name))


@dataclass(frozen=True)
class Watches:
    """The caches that every reconcile reads, of one namespace or of the whole cluster."""

    deployments: DeploymentCache
    pods: PodCache
    scalers: Scalers

    @property
    def caches(self) -> tuple[WatchCache[Any], ...]:
        """All caches, to be run."""
        return self.deployments, self.pods, *self.scalers.caches

    @property
    def outdated(self) -> str | None:
        """Why the caches of Deployments and pods can't be used; `None` while they can."""
        return self.deployments.outdated or self.pods.outdated

    @property
    def unwatched(self) -> str | None:
        """Why one of all caches, those of other scalers included, can't be used; `None` while all can."""
        return next((why for cache in self.caches if (why := cache.outdated)), None)


@dataclass(frozen=True)
class WatchesByNamespace:
    """The caches of each watched namespace; those of the whole cluster are under `None`."""

    watches: Mapping[str | None, Watches]

    def of(self, namespace: str) -> Watches:
        """The caches that an object of this namespace is in.

        Raises:
            KeyError: The namespace is not watched.
        """
        return self.watches[namespace if namespace in self.watches else None]

    @property
    def caches(self) -> tuple[WatchCache[Any], ...]:
        """All caches, to be run."""
        return tuple(cache for watches in self.watches.values() for cache in watches.caches)

    @property
    def outdated(self) -> str | None:
        """Why caches of Deployments and pods can't be used; `None` while all can."""
        return next((why for watches in self.watches.values() if (why := watches.outdated)), None)


@dataclass(frozen=True, slots=True)
class Scaled:
    """The replicas were set."""

    resource_version: str
    """Of the Deployment after the change."""


@dataclass(frozen=True, slots=True)
class ScaleConflict:
    """The replicas were set by another field manager since they were read, or the Deployment was replaced."""


async def get_deployment(cluster: Cluster, namespace: str, name: str) -> Deployment | None:
    """Reads a Deployment from the API server, since the cache may be behind; `None` if it is gone.

    Raises:
        ClusterError: It could not be read.
    """
    request = get(cluster.client, DEPLOYMENTS.path(namespace, name))
    try:
        return to_deployment(await answer_to(f"read Deployment {namespace}/{name}", request))
    except NotFoundError:
        return None


async def set_replicas(
    cluster: Cluster, deployment: Deployment, replicas: int, *, manager: str = FIELD_MANAGER, dry_run: bool = False
) -> Scaled | ScaleConflict:
    """Sets the replicas of the Deployment as it was read, unless another field manager has set them since.

    A JSON patch that tests UID and replicas: the API server itself retries it after a conflict with another write. A
    merge-patch with `resourceVersion` fails for any change, be it the controller's status or an annotation: beside a
    writer of 73 changes a second it got through once in 50 tries, this one in 50 of 50 (after 0.1 s on average). Other
    changes since then, such as of the template, are read by the next reconcile.

    Not server-side apply: an applier that stops naming `replicas` resets it to 1.

    Raises:
        NotFoundError: It is gone.
        ClusterError: Another failure; the text has the reason and the fix.
    """
    body: list[dict[str, Any]] = [
        {"op": "test", "path": "/metadata/uid", "value": deployment.uid},
        # A Scale with 0 replicas has no such field: it is tested as null, and can only be added.
        {"op": "test", "path": "/spec/replicas", "value": deployment.replicas or None},
        {"op": "add", "path": "/spec/replicas", "value": replicas},
    ]
    path = DEPLOYMENTS.path(deployment.namespace, deployment.name, "scale")
    query = {"fieldManager": manager, "dryRun": "All" if dry_run else None}
    request = patch(cluster.client, path, JSON_PATCH, body, **query)
    try:
        scale = await answer_to(
            f"set the replicas of Deployment {deployment.namespace}/{deployment.name} to {replicas}", request
        )
    except ConflictError:
        return ScaleConflict()
    except RejectedError as error:
        if not error.is_failed_test:
            raise
        return ScaleConflict()
    return Scaled(Fields(scale).part("metadata").text("resourceVersion"))


async def set_scaled_by(cluster: Cluster, deployment: Deployment, pool_name: str) -> str:
    """Names the pool on the Deployment, in an annotation that no manifest has; gives the new resource version.

    Not of the pod template: no pod is restarted. The API server counts it as a new generation of the Deployment.

    Raises:
        ClusterError: It was refused, or the Deployment is gone or another one; the text has the reason.
    """
    change = {"metadata": {"uid": deployment.uid, "annotations": {SCALED_BY: pool_name}}}
    path = DEPLOYMENTS.path(deployment.namespace, deployment.name)
    request = patch(cluster.client, path, MERGE_PATCH, change, fieldManager=FIELD_MANAGER)
    answer = await answer_to(f"annotate Deployment {deployment.namespace}/{deployment.name}", request)
    return Fields(answer).part("metadata").text("resourceVersion")


async def remove_scaled_by(cluster: Cluster, deployment: Deployment, pool_name: str, *, dry_run: bool = False) -> None:
    """Removes that annotation, unless it names another pool by now, or the Deployment is gone or another one.

    Raises:
        ClusterError: It was refused; the text has the reason.
    """
    annotation = f"/metadata/annotations/{SCALED_BY.replace('/', '~1')}"
    change: list[dict[str, Any]] = [
        {"op": "test", "path": "/metadata/uid", "value": deployment.uid},
        {"op": "test", "path": annotation, "value": pool_name},
        {"op": "remove", "path": annotation},
    ]
    path = DEPLOYMENTS.path(deployment.namespace, deployment.name)
    query = {"fieldManager": FIELD_MANAGER, "dryRun": "All" if dry_run else None}
    request = patch(cluster.client, path, JSON_PATCH, change, **query)
    try:
        await answer_to(f"remove the annotation of Deployment {deployment.namespace}/{deployment.name}", request)
    except NotFoundError:
        return
    except RejectedError as error:
        if not error.is_failed_test:
            raise


async def own_replicas(cluster: Cluster, deployment: Deployment) -> None:
    """Makes the operator own `spec.replicas` of the Deployment as it was read, at the number that it has.

    After a write of 0 by the scale subresource the field has no owner, and from then on the API server records none for
    writes by that subresource: the next `kubectl scale` would have no name. The number can't change by this: with the
    resourceVersion the API server refuses where anything of the Deployment changed since.

    Raises:
        ConflictError: It did.
        ClusterError: Another failure; the text has the reason and the fix.
    """
    metadata = {"name": deployment.name, "namespace": deployment.namespace, "uid": deployment.uid}
    body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata | {"resourceVersion": deployment.resource_version},
        "spec": {"replicas": deployment.replicas},
    }
    path = DEPLOYMENTS.path(deployment.namespace, deployment.name)
    request = patch(cluster.client, path, APPLY_PATCH, body, fieldManager=REPLICAS_HOLDER, force="false")
    await answer_to(f"own the replicas of Deployment {deployment.namespace}/{deployment.name}", request)


@dataclass(frozen=True, slots=True)
class SlotVariableProblem:
    """Why the variable gives no number."""

    reason: SlotsEffective
    """SLOTS_VARIABLE_NOT_FOUND, SLOTS_VARIABLE_INVALID, SLOTS_VALUE_FROM or SLOTS_VARIABLE_DUPLICATE."""
    message: str
    """What is wrong, where, and how to fix it."""
    writable: bool
    """Whether writing a number fixes it: a missing or malformed value yes, a reference or a duplicate no."""


@dataclass(frozen=True, slots=True)
class EnvApplied:
    """The variables are set."""

    resource_version: str
    """Of the Deployment after the change."""


@dataclass(frozen=True, slots=True)
class EnvConflict:
    """Another field manager owns a variable and gives it another value; nothing was changed."""

    message: str
    """The field manager, its variable, and how to fix the conflict."""


def read_slots(container: Container, variable: str) -> int | SlotVariableProblem:
    """The number of slots that the container's variable gives, at least 1."""
    entries = [entry for entry in container.env if entry.name == variable]
    where = f"container {container.name}"
    if not entries:
        hidden = " of its own (variables of envFrom are not read)" if container.has_env_from else ""
        message = f"{where} has no variable {variable}{hidden}: add it to the Deployment, or set slots"
        return SlotVariableProblem(SlotsEffective.SLOTS_VARIABLE_NOT_FOUND, _sentence(message), writable=True)
    if len(entries) > 1:
        message = f"{where} lists {variable} {len(entries)} times: leave one entry of that name"
        return SlotVariableProblem(SlotsEffective.SLOTS_VARIABLE_DUPLICATE, _sentence(message), writable=False)
    if entries[0].from_reference:
        message = f"{where} sets {variable} by a reference (valueFrom): set a plain value, or remove slotsEnvVar"
        return SlotVariableProblem(SlotsEffective.SLOTS_VALUE_FROM, _sentence(message), writable=False)
    value = entries[0].value or ""
    if re.fullmatch("[0-9]{1,9}", value) and int(value) >= 1:
        return int(value)
    message = f"{where} has {variable}={value[:40]!r}, which is not a whole number of at least 1: correct it"
    return SlotVariableProblem(SlotsEffective.SLOTS_VARIABLE_INVALID, _sentence(message), writable=True)


async def apply_slots(
    cluster: Cluster, deployment: Deployment, container: str, variables: Mapping[str, int], *, dry_run: bool = False
) -> EnvApplied | EnvConflict:
    """Applies exactly these variables of the container, and gives up the ownership of others.

    An empty `variables` gives up all. A change of the template restarts the pods: the caller decides when. With
    `dry_run` the API server answers as usual, and nothing is written.

    Raises:
        ValueError: A number below 1: SDKs read 0 as 100.
        NotFoundError: The Deployment is gone, or another one has its name by now.
        ClusterError: Another failure; the text has the reason and the fix.
    """
    for variable, slots in variables.items():
        if slots < 1:
            raise ValueError(f"{variable} must be at least 1, not {slots}: SDKs read 0 as 100")
    request = patch(
        cluster.client,
        DEPLOYMENTS.path(deployment.namespace, deployment.name),
        APPLY_PATCH,
        _applied(deployment, container, variables),
        fieldManager=FIELD_MANAGER,
        force="false",
        dryRun="All" if dry_run else None,
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
    """The fields that the operator owns, and nothing else. With the UID no other Deployment is changed or created."""
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
    """The conflict about the first field.

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
                f"Variable {name} of container {container} is owned by {manager}, which gives it another value: set it "
                f"to {value} there, too, or remove slots or slotsEnvVar from the pool. Removing it from the manifest "
                f"of {manager} restarts the pods without it first."
            )
            return EnvConflict(message)
    raise _replaced(error) from error


def _replaced(error: ClusterError) -> NotFoundError:
    """The UID does not match: 409 if no Deployment has the name by now, 422 if another one has it."""
    return NotFoundError(f"The Deployment was deleted or replaced meanwhile. {error}", error.status)


def _names(field: str) -> tuple[str, str]:
    """Container and variable of `.spec.template.spec.containers[name="worker"].env[name="SLOTS"].value`."""
    names = re.findall(r'\[name="([^"]*)"\]', field)
    return (names[0], names[1]) if len(names) == 2 else ("?", field)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
