"""Events: what happened, for those who ask `kubectl describe` or `kubectl get events`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from controller.cluster.client import Cluster


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
    raise NotImplementedError
