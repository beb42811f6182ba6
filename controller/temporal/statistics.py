"""The statistics of a task queue: backlog and its age, add and dispatch rate, rate limit and pollers."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import Final

from temporalio.api.enums.v1 import DescribeTaskQueueMode, RateLimitSource, TaskQueueType
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue, TaskQueueStats, TaskQueueVersionSelection
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest, DescribeTaskQueueResponse

from controller.api.model import TaskType
from controller.scaling.observation import Poller, QueueStatistics
from controller.temporal.client import TemporalNamespace, seconds_of

TASK_QUEUE_TYPES: Final = {
    TaskType.WORKFLOW: TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    TaskType.ACTIVITY: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    TaskType.NEXUS: TaskQueueType.TASK_QUEUE_TYPE_NEXUS,
}
"""Task types as the server numbers them."""

UNLIMITED_PER_SECOND: Final = 1000.0
"""Tasks a second that each partition of a task queue dispatches at most by the server's own default (1.32,
admin.matchingNamespaceTaskqueueToPartitionDispatchRate): not a configured limit."""

HIGHEST_RATE_PER_SECOND: Final = 1e9
"""A rate from here on is not plausible: it comes of a division by almost nothing, or is a fault."""

OLDEST_TASK_SECONDS: Final = 1e9
"""An age above 30 years is not plausible: the task has no time, and the age counts from 1970."""

_CONFIGURED: Final = frozenset({RateLimitSource.RATE_LIMIT_SOURCE_API, RateLimitSource.RATE_LIMIT_SOURCE_WORKER})
"""Sources of a limit of one task queue: a request to the server, or the options of its workers."""


async def read_statistics(
    namespace: TemporalNamespace, task_queue: str, task_type: TaskType, now: float, *, with_limit: bool = True
) -> QueueStatistics | None:
    """Reads one task queue and task type: all partitions, all versions and the unversioned together.

    Args:
        namespace: Where the task queue is.
        task_queue: Its name.
        task_type: Type of its tasks.
        now: Seconds since the Unix epoch; becomes the time of the statistics.
        with_limit: Whether to request the rate limit, too. A server that does not know it leaves it out.

    Returns:
        The statistics; `None` from a server before 1.28, which leaves them out of this answer. A queue that was never
        used has zeros.

    Raises:
        temporalio.service.RPCError: The server refused or did not answer.
    """
    response = await namespace.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=namespace.name,
            task_queue=TaskQueue(name=task_queue),
            task_queue_type=TASK_QUEUE_TYPES[task_type],
            report_stats=True,
            report_config=with_limit,
        )
    )
    if not response.HasField("stats"):
        return None
    return replace(to_statistics([response.stats], response.pollers, now), rate_limit_per_second=rate_limit(response))


def rate_limit(response: DescribeTaskQueueResponse) -> float | None:
    """Tasks a second that the server dispatches at most; `None` without a configured limit, or none in the answer."""
    if not response.HasField("effective_rate_limit"):
        return None
    limit = response.effective_rate_limit
    per_second = float(limit.requests_per_second)
    if not isfinite(per_second) or per_second < 0:
        return None
    return per_second if limit.rate_limit_source in _CONFIGURED or 0 < per_second < UNLIMITED_PER_SECOND else None


async def read_enhanced_statistics(
    namespace: TemporalNamespace, task_queue: str, task_type: TaskType, now: float
) -> QueueStatistics | None:
    """Reads the same from a server before 1.28, in the enhanced mode that later ones call deprecated.

    Returns:
        The statistics, all versions and the unversioned together; `None` from a server that has none (before 1.25).

    Raises:
        temporalio.service.RPCError: The server refused or did not answer.
    """
    response = await namespace.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=namespace.name,
            task_queue=TaskQueue(name=task_queue),
            api_mode=DescribeTaskQueueMode.DESCRIBE_TASK_QUEUE_MODE_ENHANCED,
            versions=TaskQueueVersionSelection(unversioned=True, all_active=True),
            task_queue_types=[TASK_QUEUE_TYPES[task_type]],
            report_stats=True,
            report_pollers=True,
        )
    )
    infos = [info for version in response.versions_info.values() for info in version.types_info.values()]
    if not any(info.HasField("stats") for info in infos):
        return None
    return to_statistics([info.stats for info in infos], [poller for info in infos for poller in info.pollers], now)


def to_statistics(stats: Iterable[TaskQueueStats], pollers: Iterable[PollerInfo], now: float) -> QueueStatistics:
    """Converts the server's messages; several versions are summed, and the oldest task counts.

    The server's count is approximate: with an age there is at least one task, and a negative count is 0.
    """
    parts = tuple(stats)
    age = max((_or_never(seconds_of(part.approximate_backlog_age)) for part in parts), default=0.0)
    return QueueStatistics(
        backlog=max(sum(part.approximate_backlog_count for part in parts), 1 if age > 0 else 0),
        backlog_age_seconds=max(age, 0.0),
        add_rate_per_second=sum(part.tasks_add_rate for part in parts),
        dispatch_rate_per_second=sum(part.tasks_dispatch_rate for part in parts),
        read_at=now,
        # "No" and "not reported" are the same in the message: a server before 1.32 never reports it.
        rate_limiting_active=any(part.rate_limiting_active for part in parts) or None,
        pollers=tuple(_poller(poller, now) for poller in pollers),
    )


def implausible(statistics: QueueStatistics) -> str | None:
    """What of the statistics is not plausible, as a clause; `None` if all is."""
    rates = {"add": statistics.add_rate_per_second, "dispatch": statistics.dispatch_rate_per_second}
    for name, rate in rates.items():
        if not 0 <= rate < HIGHEST_RATE_PER_SECOND:
            return f"its {name} rate is {rate:g} per second"
    if statistics.backlog_age_seconds > OLDEST_TASK_SECONDS:
        return f"its oldest task has an age of {statistics.backlog_age_seconds:.3g} s"
    return None


def _poller(poller: PollerInfo, now: float) -> Poller:
    """A poll in the future counts as one of now: clocks differ."""
    return Poller(poller.identity, min(seconds_of(poller.last_access_time) or 0.0, now))


def _or_never(age_seconds: float | None) -> float:
    return inf if age_seconds is None else age_seconds


RATE_WINDOW_SECONDS: Final = 30.0
"""The window of the server's rates."""

UNLOADED_SECONDS: Final = 300.0
"""The server unloads a queue without use or reads for so long (1.32, matching.maxTaskQueueIdleTime)."""


@dataclass(slots=True)
class _ReadTimes:
    first_at: float
    last_at: float


class QueueReads:
    """When each queue was first and last read without a gap, which says how young the server's rates may be.

    The server counts tasks for 30 s and divides by the time since it loaded the queue, if that is shorter: a burst of
    50 tasks reads as 185 a second at first. It does not report when it loaded a queue; a read loads it and keeps it
    loaded. Times are seconds of a monotonic clock.
    """

    def __init__(self) -> None:
        """Starts without a read."""
        self._times: dict[Hashable, _ReadTimes] = {}

    def add(self, key: Hashable, now: float) -> bool:
        """Records a read of the queue.

        Returns:
            Whether its rates may be young.
        """
        read = self._times.get(key)
        if read is None or now - read.last_at > UNLOADED_SECONDS:
            self._forget_unread(now)
            read = self._times[key] = _ReadTimes(now, now)
        read.last_at = now
        return now - read.first_at < RATE_WINDOW_SECONDS

    def reset(self, key: Hashable) -> None:
        """Records that the queue could not be read: a server that restarts loads it anew."""
        self._times.pop(key, None)

    def _forget_unread(self, now: float) -> None:
        """Drops the queues of deleted pools."""
        self._times = {key: s for key, s in self._times.items() if now - s.last_at <= UNLOADED_SECONDS}
