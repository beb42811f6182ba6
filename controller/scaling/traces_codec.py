"""The traces of use across a restart of the operator, in a form that goes into the pool's status.

Exact moments would be a write for each reconcile of a pool whose workers wait for tasks. So a moment is written again
when it says something else: it lies much later, the sign has ceased, or it is the first one of the pods that are there.
"""

from collections.abc import Mapping
from math import floor
from typing import Any, Final

from controller.scaling.memory_codec import MAX_QUEUES, measured
from controller.scaling.traces import Trace

TRACES: Final = "traces"
"""Where in `status.memory` they are."""

STEP_SECONDS: Final = 600.0
"""While a sign goes on, its moment is written again after so long."""

CEASED_SECONDS: Final = 120.0
"""A sign that is older has ceased, and its exact moment is written: workers report every minute."""


def to_status(
    traces: Mapping[str, Trace], before: object, pods_since: float | None, now: float
) -> dict[str, dict[str, int]]:
    """The traces as JSON values.

    Args:
        traces: By the name of the queue and type.
        before: What was last written.
        pods_since: When the oldest ready pod was made: whether its workers polled since then must survive a restart.
        now: Seconds since the Unix epoch.
    """
    written = from_status(before)
    return {name: _to_status(trace, written.get(name), pods_since, now) for name, trace in sorted(traces.items())}


def from_status(value: object) -> dict[str, Trace]:
    """The traces that `to_status` wrote; what can't be read is left out, and seen again."""
    if not isinstance(value, Mapping):
        return {}
    read = {str(name): _from_status(each) for name, each in list(value.items())[:MAX_QUEUES]}
    return {name: trace for name, trace in read.items() if trace}


def _to_status(trace: Trace, written: Trace | None, pods_since: float | None, now: float) -> dict[str, int]:
    before = written or trace
    moments = {
        "since": trace.since,
        "taskAt": _due(trace.task_at, before.task_at, None, now),
        "polledAt": _due(trace.polled_at, before.polled_at, pods_since, now),
    }
    return {name: floor(moment) for name, moment in moments.items() if moment is not None}


def _due(moment: float | None, written: float | None, since: float | None, now: float) -> float | None:
    """Which of two moments to write: the one that is known, or the one that was written last."""
    if moment is None or written is None or moment < written:
        return moment
    is_first = since is not None and written < since <= moment
    is_due = is_first or moment - written >= STEP_SECONDS or now - moment >= CEASED_SECONDS
    return moment if is_due else written


def _from_status(value: Any) -> Trace | None:  # noqa: ANN401 - whatever is in status is judged here
    try:
        since, task_at, polled_at = (value.get(name) for name in ("since", "taskAt", "polledAt"))
        return Trace(measured(since), _or_never(task_at), _or_never(polled_at))
    except (AttributeError, TypeError, ValueError, OverflowError):
        return None


def _or_never(value: object) -> float | None:
    return None if value is None else measured(value)
