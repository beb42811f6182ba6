"""The cluster as a command reads it: with the rights of who runs it, and every failure in one line with what to do."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer
from pydantic import ValidationError

from controller.api.model import read_partly
from controller.api.spec import GROUP, KIND, PLURAL, VERSION, ObjectMeta, TemporalWorkerPoolSpec
from controller.api.status import Condition, TemporalWorkerPoolStatus
from controller.cli.commands import CliError
from controller.cli.exit_status import ExitStatus
from controller.cluster.client import Cluster, answer_to, connect
from controller.cluster.errors import (
    ClusterError,
    ClusterUnavailableError,
    ForbiddenError,
    NotFoundError,
    UnauthenticatedError,
)
from controller.cluster.fields import Fields
from controller.cluster.resources import EVENTS, POOLS, Resource, get

PAGE_SIZE: Final = 500
"""Objects of one answer: the statuses of many pools are megabytes."""

Kubeconfig = Annotated[
    Path | None, typer.Option("--kubeconfig", help="Kubeconfig file; default: $KUBECONFIG, else ~/.kube/config.")
]
Context = Annotated[str | None, typer.Option("--context", help="Context of the kubeconfig; default: its current one.")]
Namespace = Annotated[
    str | None, typer.Option("--namespace", "-n", help="Kubernetes namespace; default: that of the context.")
]
AllNamespaces = Annotated[bool, typer.Option("--all-namespaces", "-A", help="Pools of all namespaces.")]
"""Options that each command has which reads from a cluster."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Connection:
    """Which cluster, and what of it."""

    kubeconfig: Path | None = None
    context: str | None = None
    namespace: str | None = None
    """`None`: that of the context."""
    all_namespaces: bool = False


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """What could not be read for want of a permission; the command goes on without it and says so."""

    message: str


@dataclass(frozen=True, slots=True)
class PoolRecord:
    """A pool as the API server has it; what a CRD of another version has in addition is in `manifest` alone."""

    metadata: ObjectMeta
    spec: TemporalWorkerPoolSpec | None
    """`None` if this version can't read it."""
    status: TemporalWorkerPoolStatus
    """What could be read of it."""
    manifest: Mapping[str, Any]

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> "PoolRecord":
        """Reads a manifest; what can't be read is left out."""
        status, _ = read_partly(TemporalWorkerPoolStatus, manifest.get("status") or {})
        return cls(ObjectMeta.from_manifest(manifest["metadata"]), _spec(manifest), status, manifest)

    @property
    def name(self) -> str:
        """Name within its namespace."""
        return self.metadata.name

    @property
    def namespace(self) -> str:
        """Kubernetes namespace."""
        return self.metadata.namespace

    @property
    def has_status(self) -> bool:
        """Whether an operator ever reported on it."""
        return bool(self.status.conditions)

    def condition(self, type_: str) -> Condition | None:
        """One of its conditions; `None` where it has none of this type."""
        return next((condition for condition in self.status.conditions if condition.type == type_), None)


@dataclass(frozen=True, slots=True)
class EventRecord:
    """An Event of the API server."""

    at: float
    """When it happened last, in seconds since the Unix epoch."""
    type: str
    """`Normal` or `Warning`."""
    reason: str
    message: str
    by: str
    """The controller or person that reported it."""
    count: int
    """How often it happened."""
    regarding: str
    """Kind and name of the object, such as `Deployment/worker`."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """Its annotations: what it says, for programs."""


class Kube:
    """A cluster, and the namespace that a command works in."""

    def __init__(self, cluster: Cluster, namespace: str | None) -> None:
        """With `None` for all namespaces."""
        self.cluster = cluster
        self.namespace = namespace

    async def pools(self) -> list[PoolRecord]:
        """The pools of the namespace, or of all, by namespace and name."""
        found = [PoolRecord.of(manifest) for manifest in await self.list(POOLS, self.namespace)]
        return sorted(found, key=lambda pool: pool.metadata.key)

    async def pool(self, name: str) -> PoolRecord:
        """One pool of the namespace."""
        return PoolRecord.of(await self.read(POOLS, self.namespace or self.cluster.namespace, name))

    async def events(self, namespace: str, **about: str) -> list[EventRecord]:
        """Events of a namespace, oldest first; `about` are fields of the object, such as `kind` and `name`."""
        selector = ",".join(f"involvedObject.{field}={value}" for field, value in about.items())
        found = [_event(Fields(item)) for item in await self.list(EVENTS, namespace, fieldSelector=selector or None)]
        return sorted(found, key=lambda event: event.at)

    async def events_of(self, pool: PoolRecord) -> list[EventRecord]:
        """Events about a pool, not those of an earlier one under its name; oldest first."""
        return await self.events(pool.namespace, kind=KIND, name=pool.name, uid=pool.metadata.uid)

    async def list(self, resource: Resource, namespace: str | None, **query: str | None) -> list[dict[str, Any]]:
        """All objects of a kind, in a namespace or in all.

        Raises:
            CliError: They could not be listed.
        """
        found: list[dict[str, Any]] = []
        request, more = resource.list_request(self.cluster.client, namespace), ""
        while True:
            answer = request(**query, limit=PAGE_SIZE, **({"continue": more} if more else {}))
            page = await _answered(answer, "list", resource, namespace)
            found += page.get("items") or []
            more = Fields(page).part("metadata").text("continue")
            if not more:
                return found

    async def read(self, resource: Resource, namespace: str | None, name: str) -> dict[str, Any]:
        """One object.

        Raises:
            CliError: It could not be read.
        """
        return await _answered(
            get(self.cluster.client, resource.path(namespace, name)), "get", resource, namespace, name
        )


def with_cluster(connection: Connection, work: Callable[[Kube], Awaitable[T]]) -> T:
    """Connects, does the work, and closes the connections.

    Raises:
        CliError: The cluster could not be reached, or the work failed.
    """

    async def connected() -> T:
        try:
            cluster = await connect(connection.kubeconfig, connection.context)
        except ClusterError as error:
            raise as_cli_error(error) from error
        namespace = None if connection.all_namespaces else (connection.namespace or cluster.namespace)
        try:
            return await work(Kube(cluster, namespace))
        except ClusterError as error:
            raise as_cli_error(error) from error
        finally:
            await cluster.close()

    return asyncio.run(connected())


async def if_allowed(what: str, reading: Awaitable[T]) -> T | NotAllowed:
    """What was read; or where the permission is missing, a line that says so.

    Such as `Events: not allowed to list events in namespace prod.`

    Args:
        what: What a reader misses, such as `Events`.
        reading: A read of `Kube`.
    """
    try:
        return await reading
    except CliError as error:
        if error.status != ExitStatus.FORBIDDEN:
            raise
        return NotAllowed(f"{what}: {error.message.partition(';')[0]}.")


def as_cli_error(error: ClusterError) -> CliError:
    """The error as the one who runs the command gets it: the operator's own texts are for who runs the operator."""
    match error:
        case ForbiddenError():
            status, remedy = ExitStatus.FORBIDDEN, "ask for the permission that the message names"
        case UnauthenticatedError():
            status, remedy = ExitStatus.UNREACHABLE, "log in again, or choose another context with --context"
        case ClusterUnavailableError():
            status, remedy = (
                ExitStatus.UNREACHABLE,
                "choose the cluster by --kubeconfig, --context or $KUBECONFIG, and check the network",
            )
        case NotFoundError():
            status, remedy = ExitStatus.NOT_FOUND, "correct its name or the namespace (-n)"
        case _:
            status, remedy = ExitStatus.REFUSED, "change what the message names, and try again"
    return CliError(f"{error.problem}; {remedy}" if error.problem else str(error), status)


async def _answered(
    request: Awaitable[Any], verb: str, resource: Resource, namespace: str | None, name: str = ""
) -> dict[str, Any]:
    """The answer to a read; the errors that people meet most have the shortest texts."""
    where = f"in namespace {namespace}" if namespace else "in all namespaces"
    try:
        return await answer_to(f"{verb} {resource.plural} {where}", request)
    except ForbiddenError as error:
        remedy = "ask for the permission" if namespace else "choose a namespace with -n, or ask for the permission"
        raise CliError(f"not allowed to {verb} {resource.plural} {where}; {remedy}", ExitStatus.FORBIDDEN) from error
    except NotFoundError as error:
        if name and Fields(error.status).part("details").has("name"):
            hint = f"`kubectl get {resource.plural} -A` lists those of all namespaces"
            raise CliError(f"there is no {resource.plural}/{name} {where}; {hint}", ExitStatus.NOT_FOUND) from error
        raise CliError(_no_such_kind(resource), ExitStatus.NOT_FOUND) from error
    except ClusterError as error:
        raise as_cli_error(error) from error


def _no_such_kind(resource: Resource) -> str:
    """That a cluster does not have the kind; ours are installed with the operator."""
    group_version = resource.group_version.removeprefix("/apis/")
    if not group_version.startswith(GROUP):
        return f"the cluster has no {resource.plural} of {group_version}; give the manifests as files with -f"
    return f"the cluster has no {PLURAL}.{GROUP}/{VERSION}; install the CRDs with `kubectl apply -k crds/`"


def _spec(manifest: Mapping[str, Any]) -> TemporalWorkerPoolSpec | None:
    try:
        return TemporalWorkerPoolSpec.from_manifest(manifest.get("spec"))
    except ValidationError:
        return None


def _event(event: Fields) -> EventRecord:
    times = [event.time(name) for name in ("lastTimestamp", "eventTime", "firstTimestamp")]
    times += [event.part("series").time("lastObservedTime"), event.part("metadata").time("creationTimestamp")]
    regarding = event.part("involvedObject")
    return EventRecord(
        at=max((time for time in times[:4] if time is not None), default=times[4] or 0.0),
        type=event.text("type"),
        reason=event.text("reason"),
        message=event.text("message"),
        by=event.text("reportingComponent") or event.part("source").text("component"),
        count=max(event.count("count", 1), event.part("series").count("count", 1)),
        regarding=f"{regarding.text('kind')}/{regarding.text('name')}",
        facts=event.part("metadata").labels("annotations"),
    )
