"""What a pod may ask of this kubelet, and what it asks for.

The API server has validated and defaulted every pod; what is left is to find what can't be done here. A field that is
neither acted on nor listed as harmless is refused by name, so that nothing is ignored in silence.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
"""An object of the Kubernetes API as parsed JSON."""

_POD_FIELDS_ACTED_ON = {"containers", "restartPolicy", "terminationGracePeriodSeconds", "nodeName"}
_POD_FIELDS_OF_OTHERS = {
    # The scheduler's.
    "affinity", "nodeSelector", "preemptionPolicy", "priority", "priorityClassName", "schedulerName", "tolerations",
    "topologySpreadConstraints",
    # Without images, volumes for tokens, cluster DNS or Services there is nothing to do.
    "automountServiceAccountToken", "dnsPolicy", "enableServiceLinks", "imagePullSecrets", "serviceAccount",
    "serviceAccountName",
    # Not enforced: every pod runs as the user who started the cluster.
    "securityContext",
}  # fmt: skip
_CONTAINER_FIELDS_ACTED_ON = {"name", "command", "args", "env", "envFrom", "ports", "readinessProbe"}
_CONTAINER_FIELDS_OF_OTHERS = {
    # There is no image: the command runs in the project's own environment.
    "image", "imagePullPolicy",
    # The scheduler counts them; nothing here enforces them.
    "resources",
    # Not enforced, see above.
    "securityContext",
    # Accepted but not acted on: a container that hangs isn't restarted.
    "livenessProbe",
    "terminationMessagePath", "terminationMessagePolicy",
}  # fmt: skip
_FIELD_PATHS = {
    "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP",
    "status.podIP",
}  # fmt: skip
_KEYED_FIELD_PATHS = ("metadata.labels['", "metadata.annotations['")


@dataclass(frozen=True)
class HttpProbe:
    """An HTTP probe as the API server defaulted it."""

    path: str
    port: int
    host: str | None
    """Absent: the pod's address."""
    headers: Mapping[str, str]
    initial_delay_seconds: float
    period_seconds: float
    timeout_seconds: float
    success_threshold: int
    failure_threshold: int


@dataclass(frozen=True)
class Container:
    """A container's part of the spec that is acted on."""

    name: str
    image: str
    command: tuple[str, ...]
    """Command and arguments, before the expansion of `$(VAR)`."""
    env: tuple[Json, ...]
    env_from: tuple[Json, ...]
    readiness_probe: HttpProbe | None


def parse_containers(pod: Json) -> list[Container]:
    """The containers of a pod for which `unsupported` has nothing to say."""
    return [_parse_container(container) for container in pod["spec"]["containers"]]


def unsupported(pod: Json) -> list[str]:
    """What this kubelet can't do for a pod, one sentence each; empty if it can run it."""
    spec = pod["spec"]
    return [
        *_unknown_fields(spec, _POD_FIELDS_ACTED_ON | _POD_FIELDS_OF_OTHERS, "spec"),
        *(reason for container in spec["containers"] for reason in _unsupported_in_container(container)),
    ]


def _unsupported_in_container(container: Json) -> Iterator[str]:
    where = f"container {container['name']}"
    yield from _unknown_fields(container, _CONTAINER_FIELDS_ACTED_ON | _CONTAINER_FIELDS_OF_OTHERS, where)
    if not container.get("command"):
        yield f"{where}: command is needed, because images are not pulled here and have no entry point"
    for name in ("readinessProbe", "livenessProbe"):
        yield from _unsupported_in_probe(container.get(name), _port_numbers(container), f"{where}: {name}")
    for variable in container.get("env", ()):
        yield from _unsupported_in_variable(variable, f"{where}: env {variable['name']}")
    for source in container.get("envFrom", ()):
        yield from _unknown_fields(source, {"prefix", "configMapRef", "secretRef"}, f"{where}: envFrom")


def _unsupported_in_probe(probe: Json | None, port_numbers: Mapping[str, int], where: str) -> Iterator[str]:
    if probe is None:
        return
    if "httpGet" not in probe:
        yield f"{where}: only httpGet is supported"
        return
    if probe["httpGet"].get("scheme", "HTTP") != "HTTP":
        yield f"{where}: only the scheme HTTP is supported"
    port = probe["httpGet"]["port"]
    if isinstance(port, str) and port not in port_numbers:
        yield f"{where}: the container has no port named {port}"


def _port_numbers(container: Json) -> dict[str, int]:
    return {port["name"]: port["containerPort"] for port in container.get("ports", ()) if "name" in port}


def _unsupported_in_variable(variable: Json, where: str) -> Iterator[str]:
    source = variable.get("valueFrom", {})
    yield from _unknown_fields(source, {"fieldRef", "configMapKeyRef", "secretKeyRef"}, f"{where}: valueFrom")
    path = source.get("fieldRef", {}).get("fieldPath")
    if path is not None and path not in _FIELD_PATHS and not path.startswith(_KEYED_FIELD_PATHS):
        yield f"{where}: fieldPath {path} is not supported"


def _unknown_fields(value: Json, known: set[str], where: str) -> Iterator[str]:
    # An empty or false value asks for nothing.
    for name in sorted(name for name, content in value.items() if content and name not in known):
        yield f"{where}: {name} is not supported"


def _parse_container(container: Json) -> Container:
    return Container(
        name=container["name"],
        image=container.get("image", ""),
        command=(*container["command"], *container.get("args", ())),
        env=tuple(container.get("env", ())),
        env_from=tuple(container.get("envFrom", ())),
        readiness_probe=_parse_probe(container),
    )


def _parse_probe(container: Json) -> HttpProbe | None:
    probe: Json | None = container.get("readinessProbe")
    if probe is None:
        return None
    get = probe["httpGet"]
    return HttpProbe(
        path=get.get("path", "/"),
        port=get["port"] if isinstance(get["port"], int) else _port_numbers(container)[get["port"]],
        host=get.get("host"),
        headers={header["name"]: header["value"] for header in get.get("httpHeaders", ())},
        initial_delay_seconds=probe.get("initialDelaySeconds", 0),
        period_seconds=probe["periodSeconds"],
        timeout_seconds=probe["timeoutSeconds"],
        success_threshold=probe["successThreshold"],
        failure_threshold=probe["failureThreshold"],
    )
