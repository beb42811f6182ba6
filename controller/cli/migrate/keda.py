"""A ScaledObject with temporal triggers, and its TriggerAuthentications, as a pool and a TemporalConnection.

Of the fields of KEDA 2.17 to 2.22. What a pool does in place of a field that is not carried over is in its remark.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from controller.cli.commands import CliError
from controller.cli.exit_status import ExitStatus
from controller.cli.migrate.behavior import behavior
from controller.cli.migrate.keda_auth import Authentication, Login, login
from controller.cli.migrate.keda_cron import schedule
from controller.cli.migrate.pool import Converted, Object, task_queues, temporal_connection, worker_pool
from controller.cli.migrate.source import Path, Source
from controller.cli.migrate.target import name_containers, scale_target, variable

DEFAULT_MAX: Final = 100
DEFAULT_POLLING_SECONDS: Final = 30
DEFAULT_COOLDOWN_SECONDS: Final = 300
DEFAULT_TARGET: Final = 5
"""What KEDA takes where a field is not set."""

_TYPES: Final = {"workflow": "Workflow", "activity": "Activity", "nexus": "Nexus"}
_NOT_ASKED: Final = {
    "minConnectTimeout": "the operator has time limits of its own for Temporal",
    "buildId": "rules of versions are gone from Temporal: set spec.workerDeployment if the workers are versioned",
    "selectAllActive": "a pool counts the tasks of all versions unless spec.workerDeployment names one",
    "selectUnversioned": "a pool counts the tasks of all versions unless spec.workerDeployment names one",
    "includeRunningWorkflowCount": "replicas never fall below what running tasks fill",
    "workflowTaskQueueForCount": "replicas never fall below what running tasks fill",
}
_ANNOTATIONS: Final = {
    "autoscaling.keda.sh/paused": "the pool begins with mode Recommend, which changes no replicas",
    "autoscaling.keda.sh/paused-replicas": "`twp override` fixes a number of replicas, for a time",
    "autoscaling.keda.sh/force-activation": "`twp wake` keeps a pool above zero, for a time",
    "scaledobject.keda.sh/transfer-hpa-ownership": "a pool makes no HorizontalPodAutoscaler",
    "scaledobject.keda.sh/hpa-excluded-labels": "a pool makes no HorizontalPodAutoscaler",
    "validations.keda.sh/hpa-ownership": "a pool makes no HorizontalPodAutoscaler",
}
_ONE_WAY: Final = {
    "autoscaling.keda.sh/paused-scale-in": "scaleDown",
    "autoscaling.keda.sh/paused-scale-down": "scaleDown",
    "autoscaling.keda.sh/paused-scale-out": "scaleUp",
}


class Server(NamedTuple):
    """What all task queues of a pool have in common."""

    address: str | None
    temporal_namespace: str
    authentication: str | None
    """Name of the TriggerAuthentication."""
    version: tuple[str, str] | None
    """Worker Deployment and build ID."""
    tls_server_name: str | None


@dataclass(frozen=True, slots=True)
class Trigger:
    """One trigger of type temporal."""

    path: Path
    server: Server
    task_queue: str
    types: tuple[str, ...]
    target: int
    activation: int


@dataclass(frozen=True, slots=True)
class Given:
    """The objects to convert."""

    scaled_object: Source
    authentications: Mapping[str, Authentication]
    """By name."""
    deployment: Mapping[str, Any] | None = None
    """The Deployment that is scaled, where it is known: triggers may read its variables."""
    schedule_to_start_seconds: int | None = None
    """The objective of the pool; `None`: the target of the triggers."""


def from_keda(given: Given) -> Converted:
    """The pool and its connection.

    Raises:
        CliError: It has no temporal trigger, or does not scale a Deployment.
    """
    source = given.scaled_object
    target, container = scale_target(source), source.take("spec", "scaleTargetRef", "envSourceContainerName")
    triggers = list(_temporal_triggers(given, container))
    if not triggers:
        raise CliError(
            f"{source.manifest.name} has no trigger of type temporal; `twp from-hpa` makes a pool of other scalers",
            ExitStatus.USAGE,
        )
    first = triggers[0].server
    used = [trigger for trigger in triggers if _is_of(source, first, trigger)]
    connected = login(source, given.authentications.get(first.authentication or ""), used[0].path)
    lowest = _min_replicas(source)
    spec = {
        "scaleTargetRef": {"name": target},
        "containerName": container,
        **_connection(first, connected),
        "temporalNamespace": first.temporal_namespace,
        "taskQueues": task_queues((t.task_queue, _types(source, t, lowest)) for t in used),
        "workerDeployment": {"name": first.version[0], "buildId": first.version[1]} if first.version else None,
        **_replicas(source, lowest),
        "objective": _objective(source, used, given.schedule_to_start_seconds),
        "behavior": _behavior(source),
        "schedules": [found for index in _indices(source) if (found := schedule(source, index))],
        **_times(source, lowest),
    }
    if not container:
        name_containers(source, given.deployment)
    _name_the_rest(source)
    return Converted((*_connections(source, first, connected), worker_pool(source, spec)), _remarks(given))


def _temporal_triggers(given: Given, container: str | None) -> Iterator[Trigger]:
    source = given.scaled_object
    for index in _indices(source):
        path: Path = ("spec", "triggers", index)
        if source.get(*path, "type") == "temporal":
            source.take(*path, "type")
            yield _trigger(given, path, container)


def _trigger(given: Given, path: Path, container: str | None) -> Trigger:
    source, metadata = given.scaled_object, (*path, "metadata")
    for name, why in _NOT_ASKED.items():
        source.leave(why, *metadata, name)
    for name in ("name", "useCachedMetrics"):
        source.leave("a pool has no metrics by name", *path, name)
    if source.take(*path, "metricType") not in {None, "AverageValue"}:
        source.note("not carried over: the target counts for each replica, as with AverageValue", *path, "metricType")

    def text(name: str) -> str | None:
        return _text(given, metadata, name, container)

    queue, deployment_name, build = text("taskQueue"), text("workerDeploymentName"), text("workerDeploymentBuildId")
    target = source.number(*metadata, "targetQueueSize")
    return Trigger(
        path,
        Server(
            address=(text("endpoint") or "").rpartition("/")[2] or None,
            temporal_namespace=text("namespace") or "default",
            authentication=source.take(*path, "authenticationRef", "name"),
            version=(deployment_name, build) if deployment_name and build else None,
            tls_server_name=source.take(*metadata, "tlsServerName"),
        ),
        task_queue=queue or "",
        types=_named_types(source, metadata),
        target=DEFAULT_TARGET if target is None else target,
        activation=source.number(*metadata, "activationTargetQueueSize") or 0,
    )


def _text(given: Given, path: Path, name: str, container: str | None) -> str | None:
    """A parameter, or the value of the variable of the Deployment that it is read from."""
    source = given.scaled_object
    value, from_env = source.take(*path, name), source.take(*path, f"{name}FromEnv")
    if value is not None or from_env is None:
        return None if value is None else str(value)
    found = variable(given.deployment, str(from_env), container)
    if found is None:
        where = "give the Deployment with -f" if given.deployment is None else "its container has no such plain value"
        source.note(f"not carried over: the value of {from_env} is not known; {where}", *path, f"{name}FromEnv")
    return found


def _named_types(source: Source, metadata: Path) -> tuple[str, ...]:
    named = source.take(*metadata, "queueTypes")
    if not named:
        source.note(
            "queueTypes is not set: Workflow and Activity are listed; remove what the workers don't poll",
            *metadata,
        )
        return "Workflow", "Activity"
    types = [text.strip() for text in str(named).split(",")]
    if unknown := [each for each in types if each not in _TYPES]:
        source.note(f"not carried over: no type of tasks is named {', '.join(unknown)}", *metadata, "queueTypes")
    return tuple(_TYPES[each] for each in types if each in _TYPES)


def _types(source: Source, trigger: Trigger, lowest: int) -> tuple[str, ...]:
    """Nexus tasks are in no backlog, so they can't be listed where nothing else would wake the pool."""
    if lowest or "Nexus" not in trigger.types:
        return trigger.types
    source.note(
        "not carried over: nexus; Temporal counts no Nexus tasks as backlog, so neither KEDA nor a pool wakes for "
        "them. With minReplicas of at least 1 list them",
        *trigger.path,
        *("metadata", "queueTypes"),
    )
    return tuple(each for each in trigger.types if each != "Nexus")


def _is_of(source: Source, first: Server, trigger: Trigger) -> bool:
    """Whether a trigger reads from where the first one does; a pool has one connection."""
    if trigger.server == first:
        return True
    different = ", ".join(
        name for name, mine, its in zip(Server._fields, first, trigger.server, strict=True) if mine != its
    )
    source.note(
        f"not carried over: it has another {different.replace('_', ' ')} than the first temporal trigger, and a pool "
        "reads from one; run these workers as a Deployment and a pool of their own",
        *trigger.path,
    )
    return False


def _connection(server: Server, connected: Login | None) -> Object:
    if connected is None and server.tls_server_name is None:
        return {"connection": {"address": server.address}}
    return {"connectionRef": {"name": server.authentication or "temporal"}}


def _connections(source: Source, server: Server, connected: Login | None) -> tuple[Object, ...]:
    if "connectionRef" not in (reference := _connection(server, connected)):
        return ()
    tls = {"enabled": True, **({"serverName": server.tls_server_name} if server.tls_server_name else {})}
    known = connected or Login()
    spec = {"address": server.address, "tls": tls | known.tls, **known.api_key}
    return (temporal_connection(source, reference["connectionRef"]["name"], spec),)


def _min_replicas(source: Source) -> int:
    """The fewest replicas; when idle, KEDA goes to `idleReplicaCount`."""
    lowest = source.number("spec", "minReplicaCount") or 0
    idle = source.number("spec", "idleReplicaCount")
    if idle is None:
        return lowest
    source.note(
        f"minReplicas is {idle}; not carried over: that at least {lowest} replicas run while tasks wait. The work "
        "decides how many",
        *("spec", "idleReplicaCount"),
    )
    return idle


def _replicas(source: Source, lowest: int) -> Object:
    highest = source.number("spec", "maxReplicaCount")
    return {"minReplicas": lowest, "maxReplicas": DEFAULT_MAX if highest is None else highest}


def _objective(source: Source, triggers: list[Trigger], schedule_to_start_seconds: int | None) -> Object:
    """The target of the triggers, of several the one that asks for most replicas; or a time, if asked for."""
    if schedule_to_start_seconds is not None:
        for trigger in triggers:
            for name in ("targetQueueSize", "activationTargetQueueSize"):
                source.leave(
                    f"the objective is scheduleToStartSeconds {schedule_to_start_seconds}",
                    *(*trigger.path, "metadata", name),
                )
        return {"scheduleToStartSeconds": schedule_to_start_seconds}
    target, activation = min(t.target for t in triggers), min(t.activation for t in triggers)
    for trigger in triggers:
        for name, mine, chosen in (
            ("targetQueueSize", trigger.target, target),
            ("activationTargetQueueSize", trigger.activation, activation),
        ):
            if mine != chosen:
                source.note(
                    f"not carried over: a pool has one value for all task queues, and the lowest is {chosen}",
                    *(*trigger.path, "metadata", name),
                )
    return {"backlogPerReplica": target, **({"activationBacklog": activation} if activation else {})}


def _behavior(source: Source) -> Object:
    found = behavior(source, "spec", "advanced", "horizontalPodAutoscalerConfig", "behavior")
    for annotation, direction in _ONE_WAY.items():
        if source.flag("metadata", "annotations", annotation):
            found[direction] = found.get(direction, {}) | {"selectPolicy": "Disabled"}
    return found


def _times(source: Source, lowest: int) -> Object:
    polling = source.number("spec", "pollingInterval")
    if polling is not None and polling < 5:
        source.note(
            "pollingIntervalSeconds is 5: Temporal renews its statistics each 5 s", *("spec", "pollingInterval")
        )
    source.leave("a new pool scales to zero only after idleSeconds, as ever", *("spec", "initialCooldownPeriod"))
    cooldown = source.number("spec", "cooldownPeriod")
    if lowest and cooldown is not None:
        source.note(
            "not carried over: with minReplicas above 0 a pool does not scale to zero", "spec", "cooldownPeriod"
        )
    return {
        "scaleToZero": {"idleSeconds": cooldown} if cooldown is not None and not lowest else None,
        "fallback": _fallback(source, DEFAULT_POLLING_SECONDS if polling is None else polling),
        "pollingIntervalSeconds": None if polling is None else max(5, polling),
    }


def _fallback(source: Source, polling_seconds: int) -> Object | None:
    """After so many failed polls; a pool never falls for a reading that is missing."""
    path = "spec", "fallback"
    if source.get(*path) is None:
        return None
    failures, replicas = source.number(*path, "failureThreshold") or 0, source.number(*path, "replicas")
    after = {"afterSeconds": failures * polling_seconds}
    how = source.take(*path, "behavior") or "static"
    if how in {"static", "currentReplicasIfHigher"}:
        if how == "static":
            source.note(
                "behavior is ReplicasIfHigher: a pool is never lowered because task queues can't be read", *path
            )
        return after | {"behavior": "ReplicasIfHigher", "replicas": replicas}
    source.note(f"behavior is Hold; not carried over: replicas {replicas}", *path, "replicas")
    return after | {"behavior": "Hold"}


def _name_the_rest(source: Source) -> None:
    for index in _indices(source):
        path: Path = ("spec", "triggers", index)
        kind = source.get(*path, "type")
        if kind not in {"temporal", "cron"}:
            source.leave(f"a pool scales by task queues, not by {kind}", *path)
    advanced = "spec", "advanced"
    source.leave("deleting a pool leaves the replicas as they are", *advanced, "restoreToOriginalReplicaCount")
    source.leave("a pool makes no HorizontalPodAutoscaler", *advanced, "horizontalPodAutoscalerConfig", "name")
    source.leave("of several task queues the one that needs most replicas decides", *advanced, "scalingModifiers")
    for name in source.get("metadata", "annotations") or {}:
        if "keda.sh/" not in name:
            source.take("metadata", "annotations", name)
    for name, why in _ANNOTATIONS.items():
        source.leave(why, "metadata", "annotations", name)


def _remarks(given: Given) -> tuple[Any, ...]:
    sources = [given.scaled_object, *(each.source for each in given.authentications.values() if each.is_used)]
    return tuple(remark for source in sources for remark in source.finish())


def _indices(source: Source) -> range:
    triggers = source.get("spec", "triggers")
    return range(len(triggers) if isinstance(triggers, list) else 0)
