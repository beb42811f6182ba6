"""Objects of the tests."""

import json
from typing import Any


def deployment(name: str = "worker", **spec: Any) -> dict[str, Any]:
    """A Deployment without replicas, whose container `worker` has two variables."""
    labels = {"app": name}
    container = {
        "name": "worker",
        "image": "worker",
        "command": ["sleep", "3600"],
        "env": [
            {"name": "SLOTS", "value": "5"},
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        ],
    }
    pod = {"terminationGracePeriodSeconds": 1, "containers": [container]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
            **spec,
        },
    }


def pod(name: str, labels: dict[str, str]) -> dict[str, Any]:
    """A pod without a controller."""
    container = {"name": "main", "image": "main", "command": ["sleep", "3600"]}
    spec = {"terminationGracePeriodSeconds": 1, "containers": [container]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels}, "spec": spec}


def pool(name: str = "orders") -> dict[str, Any]:
    """A TemporalWorkerPool with only what is required."""
    return {
        "apiVersion": "workerpools.dev/v1alpha1",
        "kind": "TemporalWorkerPool",
        "metadata": {"name": name},
        "spec": {
            "scaleTargetRef": {"name": "worker"},
            "connection": {"address": "temporal.example:7233"},
            "taskQueues": [{"name": "orders", "tasks": [{"type": "Activity", "slots": 10}]}],
            "maxReplicas": 5,
            "objective": {"backlogPerReplica": 5},
        },
    }


def text(manifest: dict[str, Any]) -> str:
    """For kubectl's standard input."""
    return json.dumps(manifest)
