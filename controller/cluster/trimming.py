"""From the API server's JSON to the trimmed objects."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from controller.cluster.objects import Container, Deployment, EnvVar, LabelSelector, Owner, Pod, Requirement
from controller.cluster.obstacles import obstacle

FIELD_MANAGER: Final = "temporal-worker-pools"
"""Under this name the operator changes Deployments; `kubectl get -o yaml --show-managed-fields` shows it."""

DELETION_COST: Final = "controller.kubernetes.io/pod-deletion-cost"
"""The annotation of a pod; the API server accepts only a 32-bit integer."""

OOM_KILLED: Final = "OOMKilled"
"""Reason of a container that ended because it had used all the memory that its limit allows."""

MAX_HOST_NAME_LENGTH: Final = 63
"""The kubelet cuts a pod's name to this for its host name (Linux allows 64 bytes, DNS 63)."""

DEFAULT_GRACE_PERIOD_SECONDS: Final = 30
"""Of a pod that names none."""

FIRST_WRITE_SECONDS: Final = 2.0
"""A pod's start and its first conditions are told in whole seconds, and may be written one after the other."""

_SLEEP: Final = re.compile(r"(?<![\w.-])sleep\s+(\d+(?:\.\d+)?)([smhd]?)(?![\w.])")
_UNIT_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
"""The command `sleep` of a shell, with the units of coreutils."""

REVISION: Final = "deployment.kubernetes.io/revision"
"""Annotation of the Deployment controller: it changes with the pod template, a rollback included."""

_CONTAINERS: Final = ("f:spec", "f:template", "f:spec", "f:containers")
"""Where managedFields lists the containers of a Deployment's template."""


def to_deployment(manifest: Mapping[str, Any]) -> Deployment:
    """Trims a Deployment."""
    metadata, spec, status = manifest["metadata"], manifest["spec"], manifest.get("status", {})
    pod = spec["template"]["spec"]
    conditions = {condition["type"]: condition for condition in status.get("conditions", ())}
    return Deployment(
        namespace=metadata["namespace"],
        name=metadata["name"],
        uid=metadata["uid"],
        resource_version=metadata["resourceVersion"],
        generation=metadata.get("generation", 0),
        observed_generation=status.get("observedGeneration", 0),
        template=hash(json.dumps(spec["template"], sort_keys=True)),
        template_generation=metadata.get("generation", 0),
        replicas=spec.get("replicas", 1),
        total_replicas=status.get("replicas", 0),
        ready_replicas=status.get("readyReplicas", 0),
        available_replicas=status.get("availableReplicas", 0),
        updated_replicas=status.get("updatedReplicas", 0),
        selector=_selector(spec["selector"]),
        containers=tuple(_container(container) for container in pod["containers"]),
        owner=_owner(metadata),
        progressing_reason=conditions.get("Progressing", {}).get("reason"),
        replica_failure=conditions.get("ReplicaFailure", {}).get("message"),
        termination_grace_period_seconds=pod.get("terminationGracePeriodSeconds", DEFAULT_GRACE_PERIOD_SECONDS),
        strategy=spec.get("strategy", {}).get("type", "RollingUpdate"),
        paused=spec.get("paused", False),
        applied_env=frozenset(_applied_env(metadata)),
        revision=metadata.get("annotations", {}).get(REVISION),
        replicas_manager=_replicas_manager(metadata),
    )


def to_pod(manifest: Mapping[str, Any]) -> Pod:
    """Trims a pod."""
    metadata, spec, status = manifest["metadata"], manifest["spec"], manifest.get("status", {})
    return Pod(
        namespace=metadata["namespace"],
        name=metadata["name"],
        uid=metadata["uid"],
        labels=metadata.get("labels", {}),
        node_name=spec.get("nodeName"),
        phase=status.get("phase", "Pending"),
        created_at=_seconds(metadata["creationTimestamp"]),
        scheduled_at=_true_since(status, "PodScheduled"),
        ready_since=_true_since(status, "Ready"),
        deletion_at=_seconds(metadata["deletionTimestamp"]) if "deletionTimestamp" in metadata else None,
        owner=_owner(metadata),
        host_name=_host_name(metadata["name"], spec),
        deletion_cost=_deletion_cost(metadata.get("annotations", {})),
        ip=status.get("podIP"),
        obstacle=obstacle(status),
        oom_killed_at=dict(_oom_killed_at(status)),
        container_started_at=dict(_started_at(status)),
        was_ready=_was_ready(status),
        stopped_containers=frozenset(_stopped(status)),
    )


def _was_ready(status: Mapping[str, Any]) -> bool:
    """Whether a pod that is not ready was so before: its condition turned after the pod was started.

    The kubelet writes it once, with the start, and again only when it turns.
    """
    started = status.get("startTime")
    turned = [c.get("lastTransitionTime") for c in status.get("conditions", ()) if c["type"] == "Ready"]
    if not started or not turned or not turned[0]:
        return False
    return _seconds(turned[0]) - _seconds(started) > FIRST_WRITE_SECONDS and _true_since(status, "Ready") is None


def _stopped(status: Mapping[str, Any]) -> Iterator[str]:
    """Containers that wait to be started, or have ended; one of which nothing is told may run."""
    for container in status.get("containerStatuses", ()):
        state = container.get("state") or {}
        if (state.get("waiting") or state.get("terminated")) and not state.get("running"):
            yield container["name"]


def _started_at(status: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """(container, time) of its last start or end, whichever came later."""
    for container in status.get("containerStatuses") or ():
        state, last_state = container.get("state") or {}, container.get("lastState") or {}
        started = (state.get("running") or {}).get("startedAt")
        ended = [(each.get("terminated") or {}).get("finishedAt") for each in (state, last_state)]
        if times := [_seconds(time) for time in (started, *ended) if time]:
            yield container["name"], max(times)


def _oom_killed_at(status: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """(container, time) of those whose last run, or the one before this, the kernel ended for want of memory."""
    for container in status.get("containerStatuses", ()):
        for state in (container.get("lastState", {}), container.get("state", {})):
            ended = state.get("terminated", {})
            if ended.get("reason") == OOM_KILLED:
                yield container["name"], _seconds(ended["finishedAt"])


def _deletion_cost(annotations: Mapping[str, str]) -> int:
    """As the ReplicaSet controller reads it: 0 without it, and where it is no number."""
    try:
        return int(annotations.get(DELETION_COST, "0"))
    except ValueError:
        return 0


def _selector(selector: Mapping[str, Any]) -> LabelSelector:
    return LabelSelector(
        tuple(selector.get("matchLabels", {}).items()),
        tuple(
            Requirement(expression["key"], expression["operator"], tuple(expression.get("values") or ()))
            for expression in selector.get("matchExpressions", ())
        ),
    )


def _container(container: Mapping[str, Any]) -> Container:
    resources = container.get("resources", {})
    return Container(
        name=container["name"],
        env=tuple(_env_var(entry) for entry in container.get("env", ())),
        has_env_from=bool(container.get("envFrom")),
        has_readiness_probe="readinessProbe" in container,
        pre_stop_seconds=_pre_stop_seconds(container.get("lifecycle", {}).get("preStop", {})),
        requests=resources.get("requests", {}),
        limits=resources.get("limits", {}),
    )


def _pre_stop_seconds(hook: Mapping[str, Any]) -> float:
    """How long a hook sleeps, by its `sleep` action or by the `sleep` in its command; what else it does is not seen."""
    if "sleep" in hook:
        return float(hook["sleep"]["seconds"])
    command = " ".join(hook.get("exec", {}).get("command", ()))
    return sum(float(seconds) * _UNIT_SECONDS[unit] for seconds, unit in _SLEEP.findall(command))


def _env_var(entry: Mapping[str, Any]) -> EnvVar:
    from_reference = "valueFrom" in entry
    return EnvVar(entry["name"], None if from_reference else entry.get("value", ""), from_reference)


def _owner(metadata: Mapping[str, Any]) -> Owner | None:
    for reference in metadata.get("ownerReferences", ()):
        if reference.get("controller"):
            return Owner(reference["kind"], reference["name"], reference["uid"])
    return None


def _applied_env(metadata: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(container, variable) of the entries that this operator has applied.

    managedFields is a tree of `f:<field>` and, for an item of a list, `k:<its key as JSON>`.
    """
    for entry in metadata.get("managedFields", ()):
        if entry.get("manager") == FIELD_MANAGER and entry.get("operation") == "Apply":
            node = entry.get("fieldsV1", {})
            for step in _CONTAINERS:
                node = node.get(step, {})
            for container, fields in _items(node):
                yield from ((container, variable) for variable, _ in _items(fields.get("f:env", {})))


def _replicas_manager(metadata: Mapping[str, Any]) -> str | None:
    """Who set the replicas last: a change takes the field from all others, the same value again shares it."""
    owners = [e for e in metadata.get("managedFields", ()) if "f:replicas" in e.get("fieldsV1", {}).get("f:spec", {})]
    if not owners:
        return None
    latest = max(owners, key=lambda entry: (entry.get("manager") != FIELD_MANAGER, entry.get("time", "")))
    return str(latest.get("manager"))


def _items(node: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, fields in node.items():
        if key.startswith("k:"):
            yield json.loads(key[2:])["name"], fields


def _host_name(pod_name: str, spec: Mapping[str, Any]) -> str:
    """As the kubelet does it; with the node's network a pod has the node's host name, too."""
    if spec.get("hostNetwork"):
        return str(spec.get("nodeName", ""))
    chosen = spec.get("hostnameOverride") or spec.get("hostname")
    return str(chosen or pod_name[:MAX_HOST_NAME_LENGTH].rstrip("-."))


def _true_since(status: Mapping[str, Any], condition_type: str) -> float | None:
    for condition in status.get("conditions", ()):
        if condition["type"] == condition_type and condition["status"] == "True":
            return _seconds(condition["lastTransitionTime"])
    return None


def _seconds(timestamp: str) -> float:
    return datetime.fromisoformat(timestamp).timestamp()
