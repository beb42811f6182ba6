"""What of an object goes into a bundle: fields that are listed here, and no others."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from controller.api.overrides import PREFIX

_METADATA: Final = (
    *("name", "namespace", "uid", "generation", "resourceVersion", "creationTimestamp", "deletionTimestamp"),
    *("labels", "ownerReferences"),
)
_CONTAINER: Final = (
    *("name", "image", "imagePullPolicy", "ports", "resources", "terminationMessagePolicy"),
    *("readinessProbe", "livenessProbe", "startupProbe", "lifecycle"),
)
_POD: Final = (
    *("nodeName", "nodeSelector", "tolerations", "affinity", "priorityClassName", "restartPolicy", "hostNetwork"),
    *("hostname", "terminationGracePeriodSeconds", "topologySpreadConstraints"),
)
_WITHOUT_COMMAND: Final = ("exec", "httpGet", "tcpSocket", "grpc", "preStop", "postStart")
"""How a probe or hook is made: its command and headers may hold credentials."""


def pool(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """A pool or a TemporalConnection: neither its spec nor its status has credentials; of annotations, ours."""
    kept = {name: manifest[name] for name in ("apiVersion", "kind", "spec", "status") if name in manifest}
    annotations = manifest.get("metadata", {}).get("annotations") or {}
    ours = {name: text for name, text in annotations.items() if name.partition("/")[0] == PREFIX}
    return kept | {"metadata": _metadata(manifest) | ({"annotations": ours} if ours else {})}


def deployment(manifest: Mapping[str, Any], slot_variables: Collection[str]) -> dict[str, Any]:
    """A Deployment without commands, volumes and values of variables, but those that set slots."""
    spec = manifest.get("spec", {})
    template = spec.get("template", {})
    kept = {
        name: spec[name] for name in ("replicas", "selector", "strategy", "minReadySeconds", "paused") if name in spec
    }
    pod = _pod_spec(template.get("spec", {}), slot_variables)
    labels = template.get("metadata", {}).get("labels", {})
    return {
        "kind": "Deployment",
        "metadata": _metadata(manifest),
        "spec": kept | {"template": {"metadata": {"labels": labels}, "spec": pod}},
        "status": manifest.get("status", {}),
    }


def pod(manifest: Mapping[str, Any], slot_variables: Collection[str]) -> dict[str, Any]:
    """A pod, likewise; its deletion cost is the one annotation."""
    metadata = _metadata(manifest)
    cost = (manifest.get("metadata", {}).get("annotations") or {}).get("controller.kubernetes.io/pod-deletion-cost")
    return {
        "kind": "Pod",
        "metadata": metadata | ({"pod-deletion-cost": cost} if cost else {}),
        "spec": _pod_spec(manifest.get("spec", {}), slot_variables),
        "status": manifest.get("status", {}),
    }


def event(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """An Event: what, about what, when and how often."""
    names = ("type", "reason", "message", "note", "count", "firstTimestamp", "lastTimestamp", "eventTime", "series")
    kept = {name: manifest[name] for name in names if manifest.get(name) is not None}
    about = manifest.get("involvedObject", {})
    return kept | {
        "about": f"{about.get('kind')}/{about.get('name')}",
        "by": manifest.get("reportingComponent") or manifest.get("source", {}).get("component"),
    }


def _metadata(manifest: Mapping[str, Any]) -> dict[str, Any]:
    metadata = manifest.get("metadata", {})
    return {name: metadata[name] for name in _METADATA if name in metadata}


def _pod_spec(spec: Mapping[str, Any], slot_variables: Collection[str]) -> dict[str, Any]:
    kept = {name: spec[name] for name in _POD if name in spec}
    containers = [_container(container, slot_variables) for container in spec.get("containers", ())]
    return kept | {"containers": containers}


def _container(container: Mapping[str, Any], slot_variables: Collection[str]) -> dict[str, Any]:
    kept = {name: _without_command(container[name]) for name in _CONTAINER if name in container}
    variables = [
        {"name": each.get("name")} | ({"value": each.get("value")} if each.get("name") in slot_variables else {})
        for each in container.get("env", ())
    ]
    return kept | {"env": variables}


def _without_command(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """A probe or hook with its times and without what it runs; anything else as it is."""
    if not isinstance(value, dict):
        return value
    return {
        name: sorted(item) if name in _WITHOUT_COMMAND and isinstance(item, dict) else item
        for name, item in value.items()
    }
