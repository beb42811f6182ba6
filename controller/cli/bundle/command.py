"""The command: reads what it may, scrubs it, and writes it into one file."""

import io
import json
import tarfile
import time
from collections.abc import Awaitable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from controller.cli.bundle import objects
from controller.cli.bundle.scrub import Names, without_secrets
from controller.cli.check.operator import NAME as OPERATOR
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
    with_cluster,
)
from controller.cli.output import as_yaml
from controller.cli.past import last_of_operator
from controller.cluster.client import answer_to
from controller.cluster.errors import ClusterError, from_answer, translated
from controller.cluster.resources import CONNECTIONS, DEPLOYMENTS, EVENTS, PODS, get
from controller.scaling.recording import poll_line, start_line
from controller.scaling.text import counted

EXAMPLE = "Example: twp report orders -n prod -o report.tar.gz --hide-names"

LOG_LINES: Final = 5000
"""Of the operator, the last ones."""

ROOT: Final = "twp-report"
"""The folder in the bundle."""


@dataclass(slots=True)
class Bundle:
    """What was collected: texts by the name of their file, and what could not be read."""

    files: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    """Names that `--hide-names` hides."""

    def add(self, name: str, content: Any) -> None:  # noqa: ANN401 - any JSON
        """An object, as YAML."""
        self.files[f"{name}.yaml"] = as_yaml(json.loads(json.dumps(content)))


def report(
    name: Annotated[
        str | None, typer.Argument(metavar="[POOL]", help="Only this pool; default: all.", autocompletion=pool_names)
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write (.tar.gz).", dir_okay=False)] = Path(
        "twp-report.tar.gz"
    ),
    hide_names: Annotated[
        bool, typer.Option("--hide-names", help="Replace host names and addresses, each by the same stand-in.")
    ] = False,
    operator_url: Annotated[
        str | None, typer.Option("--operator-url", help="The operator's page: the last decision, for twp replay.")
    ] = None,
    recording: Annotated[
        Path | None, typer.Option("--recording", help="Folder of recordings (operator run --record) to put in.")
    ] = None,
    operator_namespace: Annotated[
        str, typer.Option("--operator-namespace", help="Kubernetes namespace of the operator.")
    ] = OPERATOR,
    namespace: Namespace = None,
    all_namespaces: AllNamespaces = False,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
) -> None:
    """Write a bundle for a bug report: pools, Deployments, pods, Events, decisions, metrics, logs and versions.

    It has no Secrets, no commands, and no values of variables but those that set slots; what looks like a credential is
    removed from every text. What could not be read is listed in notes.txt. Its recordings load in `twp replay`. Look
    through it before you hand it on.
    """
    connection = Connection(kubeconfig, context, namespace, all_namespaces)
    options = Options(name, operator_namespace, operator_url, recording)
    bundle = with_cluster(connection, lambda kube: collected(kube, options))
    try:
        written = write(output, bundle, hide_names=hide_names)
    except OSError as error:
        raise CliError(f"{output}: {error.strerror or error}", ExitStatus.USAGE) from error
    missing = f"; {counted(len(bundle.missing), 'part')} could not be read (notes.txt)" if bundle.missing else ""
    typer.echo(f"Wrote {output}: {counted(len(written), 'file')}{missing}.")


@dataclass(frozen=True, slots=True)
class Options:
    """What goes into the bundle."""

    pool: str | None
    operator_namespace: str
    operator_url: str | None = None
    recording: Path | None = None


async def collected(kube: Kube, options: Options) -> Bundle:
    """Reads everything that may be read.

    Raises:
        CliError: Not even the pools could be read.
    """
    bundle = Bundle()
    pools = [await kube.pool(options.pool)] if options.pool else await kube.pools()
    bundle.hosts.add(kube.cluster.server.partition("://")[2].rpartition(":")[0])
    for pool in pools:
        await _pool(kube, bundle, pool, options)
    for namespace in sorted({pool.namespace for pool in pools}):
        await _connections(kube, bundle, namespace)
    await _operator(kube, bundle, options.operator_namespace)
    await _versions(kube, bundle)
    return bundle


async def _pool(kube: Kube, bundle: Bundle, pool: PoolRecord, options: Options) -> None:
    """A pool with its Deployment, its pods, its Events and its decisions."""
    name, slot_variables = f"{pool.namespace}.{pool.name}", _slot_variables(pool)
    bundle.add(f"pools/{name}", objects.pool(pool.manifest))
    if pool.spec:
        bundle.hosts |= {pool.spec.connection.address.rpartition(":")[0]} if pool.spec.connection else set()
        target = pool.spec.scale_target_ref.name
        found = await _if_readable(bundle, f"Deployment {target}", kube.read(DEPLOYMENTS, pool.namespace, target))
        if found is not None:
            bundle.add(f"deployments/{pool.namespace}.{target}", objects.deployment(found, slot_variables))
            await _pods(kube, bundle, pool.namespace, found, slot_variables)
    events = await _if_readable(bundle, f"Events of {name}", kube.list(EVENTS, pool.namespace))
    about = {pool.name, pool.spec.scale_target_ref.name if pool.spec else ""}
    of_pool = [each for each in events or () if each.get("involvedObject", {}).get("name") in about]
    bundle.add(f"events/{name}", [objects.event(each) for each in of_pool])
    await _decisions(bundle, pool, options)


async def _pods(
    kube: Kube, bundle: Bundle, namespace: str, deployment: Mapping[str, Any], slot_variables: set[str]
) -> None:
    labels = deployment.get("spec", {}).get("selector", {}).get("matchLabels") or {}
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    pods = await _if_readable(bundle, "pods", kube.list(PODS, namespace, labelSelector=selector))
    for pod in pods or ():
        bundle.hosts.add(pod.get("spec", {}).get("nodeName") or "")
        bundle.add(f"pods/{namespace}.{pod['metadata']['name']}", objects.pod(pod, slot_variables))


async def _decisions(bundle: Bundle, pool: PoolRecord, options: Options) -> None:
    """What `twp replay` decides on again."""
    name = f"{pool.namespace}.{pool.name}"
    if options.recording:
        for file in (options.recording / f"{name}.1.jsonl", options.recording / f"{name}.jsonl"):
            with suppress(FileNotFoundError):
                bundle.files[f"recordings/{file.name}"] = file.read_text(encoding="utf-8")
    if options.operator_url:
        asked = last_of_operator(options.operator_url, f"{pool.namespace}/{pool.name}")
        last = await _if_readable(bundle, f"the last decision of {name}", asked)
        if last is not None:
            start = start_line(last.pool, last.situation.spec, last.situation.memory)
            bundle.files[f"recordings/{name}.last.jsonl"] = start + poll_line(last.situation, last.decision, None)


async def _connections(kube: Kube, bundle: Bundle, namespace: str) -> None:
    found = await _if_readable(bundle, f"TemporalConnections of {namespace}", kube.list(CONNECTIONS, namespace))
    for each in found or ():
        spec = each.get("spec", {})
        server_name = spec.get("tls", {}).get("serverName", "")
        bundle.hosts |= {str(spec.get("address", "")).rpartition(":")[0], server_name}
        bundle.add(f"connections/{namespace}.{each['metadata']['name']}", objects.pool(each))


async def _operator(kube: Kube, bundle: Bundle, namespace: str) -> None:
    """Log and metrics of the operator's pods, through the API server."""
    selector = f"app.kubernetes.io/name={OPERATOR}"
    pods = await _if_readable(bundle, "the operator's pods", kube.list(PODS, namespace, labelSelector=selector))
    for pod in pods or ():
        name = pod["metadata"]["name"]
        bundle.hosts.add(pod.get("spec", {}).get("nodeName") or "")
        bundle.add(f"operator/{name}", objects.pod(pod, ()))
        texts = {"log": f"{name}/log?tailLines={LOG_LINES}", "metrics": f"{name}:8080/proxy/metrics"}
        for what, path in texts.items():
            text = await _if_readable(bundle, f"{what} of {name}", _text(kube, f"{PODS.path(namespace)}/{path}"))
            if text is not None:
                bundle.files[f"operator/{name}.{what}.txt"] = text


async def _versions(kube: Kube, bundle: Bundle) -> None:
    server = answer_to("read the version of the API server", get(kube.cluster.client, "/version"))
    versions = {
        "twp": version("temporal-worker-pools"),
        "kubernetes": await _if_readable(bundle, "its version", server),
    }
    bundle.add("versions", versions)


async def _text(kube: Kube, path: str) -> str:
    """An answer that is not JSON."""
    with translated(f"read {path}"):
        response = await get(kube.cluster.client, path)
        body = await response.text()
    if response.status >= 400:
        raise from_answer(f"read {path}", response.status, body)
    return body


async def _if_readable(bundle: Bundle, what: str, reading: Awaitable[Any]) -> Any:  # noqa: ANN401 - whatever is read
    """What was read; `None`, and a note, where it could not be."""
    try:
        return await reading
    except (CliError, ClusterError) as error:
        message = error.message if isinstance(error, CliError) else str(error)
        bundle.missing.append(f"{what}: {message}")
        return None


def _slot_variables(pool: PoolRecord) -> set[str]:
    queues = pool.spec.task_queues if pool.spec else ()
    return {task.slots_env_var for queue in queues for task in queue.tasks if task.slots_env_var}


def write(file: Path, bundle: Bundle, *, hide_names: bool) -> list[str]:
    """Writes the bundle, scrubbed, and gives the names of its files.

    Raises:
        OSError: The file cannot be written.
    """
    notes = "\n".join(bundle.missing) or "Everything could be read."
    texts = bundle.files | {"notes.txt": f"{notes}\n"}
    names = Names(bundle.hosts) if hide_names else None
    with tarfile.open(file, "w:gz") as archive:
        for name, text in _scrubbed(texts, names):
            content = text.encode(errors="replace")
            member = tarfile.TarInfo(f"{ROOT}/{name}")
            member.size, member.mtime = len(content), int(time.time())
            archive.addfile(member, io.BytesIO(content))
    return list(texts)


def _scrubbed(texts: Mapping[str, str], names: Names | None) -> Iterable[tuple[str, str]]:
    for name, text in texts.items():
        safe = without_secrets(text)
        yield (names.hide(name), names.hide(safe)) if names else (name, safe)
