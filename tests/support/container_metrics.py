"""What metrics-server serves of pods, without it: it needs a container runtime to measure with, and there is none.

The API server serves `metrics.k8s.io` from a CustomResourceDefinition instead, and the test says what is measured. The
shape is that of metrics-server.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from localcluster.cluster import LocalCluster

CRD: Final[dict[str, Any]] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {
        "name": "pods.metrics.k8s.io",
        "annotations": {"api-approved.kubernetes.io": "unapproved, for tests in place of metrics-server"},
    },
    "spec": {
        "group": "metrics.k8s.io",
        "scope": "Namespaced",
        "names": {"plural": "pods", "kind": "PodMetrics"},
        "versions": [
            {
                "name": "v1beta1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}


def serve_container_metrics(cluster: LocalCluster) -> None:
    """Make the API server serve the group."""
    cluster.kubectl("apply", "-f", "-", input=json.dumps(CRD))
    cluster.kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd/pods.metrics.k8s.io")


def pod_metrics(pod: str, labels: Mapping[str, str], container: str, *, cpu: str, memory: str) -> dict[str, Any]:
    """What a container of a pod uses just now, such as `100m` and `64Mi`."""
    return {
        "apiVersion": "metrics.k8s.io/v1beta1",
        "kind": "PodMetrics",
        "metadata": {"name": pod, "labels": dict(labels)},
        "timestamp": datetime.now(UTC).isoformat(),
        "window": "15s",
        "containers": [{"name": container, "usage": {"cpu": cpu, "memory": memory}}],
    }
