"""When task queues were last seen in use: as status remembers it across a restart, and as a message says it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from controller.api.status import TemporalWorkerPoolStatus
from controller.api.text import listed
from controller.scaling.observation import Observation, TaskQueueObservation, Unknown
from controller.scaling.text import brief
from controller.scaling.traces import Trace
from controller.scaling.traces_codec import TRACES, to_status

UNSEEN_SECONDS: Final = 3600.0
"""A queue without any trace of use for so long is a problem: its name may be wrong."""

MADE_SECONDS: Final = 120.0
"""A queue that was first read so soon after its pool was made has been listed from the beginning."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_AGES: Final = (
    *((minutes * _MINUTE, f"{minutes} min") for minutes in (1, 2, 5, 10, 20, 30)),
    *((hours * _HOUR, f"{hours} h") for hours in (1, 2, 3, 6, 12)),
    *((days * _DAY, f"{days} d") for days in (1, 2, 4, 7, 14, 30, 90)),
)
"""Ages in few steps: a message that changes each minute would be a write each minute for a pool without work."""


def traced(
    status: TemporalWorkerPoolStatus, memory: Mapping[str, Any] | None, observation: Observation
) -> TemporalWorkerPoolStatus:
    """The status with when tasks and workers were last seen.

    Args:
        status: What the pass says else.
        memory: `status.memory` as it was last written.
        observation: What the pass saw.
    """
    traces = {queue.name: queue.trace for queue in observation.task_queues if queue.trace}
    pods_since = min((pod.created_at for pod in observation.ready_pods), default=None)
    written = to_status(traces, (memory or {}).get(TRACES), pods_since, observation.observed_at)
    return status.model_copy(update={"memory": {**(status.memory or {}), TRACES: written}})


def unseen_queues(queues: Sequence[TaskQueueObservation]) -> dict[str, float]:
    """Names of the task queues on which neither a task nor a worker was ever seen, each with since when it is read.

    A name is one for all its task types: one of them in use shows that it is right.
    """
    types: dict[str, list[TaskQueueObservation]] = {}
    for queue in queues:
        types.setdefault(queue.task_queue, []).append(queue)
    return {
        name: max(each.trace.since for each in of_name if each.trace)
        for name, of_name in types.items()
        if all(_is_unseen(each) for each in of_name)
    }


def unseen(names: Mapping[str, float], created_at: float | None, now: float) -> str:
    """That some queues were never used, and since when that is known."""
    since = max(names.values())
    whole = created_at is not None and since - created_at <= MADE_SECONDS
    begin = f"the pool was made {ago(now - created_at)}" if whole and created_at else f"it was added {ago(now - since)}"
    which, it = ("the name", "it") if len(names) == 1 else ("the names", "them")
    named = listed([brief(name) for name in names])
    return f"No task was ever seen on {named}, and no worker polled {it}, since {begin}: check {which}."


def last_tasks(queues: Sequence[TaskQueueObservation], now: float) -> str:
    """When a task was last seen on each queue that was in use; empty where none was."""
    parts = list(_last_tasks(queues, now))
    return f" Last task: {listed(parts)}." if parts else ""


def _last_tasks(queues: Sequence[TaskQueueObservation], now: float) -> Iterator[str]:
    used = [(each.trace.task_at, each) for each in queues if each.trace and each.trace.task_at is not None]
    for at, queue in sorted(used, key=lambda pair: -pair[0]):
        yield f"{brief(queue.name)} {ago(now - at)}"


def ago(seconds: float) -> str:
    """Such as `over 5 min ago`."""
    reached = [text for length, text in _AGES if seconds >= length]
    return f"over {reached[-1]} ago" if reached else "less than 1 min ago"


def _is_unseen(queue: TaskQueueObservation) -> bool:
    """Whether no trace is remembered, and none is there now: a worker of others shows, too, that the name is right."""
    read, trace = queue.statistics, queue.trace
    return isinstance(trace, Trace) and trace.is_blank and not isinstance(read, Unknown) and not read.pollers
