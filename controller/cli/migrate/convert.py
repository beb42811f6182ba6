"""`twp from-keda` and `twp from-hpa`: another scaler's objects as the manifests of a pool."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from controller.cli.commands import CliError
from controller.cli.exit_status import ExitStatus
from controller.cli.kube import Connection, Context, Kube, Kubeconfig, Namespace, NotAllowed, if_allowed, with_cluster
from controller.cli.manifests import Manifest, ManifestError, files_in, read_manifests
from controller.cli.migrate.hpa import Work, from_hpa
from controller.cli.migrate.keda import Given, from_keda
from controller.cli.migrate.keda_auth import Authentication
from controller.cli.migrate.pool import Converted
from controller.cli.migrate.source import Source, from_cluster
from controller.cluster.fields import Fields
from controller.cluster.resources import DEPLOYMENTS, HPAS, SCALED_OBJECTS, Resource

KEDA_EXAMPLE = "Example: twp from-keda -f scaledobject.yaml -f triggerauth.yaml > pool.yaml"
HPA_EXAMPLE = "Example: twp from-hpa orders --address temporal-frontend.temporal.svc:7233 --task-queue orders"

SCALED_OBJECT: Final = "ScaledObject"
HPA: Final = "HorizontalPodAutoscaler"
_KEDA: Final = SCALED_OBJECTS.group_version
AUTHENTICATIONS: Final = {
    "TriggerAuthentication": Resource(_KEDA, "triggerauthentications"),
    "ClusterTriggerAuthentication": Resource(_KEDA, "clustertriggerauthentications"),
}

Files = Annotated[
    list[Path] | None, typer.Option("--file", "-f", help="File or folder with manifests; - is standard input.")
]
Name = Annotated[str | None, typer.Argument(help="Name of the object in the cluster; or give files with -f.")]


def from_keda_command(
    name: Name = None,
    files: Files = None,
    objective: Annotated[
        int | None,
        typer.Option("--schedule-to-start", min=1, help="Seconds as objective, in place of targetQueueSize."),
    ] = None,
    namespace: Namespace = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
) -> None:
    """Convert a ScaledObject of KEDA with temporal triggers, and its TriggerAuthentication, to a TemporalWorkerPool.

    Reads files, or with a name the cluster, and changes nothing. The manifests go to standard output; each field that
    is not carried over is a line on standard error: FILE:LINE: KIND/NAME: FIELD: MESSAGE. With the Deployment among the
    files, parameters that KEDA reads from its variables are resolved. The pool has mode Recommend: the operator writes
    what it would do, and KEDA goes on scaling.

    Ends with status 1 if something must be added before the API server admits the manifests; the lines name it.
    """
    objects = _given(name, files, Connection(kubeconfig, context, namespace), SCALED_OBJECT)
    target = Fields(objects.main.content).part("spec", "scaleTargetRef").text("name")
    authentications = {
        str(each.content["metadata"]["name"]): Authentication(Source(each))
        for each in objects.others
        if each.kind in AUTHENTICATIONS
    }
    given = Given(Source(objects.main), authentications, objects.deployment(target), objective)
    _print(from_keda(given))


def from_hpa_command(
    address: Annotated[str, typer.Option("--address", help="Host and port of the Temporal frontend.")],
    task_queue: Annotated[
        list[str], typer.Option("--task-queue", help="Task queue, such as orders or orders/Activity; repeat it.")
    ],
    name: Name = None,
    files: Files = None,
    objective: Annotated[
        int, typer.Option("--schedule-to-start", min=1, help="Seconds within which 95 % of the tasks should start.")
    ] = 10,
    temporal_namespace: Annotated[str, typer.Option("--temporal-namespace", help="Temporal namespace.")] = "default",
    namespace: Namespace = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
) -> None:
    """Convert a HorizontalPodAutoscaler (autoscaling/v2 or v1) to a TemporalWorkerPool.

    Reads files, or with a name the cluster, and changes nothing. Bounds and behavior are carried over; what the workers
    poll is in no HorizontalPodAutoscaler, so the options say it. The manifest goes to standard output; each field that
    is not carried over is a line on standard error. The pool has mode Recommend: the operator writes what it would do,
    and the HorizontalPodAutoscaler goes on scaling.

    Ends with status 1 if something must be added before the API server admits the manifest; the lines name it.
    """
    objects = _given(name, files, Connection(kubeconfig, context, namespace), HPA)
    target = Fields(objects.main.content).part("spec", "scaleTargetRef").text("name")
    work = Work(address, temporal_namespace, tuple(task_queue), objective)
    _print(from_hpa(Source(objects.main), work, objects.deployment(target)))


class _Objects:
    """The object to convert, and those beside it."""

    def __init__(self, main: Manifest, others: Iterable[Manifest]) -> None:
        self.main, self.others = main, tuple(others)

    def deployment(self, name: str) -> Mapping[str, Any] | None:
        """The Deployment of this name, where it is given."""
        found = (each for each in self.others if each.name == f"Deployment/{name}")
        return next((each.content for each in found), None)


def _given(name: str | None, files: list[Path] | None, connection: Connection, kind: str) -> _Objects:
    if (name is None) == (not files):
        raise CliError(f"name a {kind} of the cluster, or give files with -f, one of the two", ExitStatus.USAGE)
    if name is not None:
        return with_cluster(connection, lambda kube: _of_cluster(kube, kind, name))
    try:
        read = [each for file in files or () for one in files_in(file) for each in read_manifests(one)]
    except ManifestError as error:
        raise CliError(str(error), ExitStatus.USAGE) from error
    main = [each for each in read if each.kind == kind]
    if len(main) != 1:
        raise CliError(f"the files have {len(main)} objects of kind {kind}; give one at a time", ExitStatus.USAGE)
    return _Objects(main[0], (each for each in read if each is not main[0]))


async def _of_cluster(kube: Kube, kind: str, name: str) -> _Objects:
    namespace = kube.namespace or kube.cluster.namespace
    main = await kube.read(SCALED_OBJECTS if kind == SCALED_OBJECT else HPAS, namespace, name)
    spec = Fields(main).part("spec")
    references = {
        (trigger.part("authenticationRef").text("kind") or "TriggerAuthentication", reference)
        for trigger in spec.items("triggers")
        if (reference := trigger.part("authenticationRef").text("name"))
    }
    others = [
        await if_allowed(each, kube.read(AUTHENTICATIONS[of], None if of.startswith("Cluster") else namespace, each))
        for of, each in sorted(references)
        if of in AUTHENTICATIONS
    ]
    target = spec.part("scaleTargetRef").text("name")
    others.append(await if_allowed(target, kube.read(DEPLOYMENTS, namespace, target)))
    found = [each for each in others if not isinstance(each, NotAllowed)]
    for missing in (each for each in others if isinstance(each, NotAllowed)):
        typer.echo(f"twp: {missing.message}", err=True)
    return _Objects(_live(main, kind), (_live(each) for each in found))


def _live(content: Mapping[str, Any], kind: str = "") -> Manifest:
    return from_cluster({**({"kind": kind} if kind else {}), **content})


def _print(converted: Converted) -> None:
    typer.echo(converted.yaml)
    for remark in (*converted.remarks, *converted.faults):
        typer.echo(str(remark), err=True)
    raise typer.Exit(ExitStatus.NO if converted.faults else ExitStatus.OK)
