"""The rules of kstatus for a custom resource, as its source has them: what Flux, `kpt` and others make of a status.

After pkg/kstatus/status (generic.go and status.go) of sigs.k8s.io/cli-utils at 5895ad6c17dd: `checkGenericProperties`,
then `checkReadyCondition`. A custom resource has no rules of its kind.
"""

from collections.abc import Mapping
from typing import Any


def compute(manifest: Mapping[str, Any]) -> str:
    """The status of an object: `Terminating`, `InProgress`, `Failed` or `Current`."""
    metadata, status = manifest.get("metadata", {}), manifest.get("status", {})
    if metadata.get("deletionTimestamp"):
        return "Terminating"
    generation, observed = metadata.get("generation"), status.get("observedGeneration")
    if generation is not None and observed is not None and observed != generation:
        return "InProgress"
    return _by_conditions(status.get("conditions", ())) or "Current"


def _by_conditions(conditions: Any) -> str | None:
    for condition in conditions:
        if condition["type"] == "Reconciling" and condition["status"] == "True":
            return "InProgress"
        if condition["type"] == "Stalled" and condition["status"] == "True":
            return "Failed"
    for condition in conditions:
        if condition["type"] == "Ready":
            return "Current" if condition["status"] == "True" else "InProgress"
    return None
