"""Events: what happened, as `kubectl describe` and `kubectl get events` show it.

Those of core/v1, as the HPA's: kubectl sorts by a time that Events of events.k8s.io may not have.
"""

import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from controller.api.event_reasons import EventType
from controller.api.model import written
from controller.api.spec import GROUP
from controller.api.text import cut
from controller.cluster.client import Cluster, answer_to
from controller.cluster.resources import EVENTS, create

MAX_REPORTING_INSTANCE_LENGTH: Final = 128
"""What it allows for `reportingInstance`."""

MAX_NAME_LENGTH: Final = 253
"""Of any object in Kubernetes."""

REPORTING_CONTROLLER: Final = f"{GROUP}/operator"
"""The column FROM of `kubectl describe`."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an object."""

    type: EventType
    reason: str
    """Why, as one word in UpperCamelCase, at most 128 characters."""
    action: str
    """What the operator did or tried, as one word in UpperCamelCase, at most 128 characters."""
    note: str
    """What happened, the numbers, and how to fix it; cut at 1,024 bytes, the API's limit."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """The same for programs: annotations of the Event, named in `controller.api.event_reasons`."""


async def publish(
    cluster: Cluster, regarding: Mapping[str, str], event: Event, now: float, name: str | None = None
) -> None:
    """Writes an Event in the namespace of the object it regards.

    Args:
        cluster: Where the object is.
        regarding: The object, such as `ObjectMeta.reference` of the pool.
        event: What happened.
        now: When, in seconds since the Unix epoch.
        name: Of the Event, by `event_name`; a retry under the same name does not write it twice.
            Default: a new one.

    Raises:
        ConflictError: There is an Event of this name already.
        ClusterError: The Event was refused; the text has the reason.
    """
    namespace = regarding["namespace"]
    body = manifest(regarding, event, now, name)
    request = create(cluster.client, EVENTS.path(namespace), body)
    await answer_to(f"write an Event about {regarding['kind']} {namespace}/{regarding['name']}", request)


def manifest(regarding: Mapping[str, str], event: Event, now: float, name: str | None = None) -> dict[str, Any]:
    """The Event as the API takes it."""
    time = written(now)
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": name or event_name(regarding["name"]),
            "namespace": regarding["namespace"],
            "annotations": dict(event.facts),
        },
        "firstTimestamp": time,
        "lastTimestamp": time,
        "count": 1,
        "type": event.type,
        "reason": event.reason,
        "action": event.action,
        "message": cut(event.note),
        "involvedObject": dict(regarding),
        "source": {"component": REPORTING_CONTROLLER},
        "reportingComponent": REPORTING_CONTROLLER,
        "reportingInstance": socket.gethostname()[:MAX_REPORTING_INSTANCE_LENGTH],
    }


def event_name(name: str) -> str:
    """A new name for the Event as Kubernetes' own components make it: the object's, a dot, hexadecimal digits."""
    digits = secrets.token_hex(8)
    return f"{name[: MAX_NAME_LENGTH - len(digits) - 1].rstrip('-.')}.{digits}"
