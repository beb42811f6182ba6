"""When a task queue was last seen in use.

Temporal answers zeros for a name that nothing uses, as for a queue without work: only what was found on it before
distinguishes the two.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Trace:
    """What was seen of one (task queue, task type), in seconds since the Unix epoch."""

    since: float
    """When it was first read."""
    task_at: float | None = None
    """When a task was last seen to wait, to be handed out or to run; `None`: never."""
    polled_at: float | None = None
    """When a worker that may be of the pool was last seen to poll for its tasks; `None`: never."""

    def seen(self, *, task_at: float | None, polled_at: float | None) -> Self:
        """With what one more reconcile saw; earlier signs stay."""
        return replace(self, task_at=_latest((self.task_at, task_at)), polled_at=_latest((self.polled_at, polled_at)))

    @property
    def is_blank(self) -> bool:
        """Whether neither a task nor a worker was ever seen."""
        return self.task_at is None and self.polled_at is None


def _latest(moments: Iterable[float | None]) -> float | None:
    return max((moment for moment in moments if moment is not None), default=None)
