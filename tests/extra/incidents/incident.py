"""An incident: how it comes about, and what people must see of it, where, and within how many seconds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tests.system.place import Object, Place

Act = Callable[[Place, str], None]
"""Does something to the pool of a name."""

EVERYWHERE: Final = ("get", "message", "event", "log")
"""Where a trouble is seen: READY and REASON of `kubectl get twp`, the message of `Ready`, an Event, the log."""


def nothing(place: Place, name: str) -> None:
    """Do nothing: the manifests alone are the incident."""


@dataclass(frozen=True)
class Symptoms:
    """What people see of it."""

    ready: str
    """READY in `kubectl get twp`."""
    reason: str
    """REASON there."""
    words: tuple[str, ...]
    """What the message of `Ready` has, and so `twp explain`."""
    within_seconds: float
    """Until all of it is seen, from when the incident happens."""
    event: str = ""
    """Reason of an Event about the pool, if it is another one."""
    log: str = ""
    """Value of a field of a line of the log about the pool, if it is not that reason."""
    alerts: tuple[str, ...] = ()
    """The alerts that fire, without `TemporalWorkerPool`; no other one applies, and none fires."""
    alerts_later: tuple[str, ...] = ()
    """Those that fire after a while because the pods that are staged only sleep."""
    unseen: tuple[str, ...] = ()
    """Of `EVERYWHERE`, where it can't be seen."""


@dataclass(frozen=True)
class Incident:
    """A pool that gets into trouble, beside others."""

    name: str
    """Of the pool, its Deployment and its task queue."""
    manifests: Callable[[Place, str], Sequence[Object]]
    """What is applied, for a place and the name."""
    symptoms: Symptoms
    healthy: tuple[str, str, str] | None = None
    """Condition, reason and words of its message that are waited for before it happens."""
    happen: Act = nothing
    """What then happens."""
