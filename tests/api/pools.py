"""Manifests of pools for the tests of the API."""

import copy
from typing import Any, Final

ABSENT: Final = object()
"""Put in place of a value: the field is left out."""

SMALLEST: Final[dict[str, Any]] = {
    "scaleTargetRef": {"name": "worker"},
    "connection": {"address": "temporal.example:7233"},
    "taskQueues": [{"name": "orders", "tasks": [{"type": "Activity", "slots": 10}]}],
    "maxReplicas": 5,
    "objective": {"backlogPerReplica": 5},
}
"""A spec with only what is required."""

FULL: Final[dict[str, Any]] = {
    "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "worker"},
    "containerName": "worker",
    "connection": {"address": "temporal.example:7233"},
    "temporalNamespace": "shop",
    "taskQueues": [
        {
            "name": "orders",
            "tasks": [
                {"type": "Activity", "slots": 10, "slotsEnvVar": "MAX_CONCURRENT_ACTIVITIES"},
                {
                    "type": "Workflow",
                    "slotsEnvVar": "MAX_CONCURRENT_WORKFLOW_TASKS",
                    "tuning": {"minSlots": 5, "maxSlots": 40},
                },
            ],
        },
        {"name": "bills", "tasks": [{"type": "Activity", "slots": 10, "slotsEnvVar": "MAX_CONCURRENT_ACTIVITIES"}]},
    ],
    "workerDeployment": {"name": "orders", "buildId": "v7"},
    "inFlight": {"source": "PodMetrics", "podMetrics": {"port": 9464, "path": "/metrics"}},
    "minReplicas": 0,
    "maxReplicas": 5,
    "objective": {"backlogPerReplica": 5, "activationBacklog": 2},
    "taskDurationSeconds": {"typical": 0.5, "max": 60.0},
    "behavior": {
        "scaleUp": {
            "stabilizationWindowSeconds": 0,
            "selectPolicy": "Max",
            "policies": [
                {"type": "Pods", "value": 4, "periodSeconds": 15},
                {"type": "Percent", "value": 100, "periodSeconds": 15},
            ],
            "tolerance": 0.05,
        },
        "scaleDown": {
            "stabilizationWindowSeconds": 300,
            "selectPolicy": "Min",
            "policies": [{"type": "Percent", "value": 50, "periodSeconds": 60}],
            "tolerance": 0,
        },
    },
    "disruption": "IdleOnly",
    "scaleToZero": {"idleSeconds": 60, "withoutInFlightEvidence": True},
    "schedules": [
        {"cron": "0 8 * * 1-5", "timeZone": "Europe/Berlin", "durationSeconds": 36000, "minReplicas": 1},
    ],
    "fallback": {"afterSeconds": 60, "behavior": "ReplicasIfHigher", "replicas": 3},
    "pollingIntervalSeconds": 10,
    "provisioningDeadlineSeconds": 300,
    "mode": "Recommend",
}
"""A spec with every field."""

DEADLINE: Final[dict[str, Any]] = {**SMALLEST, "objective": {"scheduleToStartSeconds": 10}}
"""A spec with the objective of the deadline."""

TUNED: Final[dict[str, Any]] = {
    **SMALLEST,
    "taskQueues": [
        {
            "name": "orders",
            "tasks": [{"type": "Activity", "slotsEnvVar": "SLOTS", "tuning": {"minSlots": 1, "maxSlots": 100_000}}],
        }
    ],
}
"""A spec in which slots are tuned within the widest range."""


def pool(spec: dict[str, Any], name: str = "orders") -> dict[str, Any]:
    """Put a spec into an object as it is applied."""
    return {
        "apiVersion": "workerpools.dev/v1alpha1",
        "kind": "TemporalWorkerPool",
        "metadata": {"name": name},
        "spec": spec,
    }


SMALLEST_CONNECTION: Final[dict[str, Any]] = {"address": "temporal.example:7233"}
"""A spec of a TemporalConnection with only what is required."""

FULL_CONNECTION: Final[dict[str, Any]] = {
    "address": "temporal.example:7233",
    "tls": {
        "enabled": True,
        "serverName": "frontend.temporal.example",
        "caRef": {"kind": "ConfigMap", "name": "authorities", "key": "bundle.pem"},
        "clientCertSecretRef": {"name": "client"},
    },
    "apiKeySecretRef": {"name": "cloud", "key": "api-key"},
}
"""A spec of a TemporalConnection with every field."""


def connection(spec: dict[str, Any], name: str = "cloud") -> dict[str, Any]:
    """Put the spec of a connection into an object as it is applied."""
    return pool(spec, name) | {"kind": "TemporalConnection"}


def changed(spec: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Copy a spec with other top-level fields."""
    fields = copy.deepcopy(spec) | changes
    return {name: value for name, value in fields.items() if value is not ABSENT}


def changed_at(spec: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Copy a spec with another value at a path such as `taskQueues[].tasks[].slots`; `[]` is the first item."""
    copied = copy.deepcopy(spec)
    *parents, last = path.replace("[]", ".0").split(".")
    node: Any = copied
    for step in parents:
        node = node[int(step)] if step.isdigit() else node[step]
    if value is ABSENT:
        del node[last]
    else:
        node[last] = value
    return copied
