"""Events: what happened, for those who ask `kubectl describe` or `kubectl get events`."""

import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from kubernetes.aio.client import CustomObjectsApi

from controller.api.worker_pool import GROUP
from controller.cluster.client import Cluster
from controller.cluster.requests import REQUEST_TIMEOUT_SECONDS, answer_to

MAX_NOTE_BYTES: Final = 1024
"""What events.k8s.io/v1 allows for `note`."""

MAX_REPORTING_INSTANCE_LENGTH: Final = 128
"""What it allows for `reportingInstance`."""

MAX_NAME_LENGTH: Final = 253
"""Of any object in Kubernetes."""

REPORTING_CONTROLLER: Final = f"{GROUP}/operator"
"""The column FROM of `kubectl describe`."""


class EventType(StrEnum):
    """Whether somebody should look at it."""

    NORMAL = "Normal"
    WARNING = "Warning"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an object."""

    type: EventType
    reason: str
    """Why, as one word in UpperCamelCase, at most 128 characters."""
    action: str
    """What the operator did or tried, as one word in UpperCamelCase, at most 128 characters."""
    note: str
    """What happened, the numbers, and what to do; cut at 1,024 bytes, the API's limit."""


async def publish(cluster: Cluster, regarding: Mapping[str, str], event: Event, now: float) -> None:
    """Writes an Event in the namespace of the object it regards.

    Args:
        cluster: Where the object is.
        regarding: The object, such as `TemporalWorkerPool.reference`.
        event: What happened.
        now: When, in seconds since the Unix epoch.

    Raises:
        ClusterError: The Event was refused; the text says why.
    """
    namespace = regarding["namespace"]
    # As a custom object, because the typed model writes a time of whole seconds in a form that the API refuses.
    request = CustomObjectsApi(cluster.client).create_namespaced_custom_object_without_preload_content(
        "events.k8s.io",
        "v1",
        namespace,
        "events",
        manifest(regarding, event, now),
        _request_timeout=REQUEST_TIMEOUT_SECONDS,
    )
    await answer_to(f"write an Event about {regarding['kind']} {namespace}/{regarding['name']}", request)


def manifest(regarding: Mapping[str, str], event: Event, now: float) -> dict[str, Any]:
    """The Event as the API takes it."""
    return {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": _unique(regarding["name"]), "namespace": regarding["namespace"]},
        "eventTime": datetime.fromtimestamp(now, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "type": event.type,
        "reason": event.reason,
        "action": event.action,
        "note": shortened(event.note),
        "regarding": dict(regarding),
        "reportingController": REPORTING_CONTROLLER,
        "reportingInstance": socket.gethostname()[:MAX_REPORTING_INSTANCE_LENGTH],
    }


def _unique(name: str) -> str:
    """A name for the Event as Kubernetes' own components make it: the object's, a dot, hexadecimal digits."""
    digits = secrets.token_hex(8)
    return f"{name[: MAX_NAME_LENGTH - len(digits) - 1].rstrip('-.')}.{digits}"


def shortened(note: str) -> str:
    """The note, cut between two characters and marked where it is longer than the API allows."""
    encoded = note.encode()
    if len(encoded) <= MAX_NOTE_BYTES:
        return note
    ellipsis = "…"
    kept = encoded[: MAX_NOTE_BYTES - len(ellipsis.encode())].decode(errors="ignore")
    return kept + ellipsis
