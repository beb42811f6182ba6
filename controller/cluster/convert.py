"""Converts the API server's JSON to Deployments and pods. Nothing here raises, whatever the JSON is: see `fields`."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from controller.api.event_reasons import SCALED_BY
from controller.cluster.fields import Fields
from controller.cluster.objects import (
    Container,
    ContainerEnd,
    Deployment,
    EnvVar,
    LabelSelector,
    Owner,
    Pod,
    Requirement,
)
from controller.scaling.observation import CRASHES, UNSCHEDULABLE, Blocker

FIELD_MANAGER: Final = "temporal-worker-pools"
"""Field manager of the operator's changes; `kubectl get -o yaml --show-managed-fields` shows it."""

REPLICAS_HOLDER: Final = f"{FIELD_MANAGER}-replicas"
"""Field manager by which the operator gives `spec.replicas` an owner again: one of its own, since an applier that stops
naming a field resets it, and the one above applies slot variables alone."""

OWN_MANAGERS: Final = frozenset({FIELD_MANAGER, REPLICAS_HOLDER})

DELETION_COST: Final = "controller.kubernetes.io/pod-deletion-cost"
"""The annotation of a pod; the API server accepts only a 32-bit integer."""

OOM_KILLED: Final = "OOMKilled"
"""Reason of a container that ended because it reached its memory limit."""

MAX_HOST_NAME_LENGTH: Final = 63
"""The kubelet cuts a pod's name to this for its host name (Linux allows 64 bytes, DNS 63)."""

DEFAULT_GRACE_PERIOD_SECONDS: Final = 30
"""Of a pod without `terminationGracePeriodSeconds`."""

FIRST_WRITE_SECONDS: Final = 2.0
"""A pod's start and its first conditions are in whole seconds, and may be written one after the other."""

BEFORE_CREATION_SECONDS: Final = 1.0
"""A ready pod without the time of its condition counts as ready for so long before it was created: no start-up is
learned from it."""

_SLEEP: Final = re.compile(r"(?<![\w.-])sleep\s+([0-9]{1,9}(?:\.[0-9]{1,9})?)([smhd]?)(?![\w.])")
_UNIT_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
"""The command `sleep` of a shell, with the units of coreutils."""

REVISION: Final = "deployment.kubernetes.io/revision"
"""Annotation of the Deployment controller: it changes with the pod template, a rollback included."""

_CONTAINERS: Final = ("f:spec", "f:template", "f:spec", "f:containers")
"""Where managedFields lists the containers of a Deployment's template."""


def to_deployment(manifest: Mapping[str, Any]) -> Deployment:
    """Converts a Deployment."""
    fields = Fields(manifest)
    metadata, spec, status = fields.part("metadata"), fields.part("spec"), fields.part("status")
    pod = spec.part("template", "spec")
    conditions = {condition.text("type"): condition for condition in status.items("conditions")}
    nothing = Fields(None)
    deployment = Deployment(
        namespace=metadata.text("namespace"),
        name=metadata.text("name"),
        uid=metadata.text("uid"),
        resource_version=metadata.text("resourceVersion"),
        generation=metadata.count("generation"),
        observed_generation=status.count("observedGeneration"),
        template=hash(json.dumps(spec.raw.get("template"), sort_keys=True)),
        template_generation=metadata.count("generation"),
        replicas=spec.count("replicas", default=1),
        total_replicas=status.count("replicas"),
        ready_replicas=status.count("readyReplicas"),
        updated_replicas=status.count("updatedReplicas"),
        selector=_selector(spec.part("selector")),
        containers=tuple(_container(container) for container in pod.items("containers")),
        owner=_owner(metadata),
        progressing_reason=conditions.get("Progressing", nothing).text("reason") or None,
        replica_failure=conditions.get("ReplicaFailure", nothing).text("message") or None,
        termination_grace_period_seconds=pod.count("terminationGracePeriodSeconds", DEFAULT_GRACE_PERIOD_SECONDS),
        strategy=spec.part("strategy").text("type") or "RollingUpdate",
        paused=spec.flag("paused"),
        applied_env=frozenset(_applied_env(metadata)),
        revision=metadata.labels("annotations").get(REVISION),
        template_owners=_template_owners(metadata),
        scaled_by=metadata.labels("annotations").get(SCALED_BY),
        labels=metadata.labels("labels"),
    )
    owner = _replicas_owner(metadata)
    return replace(
        deployment,
        replicas_manager=owner.text("manager") or None,
        replicas_subresource=owner.text("subresource"),
        replicas_applied=owner.text("operation") == "Apply",
        unread=fields.unread,
    )


def to_pod(manifest: Mapping[str, Any]) -> Pod:
    """Converts a pod."""
    fields = Fields(manifest)
    metadata, spec, status = fields.part("metadata"), fields.part("spec"), fields.part("status")
    created_at = metadata.time("creationTimestamp") or status.time("startTime") or 0.0
    pod = Pod(
        namespace=metadata.text("namespace"),
        name=metadata.text("name"),
        uid=metadata.text("uid"),
        labels=metadata.labels("labels"),
        phase=status.text("phase") or "Pending",
        created_at=created_at,
        scheduled_at=_true_since(status, "PodScheduled", created_at),
        ready_since=_true_since(status, "Ready", created_at - BEFORE_CREATION_SECONDS),
        deletion_at=(metadata.time("deletionTimestamp") or created_at) if metadata.has("deletionTimestamp") else None,
        owner=_owner(metadata),
        host_name=_host_name(metadata.text("name"), spec),
        deletion_cost=_deletion_cost(metadata.labels("annotations")),
        ip=status.text("podIP") or None,
        blocker=blocker(status),
        oom_killed_at=dict(_oom_killed_at(status)),
        container_started_at=dict(_started_at(status)),
        unready_since=_unready_since(status),
        stopped_containers=frozenset(_stopped(status)),
        last_end=max(_ends(status), default=None),
    )
    return replace(pod, unread=fields.unread)


def to_bare_deployment(manifest: Mapping[str, Any]) -> Deployment:
    """A Deployment of which only the metadata can be read: it exists."""
    return replace(to_deployment(_bare(manifest)), unread=("spec.replicas", "status"))


def to_bare_pod(manifest: Mapping[str, Any]) -> Pod:
    """A pod of which only the metadata can be read: it exists, and has an owner."""
    return replace(to_pod(_bare(manifest)), unread=("spec", "status"))


def _bare(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = Fields(manifest).part("metadata").raw
    kept = ("namespace", "name", "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "labels")
    return {"metadata": {name: metadata.get(name) for name in (*kept, "ownerReferences")}}


def _unready_since(status: Fields) -> float | None:
    """Since when a pod is not ready that was ready before: its condition changed after the pod was started.

    The kubelet writes the condition once, with the start, and again only when it changes.
    """
    started_at = status.time("startTime")
    for condition in status.items("conditions"):
        if condition.text("type") == "Ready" and condition.text("status") != "True":
            changed_at = condition.time("lastTransitionTime")
            was_ready = started_at and changed_at and changed_at - started_at > FIRST_WRITE_SECONDS
            return changed_at if was_ready else None
    return None


def _stopped(status: Fields) -> Iterator[str]:
    """Containers that wait to be started, or have ended; one without a state may run."""
    for container in status.items("containerStatuses"):
        state = container.part("state")
        if (state.has("waiting") or state.has("terminated")) and not state.has("running"):
            yield container.text("name")


def _ends(status: Fields) -> Iterator[ContainerEnd]:
    """When containers last ended, each with its restarts; a termination without a time is that of a lost node."""
    for container in (*status.items("initContainerStatuses"), *status.items("containerStatuses")):
        for state in (container.part("lastState"), container.part("state")):
            if (at := state.part("terminated").time("finishedAt")) is not None:
                yield ContainerEnd(at, container.count("restartCount"))


def _started_at(status: Fields) -> Iterator[tuple[str, float]]:
    """(container, time) of its last start or end, whichever came later."""
    for container in status.items("containerStatuses"):
        started_at = container.part("state", "running").time("startedAt")
        ended_at = [container.part(state, "terminated").time("finishedAt") for state in ("state", "lastState")]
        if times := [time for time in (started_at, *ended_at) if time is not None]:
            yield container.text("name"), max(times)


def _oom_killed_at(status: Fields) -> Iterator[tuple[str, float]]:
    """(container, time) of the containers whose last run, or the one before, was OOM-killed.

    One without a time is left out: the node with the container was lost, and null stays there for weeks.
    """
    for container in status.items("containerStatuses"):
        for state in (container.part("lastState"), container.part("state")):
            ended = state.part("terminated")
            if ended.text("reason") == OOM_KILLED and (at := ended.time("finishedAt")) is not None:
                yield container.text("name"), at


def _deletion_cost(annotations: Mapping[str, str]) -> int:
    """As the ReplicaSet controller reads it: 0 without it, and where it is not a 32-bit integer."""
    cost = annotations.get(DELETION_COST, "")
    return int(cost) if re.fullmatch("0|-[0-9]{1,10}|[1-9][0-9]{0,9}", cost) and -(2**31) <= int(cost) < 2**31 else 0


def _selector(selector: Fields) -> LabelSelector:
    return LabelSelector(
        tuple(selector.labels("matchLabels").items()),
        tuple(
            Requirement(expression.text("key"), expression.text("operator"), expression.texts("values"))
            for expression in selector.items("matchExpressions")
        ),
    )


def _container(container: Fields) -> Container:
    resources = container.part("resources")
    return Container(
        name=container.text("name"),
        env=tuple(_env_var(entry) for entry in container.items("env")),
        has_env_from=bool(container.raw.get("envFrom")),
        has_readiness_probe=container.has("readinessProbe"),
        pre_stop_seconds=_pre_stop_seconds(container.part("lifecycle", "preStop")),
        requests=resources.labels("requests"),
        limits=resources.labels("limits"),
    )


def _pre_stop_seconds(hook: Fields) -> float:
    """How long a hook sleeps, by its `sleep` action or by `sleep` in its command; other commands count as 0 s."""
    if hook.has("sleep"):
        return float(hook.part("sleep").count("seconds"))
    command = " ".join(hook.part("exec").texts("command"))
    return sum(float(seconds) * _UNIT_SECONDS[unit] for seconds, unit in _SLEEP.findall(command))


def _env_var(entry: Fields) -> EnvVar:
    from_reference = entry.has("valueFrom")
    return EnvVar(entry.text("name"), None if from_reference else entry.text("value"), from_reference)


def _owner(metadata: Fields) -> Owner | None:
    for reference in metadata.items("ownerReferences"):
        if reference.flag("controller"):
            return Owner(reference.text("kind"), reference.text("name"), reference.text("uid"))
    return None


def _applied_env(metadata: Fields) -> Iterator[tuple[str, str]]:
    """(container, variable) of the entries that this operator owns by server-side apply.

    managedFields is a tree of `f:<field>` and, for an item of a list, `k:<its key as JSON>`.
    """
    for entry in metadata.items("managedFields"):
        if entry.text("manager") == FIELD_MANAGER and entry.text("operation") == "Apply":
            for container, fields in _named(entry.part("fieldsV1", *_CONTAINERS)):
                yield from ((container, variable) for variable, _ in _named(fields.part("f:env")))


def _replicas_owner(metadata: Fields) -> Fields:
    """The managedFields entry that set the replicas last: a change takes the field, an equal value shares it."""
    owners = [e for e in metadata.items("managedFields") if e.part("fieldsV1", "f:spec").has("f:replicas")]
    latest = max(
        owners, key=lambda entry: (entry.text("manager") not in OWN_MANAGERS, entry.text("time")), default=None
    )
    return latest or Fields(None)


def _template_owners(metadata: Fields) -> int:
    """Changes with the field ownership of the pod template, not with the times of the writes."""
    owners = [
        (entry.text("manager"), entry.text("operation"), entry.part("fieldsV1", "f:spec").raw.get("f:template"))
        for entry in metadata.items("managedFields")
        if entry.part("fieldsV1", "f:spec").has("f:template")
    ]
    return hash(json.dumps(owners, sort_keys=True))


def _named(node: Fields) -> Iterator[tuple[str, Fields]]:
    """The items of a list in managedFields whose key is a name."""
    for key in node.raw:
        if key.startswith("k:") and (name := _key_name(key[2:])):
            yield name, node.part(key)


def _key_name(key: str) -> str | None:
    try:
        name = Fields(json.loads(key)).text("name")
    except ValueError:
        return None
    return name or None


def _host_name(pod_name: str, spec: Fields) -> str:
    """As the kubelet sets it; with `hostNetwork` a pod has the node's host name."""
    if spec.flag("hostNetwork"):
        return spec.text("nodeName")
    chosen = spec.text("hostnameOverride") or spec.text("hostname")
    return chosen or pod_name[:MAX_HOST_NAME_LENGTH].rstrip("-.")


def _true_since(status: Fields, condition_type: str, default: float) -> float | None:
    """Since when a condition is true; `default` where it is true and has no time."""
    for condition in status.items("conditions"):
        if condition.text("type") == condition_type and condition.text("status") == "True":
            return condition.time("lastTransitionTime") or default
    return None


STARTING: Final = frozenset({"ContainerCreating", "PodInitializing"})
"""Reasons to wait that every start has."""

CRASH_LOOP: Final = "CrashLoopBackOff"

LASTING_RUN_SECONDS: Final = 600.0
"""After a longer run the kubelet resets its back-off (twice `MaxContainerBackOff`, 5 minutes)."""


def blocker(status: Fields) -> Blocker | None:
    """What keeps a pod from becoming ready, by scheduler and kubelet; `None` for one that starts or is ready."""
    conditions = {condition.text("type"): condition for condition in status.items("conditions")}
    nothing = Fields(None)
    if conditions.get("Ready", nothing).text("status") == "True":
        return None
    scheduled = conditions.get("PodScheduled", nothing)
    if scheduled.text("status") == "False" and scheduled.text("reason") == UNSCHEDULABLE:
        return Blocker(UNSCHEDULABLE, scheduled.text("message"), scheduled.time("lastTransitionTime"))
    containers = [*status.items("initContainerStatuses"), *status.items("containerStatuses")]
    return next((found for container in containers if (found := _of_container(container))), None)


def _of_container(container: Fields) -> Blocker | None:
    ended, waiting = container.part("lastState", "terminated"), container.part("state", "waiting")
    reason = waiting.text("reason")
    if reason == CRASH_LOOP or (_keeps_crashing(container, ended) and reason in {"", *STARTING}):
        return Blocker(CRASH_LOOP, _crashes(container, ended if ended.raw else container.part("state", "terminated")))
    if not reason or reason in STARTING:
        return None
    return Blocker(reason, waiting.text("message"))


def _keeps_crashing(container: Fields, ended: Fields) -> bool:
    """Whether a container that is not in back-off now was in back-off before this run.

    A termination without times is that of a lost node, and not a crash.
    """
    if container.flag("ready") or container.count("restartCount") < CRASHES:
        return False
    began_at, ended_at = ended.time("startedAt"), ended.time("finishedAt")
    return began_at is not None and ended_at is not None and ended_at - began_at < LASTING_RUN_SECONDS


def _crashes(container: Fields, ended: Fields) -> str:
    """How a container ended, as a clause; the kubelet's own message only has its back-off."""
    why, code = ended.text("reason") or "Error", ended.raw.get("exitCode")
    restarts = container.count("restartCount")
    return f"container {container.text('name')} ended with exit code {code} ({why}), restarts so far: {restarts}"
