"""The pools and Deployments that the system tests apply, with windows that let a test be over soon."""

from typing import Any

from examples.manifests import load_manifests
from tests.system.place import Object, Place

FAST: Object = {
    "pollingIntervalSeconds": 5,
    "scaleToZero": {"idleSeconds": 5},
    "behavior": {
        "scaleUp": {"policies": [{"type": "Pods", "value": 4, "periodSeconds": 5}]},
        "scaleDown": {
            "stabilizationWindowSeconds": 5,
            "policies": [{"type": "Percent", "value": 100, "periodSeconds": 5}],
        },
    },
}
"""Looks as often as it may, and wastes no time on the way down."""

UNIFIED_POOL, UNIFIED_DEPLOYMENT = "data-processing", "data-processing-worker"
"""Names in the unified example."""

WORKFLOW_POOL, WORKFLOW_DEPLOYMENT = "video-transcoding-workflows", "video-transcoding-workflow-worker"
ACTIVITY_POOL, ACTIVITY_DEPLOYMENT = "video-transcoding-activities", "video-transcoding-activity-worker"
"""Names in the separated example."""


def example(place: Place, name: str, replicas: int = 0, **spec: Any) -> list[Object]:
    """The manifests of an example with fast pools; `spec` overrides fields of every pool."""
    manifests = load_manifests(
        name,
        temporal_host=place.temporal_address,
        temporal_namespace=place.temporal_namespace,
        replicas=replicas,
    )
    for manifest in manifests:
        if manifest["kind"] == "TemporalWorkerPool":
            manifest["spec"] |= FAST | spec
    return manifests


def unified(place: Place, replicas: int = 0, **spec: Any) -> list[Object]:
    """The unified example, with at most 3 replicas unless `spec` says otherwise."""
    return example(place, "unified", replicas, **{"maxReplicas": 3, "objective": {"backlogPerReplica": 5}} | spec)


def pool(place: Place, name: str = "orders", **spec: Any) -> Object:
    """A pool on the Deployment of its own name, for tests in which no work is done."""
    fast = {field: value for field, value in FAST.items() if field != "scaleToZero" or not spec.get("minReplicas")}
    return {
        "apiVersion": "workerpools.dev/v1alpha1",
        "kind": "TemporalWorkerPool",
        "metadata": {"name": name},
        "spec": {
            "scaleTargetRef": {"name": name},
            "connection": {"address": place.temporal_address},
            "temporalNamespace": place.temporal_namespace,
            "taskQueues": [{"name": "orders", "tasks": [{"type": "Activity", "slots": 5, "slotsEnvVar": "SLOTS"}]}],
            "minReplicas": 0,
            "maxReplicas": 3,
            "objective": {"backlogPerReplica": 5},
            **fast,
            **spec,
        },
    }


def deployment(
    name: str = "orders", replicas: int = 0, env: tuple[Object, ...] = (), containers: tuple[str, ...] = ("worker",)
) -> Object:
    """A Deployment whose pods do nothing; the first container gets `env`."""
    labels = {"app": name}
    templates: list[Object] = [{"name": each, "image": "none", "command": ["sleep", "infinity"]} for each in containers]
    templates[0]["env"] = list(env)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": templates}},
        },
    }
