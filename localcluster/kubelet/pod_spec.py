"""What a pod may ask of this kubelet, and what it asks for.

The API server has validated and defaulted every pod; what is left is to find what can't be done here. A field that is
neither acted on nor listed as harmless is refused by name, so that nothing is ignored in silence.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kubernetes.utils.quantity import parse_quantity

from localcluster.kubelet.images import pull_seconds

Json = dict[str, Any]
"""An object of the Kubernetes API as parsed JSON."""

_POD_FIELDS_ACTED_ON = {
    "containers", "nodeName", "restartPolicy", "terminationGracePeriodSeconds", "volumes",
}  # fmt: skip
_POD_FIELDS_OF_OTHERS = {
    # The scheduler's.
    "affinity", "nodeSelector", "preemptionPolicy", "priority", "priorityClassName", "schedulerName", "tolerations",
    "topologySpreadConstraints",
    # Without images, an admission that adds tokens, cluster DNS or Services there is nothing to do.
    "automountServiceAccountToken", "dnsPolicy", "enableServiceLinks", "imagePullSecrets", "serviceAccount",
    "serviceAccountName",
    # Not enforced: every pod runs as the user who started the cluster.
    "securityContext",
}  # fmt: skip
_CONTAINER_FIELDS_ACTED_ON = {
    "name", "command", "args", "env", "envFrom", "ports", "startupProbe", "readinessProbe", "livenessProbe",
    "lifecycle", "volumeMounts",
    # Its registry decides whether it could be pulled; the command runs in the project's own environment.
    "image",
    # The limit of memory; the scheduler counts the requests, and a limit of CPU is not enforced.
    "resources",
}  # fmt: skip
_CONTAINER_FIELDS_OF_OTHERS = {
    # There are no images.
    "imagePullPolicy",
    # Not enforced, see above.
    "securityContext",
    "terminationMessagePath", "terminationMessagePolicy",
}  # fmt: skip
_VALUE_SOURCES = {"fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef"}
_FIELD_PATHS = {
    "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP",
    "status.hostIPs", "status.podIP", "status.podIPs",
}  # fmt: skip
_KEYED_FIELD_PATHS = ("metadata.labels['", "metadata.annotations['")


@dataclass(frozen=True)
class HttpGet:
    """An HTTP request that a probe or a hook makes."""

    path: str
    port: int
    host: str | None
    """Absent: the pod's address."""
    headers: Mapping[str, str]


@dataclass(frozen=True)
class HttpProbe:
    """An HTTP probe as the API server defaulted it."""

    get: HttpGet
    initial_delay_seconds: float
    period_seconds: float
    timeout_seconds: float
    success_threshold: int
    failure_threshold: int


@dataclass(frozen=True)
class ExecHook:
    """A command to run in the container."""

    command: tuple[str, ...]


@dataclass(frozen=True)
class SleepHook:
    """A pause."""

    seconds: float


Hook = ExecHook | SleepHook | HttpGet
"""What happens when a container has started, or before it gets SIGTERM."""


@dataclass(frozen=True)
class Container:
    """A container's part of the spec that is acted on."""

    name: str
    image: str
    command: tuple[str, ...]
    """Command and arguments, before the expansion of `$(VAR)`."""
    env: tuple[Json, ...]
    env_from: tuple[Json, ...]
    startup_probe: HttpProbe | None
    readiness_probe: HttpProbe | None
    liveness_probe: HttpProbe | None
    post_start: Hook | None
    pre_stop: Hook | None
    memory_limit_bytes: int | None


def parse_containers(pod: Json) -> list[Container]:
    """The containers of a pod for which `unsupported` has nothing to say."""
    return [_parse_container(container) for container in pod["spec"]["containers"]]


def mounts_of(pod: Json, container: str) -> list[Json]:
    """The mounts of a container, as the spec has them."""
    return [
        mount
        for each in pod["spec"]["containers"]
        if each["name"] == container
        for mount in each.get("volumeMounts", ())
    ]


def annotations_of(pod: Json) -> dict[str, str]:
    """The pod's annotations; the API server leaves the field out where there are none."""
    return dict(pod.get("metadata", {}).get("annotations") or {})


def unsupported(pod: Json) -> list[str]:
    """What this kubelet can't do for a pod, one sentence each; empty if it can run it."""
    spec = pod["spec"]
    return [
        *_unknown_fields(spec, _POD_FIELDS_ACTED_ON | _POD_FIELDS_OF_OTHERS, "spec"),
        *_unusable_annotations(pod),
        *(reason for container in spec["containers"] for reason in _unsupported_in_container(container)),
    ]


def _unusable_annotations(pod: Json) -> Iterator[str]:
    try:
        pull_seconds(annotations_of(pod))
    except ValueError as error:
        yield str(error)


def _unsupported_in_container(container: Json) -> Iterator[str]:
    where = f"container {container['name']}"
    yield from _unknown_fields(container, _CONTAINER_FIELDS_ACTED_ON | _CONTAINER_FIELDS_OF_OTHERS, where)
    if not container.get("command"):
        yield f"{where}: command is needed, because images are not pulled here and have no entry point"
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        yield from _unsupported_in_probe(container.get(name), _port_numbers(container), f"{where}: {name}")
    yield from _unsupported_in_lifecycle(container, where)
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
    yield from _unsupported_in_http_get(probe["httpGet"], port_numbers, where)


def _unsupported_in_lifecycle(container: Json, where: str) -> Iterator[str]:
    lifecycle = container.get("lifecycle", {})
    yield from _unknown_fields(lifecycle, {"postStart", "preStop"}, f"{where}: lifecycle")
    for name in ("postStart", "preStop"):
        hook = lifecycle.get(name, {})
        yield from _unknown_fields(hook, {"exec", "sleep", "httpGet"}, f"{where}: {name}")
        if "httpGet" in hook:
            yield from _unsupported_in_http_get(hook["httpGet"], _port_numbers(container), f"{where}: {name}")


def _unsupported_in_http_get(get: Json, port_numbers: Mapping[str, int], where: str) -> Iterator[str]:
    if get.get("scheme", "HTTP") != "HTTP":
        yield f"{where}: only the scheme HTTP is supported"
    if isinstance(get["port"], str) and get["port"] not in port_numbers:
        yield f"{where}: the container has no port named {get['port']}"


def _port_numbers(container: Json) -> dict[str, int]:
    return {port["name"]: port["containerPort"] for port in container.get("ports", ()) if "name" in port}


def _unsupported_in_variable(variable: Json, where: str) -> Iterator[str]:
    source = variable.get("valueFrom", {})
    yield from _unknown_fields(source, _VALUE_SOURCES, f"{where}: valueFrom")
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
        startup_probe=_parse_probe(container, "startupProbe"),
        readiness_probe=_parse_probe(container, "readinessProbe"),
        liveness_probe=_parse_probe(container, "livenessProbe"),
        post_start=_parse_hook(container, "postStart"),
        pre_stop=_parse_hook(container, "preStop"),
        memory_limit_bytes=_memory_limit_bytes(container),
    )


def _memory_limit_bytes(container: Json) -> int | None:
    limit = container.get("resources", {}).get("limits", {}).get("memory")
    return None if limit is None else int(parse_quantity(limit))  # type: ignore[no-untyped-call]  # half typed


def _parse_hook(container: Json, name: str) -> Hook | None:
    hook = container.get("lifecycle", {}).get(name, {})
    if "exec" in hook:
        return ExecHook(tuple(hook["exec"]["command"]))
    if "sleep" in hook:
        return SleepHook(float(hook["sleep"]["seconds"]))
    return _parse_http_get(container, hook["httpGet"]) if "httpGet" in hook else None


def _parse_http_get(container: Json, get: Json) -> HttpGet:
    return HttpGet(
        path=get.get("path", "/"),
        port=get["port"] if isinstance(get["port"], int) else _port_numbers(container)[get["port"]],
        host=get.get("host"),
        headers={header["name"]: header["value"] for header in get.get("httpHeaders", ())},
    )


def _parse_probe(container: Json, name: str) -> HttpProbe | None:
    probe: Json | None = container.get(name)
    if probe is None:
        return None
    return HttpProbe(
        get=_parse_http_get(container, probe["httpGet"]),
        initial_delay_seconds=probe.get("initialDelaySeconds", 0),
        period_seconds=probe["periodSeconds"],
        timeout_seconds=probe["timeoutSeconds"],
        success_threshold=probe["successThreshold"],
        failure_threshold=probe["failureThreshold"],
    )
