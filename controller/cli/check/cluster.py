"""The cluster itself: whether it answers, its version, and the CRDs that it has."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from controller.api.crd import crds
from controller.api.spec import GROUP, VERSION
from controller.cli.check.finding import Finding, Group, Outcome
from controller.cli.commands import CliError
from controller.cli.exit_status import ExitStatus
from controller.cli.kube import Kube
from controller.cluster.client import answer_to
from controller.cluster.errors import ClusterError, NotFoundError
from controller.cluster.fields import Fields
from controller.cluster.resources import Resource, get
from controller.scaling.text import counted

VERSION_PAGE: Final = "docs/compatibility.md#kubernetes"
CRD_PAGE: Final = "docs/check.md#crds"

OLDEST: Final = (1, 32)
"""The oldest version of Kubernetes of which the docs say that it should do."""

CUSTOM_RESOURCES: Final = Resource("/apis/apiextensions.k8s.io/v1", "customresourcedefinitions")
INSTALL_CRDS: Final = "kubectl apply -k crds/"

MOST_NAMED: Final = 5
"""Fields of a difference that are named."""


async def cluster(kube: Kube) -> list[Finding]:
    """The API server and its version."""
    server = kube.cluster.server
    try:
        version = await answer_to(f"reach the API server {server}", get(kube.cluster.client, "/version"))
    except ClusterError as error:
        return [Finding(Group.CLUSTER, "API server", Outcome.FAILED, str(error), VERSION_PAGE)]
    name = Fields(version).text("gitVersion")
    answers = Finding(Group.CLUSTER, "API server", Outcome.OK, f"{server} answers.", VERSION_PAGE)
    return [answers, _version(version, name)]


def _version(version: Mapping[str, Any], name: str) -> Finding:
    numbers = ["".join(filter(str.isdigit, str(version.get(part, "")))) for part in ("major", "minor")]
    if not all(numbers):
        return Finding(Group.CLUSTER, "version", Outcome.UNKNOWN, "The API server does not give one.", VERSION_PAGE)
    oldest = ".".join(map(str, OLDEST))
    if (int(numbers[0]), int(numbers[1])) < OLDEST:
        message = f"Kubernetes {name} was not tried; {oldest} and later should do."
        return Finding(Group.CLUSTER, "version", Outcome.WARNING, message, VERSION_PAGE)
    return Finding(
        Group.CLUSTER, "version", Outcome.OK, f"Kubernetes {name}; {oldest} or later is needed.", VERSION_PAGE
    )


async def custom_resources(kube: Kube, *, before_installation: bool) -> list[Finding]:
    """Each CRD, against the one that this version ships."""
    return [await _custom_resource(kube, shipped, before_installation=before_installation) for shipped in crds()]


async def _custom_resource(kube: Kube, shipped: Mapping[str, Any], *, before_installation: bool) -> Finding:
    name, plural = shipped["metadata"]["name"], shipped["spec"]["names"]["plural"]
    try:
        there = await kube.read(CUSTOM_RESOURCES, None, name)
    except CliError as error:
        if error.status == ExitStatus.NOT_FOUND:
            return _absent(plural, before_installation=before_installation)
        if error.status == ExitStatus.FORBIDDEN:
            return await _discovered(kube, plural, before_installation=before_installation)
        return Finding(Group.CRDS, plural, Outcome.UNKNOWN, f"Could not see it: {error.message}.", CRD_PAGE)
    return compared(plural, shipped, there, before_installation=before_installation)


async def is_served(kube: Kube) -> bool:
    """Whether the cluster knows pools at all."""
    try:
        await answer_to("see what is served", get(kube.cluster.client, f"/apis/{GROUP}/{VERSION}"))
    except NotFoundError:
        return False
    return True


def _absent(plural: str, *, before_installation: bool) -> Finding:
    if before_installation:
        return Finding(Group.CRDS, plural, Outcome.OK, "Not installed yet.", CRD_PAGE, INSTALL_CRDS)
    message = f"The cluster has no {plural}.{GROUP}."
    return Finding(Group.CRDS, plural, Outcome.FAILED, message, CRD_PAGE, INSTALL_CRDS)


async def _discovered(kube: Kube, plural: str, *, before_installation: bool) -> Finding:
    """What every user may see: which kinds are served, but not their schemas."""
    try:
        served = await answer_to("see what is served", get(kube.cluster.client, f"/apis/{GROUP}/{VERSION}"))
    except NotFoundError:
        return _absent(plural, before_installation=before_installation)
    except ClusterError as error:
        return Finding(Group.CRDS, plural, Outcome.UNKNOWN, f"Could not see it: {error}", CRD_PAGE)
    if plural not in {item.text("name") for item in Fields(served).items("resources")}:
        return _absent(plural, before_installation=before_installation)
    message = "It is served; its schema is not compared: not allowed to get customresourcedefinitions."
    return Finding(Group.CRDS, plural, Outcome.OK, message, CRD_PAGE)


def compared(
    plural: str, shipped: Mapping[str, Any], there: Mapping[str, Any], *, before_installation: bool = False
) -> Finding:
    """What the CRD of the cluster has less or more than that of this version."""
    ours, theirs = _schema(shipped), _schema(there)
    if theirs is None:
        message = f"It does not serve {VERSION}."
        return Finding(Group.CRDS, plural, Outcome.FAILED, message, CRD_PAGE, INSTALL_CRDS)
    known, found = dict(_fields(ours or {})), dict(_fields(theirs))
    if lacking := sorted(known.keys() - found.keys()):
        message = f"It is older than this version, and lacks {_listed(lacking)}; what is set there is dropped."
        outcome = Outcome.WARNING if before_installation else Outcome.FAILED
        return Finding(Group.CRDS, plural, outcome, message, CRD_PAGE, INSTALL_CRDS)
    if beyond := sorted(found.keys() - known.keys()):
        message = f"It is newer than this version, and has {_listed(beyond)}: update twp and the operator."
        return Finding(Group.CRDS, plural, Outcome.WARNING, message, CRD_PAGE)
    if changed := sorted(path for path, schema in known.items() if found[path] != schema):
        message = f"It is of another version, with other limits of {_listed(changed)}."
        return Finding(Group.CRDS, plural, Outcome.WARNING, message, CRD_PAGE, INSTALL_CRDS)
    return Finding(Group.CRDS, plural, Outcome.OK, "It has the schema of this version.", CRD_PAGE)


def _schema(crd: Mapping[str, Any]) -> Mapping[str, Any] | None:
    versions = Fields(crd).part("spec").items("versions")
    served = next((each for each in versions if each.text("name") == VERSION and each.flag("served")), None)
    return None if served is None else served.part("schema", "openAPIV3Schema").raw


def _fields(schema: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each field of a schema, with its own limits; descriptions don't count."""
    own = {key: value for key, value in schema.items() if key not in {"properties", "items", "description"}}
    if path:
        yield path, own
    for name, field in schema.get("properties", {}).items():
        yield from _fields(field, f"{path}.{name}".removeprefix("."))
    if "items" in schema:
        yield from _fields(schema["items"], f"{path}[]")


def _listed(paths: list[str]) -> str:
    more = f" and {counted(len(paths) - MOST_NAMED, 'field')} more" if len(paths) > MOST_NAMED else ""
    return ", ".join(paths[:MOST_NAMED]) + more
