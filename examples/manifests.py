"""The manifests of an example as objects, pointed at a Temporal server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

EXAMPLES_FOLDER = Path(__file__).resolve().parent


def load_manifests(
    example: str, *, temporal_host: str, temporal_namespace: str, replicas: int | None = None
) -> list[dict[str, Any]]:
    """Load what `kubectl apply -k examples/<example>/manifests` applies, for another Temporal server.

    Args:
        example: `unified` or `separated`.
        temporal_host: Frontend of the Temporal server, `host:port`, for workers and pools.
        temporal_namespace: Temporal namespace, for workers and pools.
        replicas: Replicas that the Deployments start with. `None` leaves them out, as the files do: a Deployment that
            is applied again must not name them.
    """
    folder = EXAMPLES_FOLDER / example / "manifests"
    names = yaml.safe_load((folder / "Kustomization").read_text())["resources"]
    manifests = [yaml.safe_load((folder / name).read_text()) for name in names]
    for manifest in manifests:
        if manifest["kind"] == "ConfigMap":
            manifest["data"] = {"host": temporal_host, "namespace": temporal_namespace}
        elif manifest["kind"] == "TemporalWorkerPool":
            manifest["spec"]["connection"] = {"address": temporal_host}
            manifest["spec"]["temporalNamespace"] = temporal_namespace
        elif replicas is not None:
            manifest["spec"]["replicas"] = replicas
    return manifests
