"""What a run applies: the Deployment of its workers, and the pool where the operator scales it."""

import sys
from pathlib import Path
from typing import Any, Final

from bench.real.plan import GRACE_SECONDS, IDLE_SECONDS, MAX_REPLICAS, SLOTS, Plan
from bench.real.worker import HEALTH_PORT, TASK_QUEUE
from localcluster.kubelet.images import PULL_SECONDS

DEPLOYMENT: Final = "worker"
CONTAINER: Final = "worker"
POOL: Final = "bench"

OWN_START_SECONDS: Final = 1.0
"""Of the start of a pod, what does not come from the pull: sandbox, worker, and the probe each second (measured)."""

GRACE_RESERVE_SECONDS: Final = 3
"""How much earlier than Kubernetes a worker gives its running tasks up, so that the server learns of it."""

Object = dict[str, Any]


def deployment(plan: Plan, temporal_address: str, temporal_namespace: str, fork_server: Path) -> Object:
    """A Deployment with no replicas, whose pods have a worker that `fork_server` forks."""
    labels = {"app": DEPLOYMENT}
    pull = {PULL_SECONDS: f"{max(plan.start_seconds - OWN_START_SECONDS, 0):g}"}
    container = {
        "name": CONTAINER,
        "image": "none",
        "command": [sys.executable, "-I", "-S", "bench/real/fork_client.py", str(fork_server)],
        "env": _environment(plan, temporal_address, temporal_namespace),
        "readinessProbe": {"httpGet": {"path": "/ready", "port": HEALTH_PORT}, "periodSeconds": 1},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": DEPLOYMENT},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels, "annotations": pull},
                "spec": {"terminationGracePeriodSeconds": GRACE_SECONDS, "containers": [container]},
            },
        },
    }


def pool(plan: Plan, temporal_address: str, temporal_namespace: str) -> Object:
    """The pool under test: everything that isn't the run's condition is left to its default."""
    types = ["Workflow", "Activity"] if plan.profile.workflow else ["Activity"]
    return {
        "apiVersion": "workerpools.dev/v1alpha1",
        "kind": "TemporalWorkerPool",
        "metadata": {"name": POOL},
        "spec": {
            "scaleTargetRef": {"name": DEPLOYMENT},
            "connection": {"address": temporal_address},
            "temporalNamespace": temporal_namespace,
            "taskQueues": [{"name": TASK_QUEUE, "tasks": [{"type": type_, "slots": SLOTS} for type_ in types]}],
            "minReplicas": 0,
            "maxReplicas": MAX_REPLICAS,
            "objective": {"scheduleToStartSeconds": plan.objective_seconds},
            "scaleToZero": {"idleSeconds": IDLE_SECONDS},
        },
    }


def _environment(plan: Plan, temporal_address: str, temporal_namespace: str) -> list[Object]:
    values = {
        "TEMPORAL_ADDRESS": temporal_address,
        "TEMPORAL_NAMESPACE": temporal_namespace,
        "ACTIVITY_SLOTS": SLOTS,
        "WORKFLOW_SLOTS": SLOTS if plan.profile.workflow else 0,
        "HEARTBEAT_SECONDS": plan.heartbeat_seconds,
        "GRACEFUL_SECONDS": GRACE_SECONDS - GRACE_RESERVE_SECONDS,
    }
    address = {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}
    return [address, *({"name": name, "value": str(value)} for name, value in values.items())]
