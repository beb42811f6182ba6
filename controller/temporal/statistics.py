"""The server's statistics of a task queue: what waits, for how long, what comes and goes, and who asks for it."""

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
"""Task types in the server's words."""

UNLIMITED_PER_SECOND: Final = 1000.0
"""Tasks a second that each partition of a task queue hands out at most unless somebody sets less, by the server's own
default (1.32, admin.matchingNamespaceTaskqueueToPartitionDispatchRate): so much is no limit that anybody chose."""

HIGHEST_RATE_PER_SECOND: Final = 1e9
"""A rate from here on is none: it comes of a division by nothing, or is a fault."""

OLDEST_TASK_SECONDS: Final = 1e9
"""A task that waits for more than 30 years has no time of its own: the age counts from 1970 or earlier."""

_CHOSEN: Final = frozenset({RateLimitSource.RATE_LIMIT_SOURCE_API, RateLimitSource.RATE_LIMIT_SOURCE_WORKER})
"""Who sets a limit for one task queue: a request to the server, or the options of its workers."""


async def read_statistics(
    namespace: TemporalNamespace, task_queue: str, task_type: TaskType, now: float, *, with_limit: bool = True
) -> QueueStatistics | None:
    """Asks for one task queue and task type: all its partitions, all versions and the unversioned together.

    Args:
        namespace: Where the task queue is.
        task_queue: Its name.
        task_type: Type of its tasks.
        now: Seconds since the Unix epoch; becomes the time of the statistics.
        with_limit: Whether to ask for the rate limit, too. A server that does not know what that is leaves it
            out.

    Returns:
        The statistics; `None` from a server before 1.28, which leaves them out of this way of asking. A queue that
        nobody ever used has zeros.

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
    """Tasks a second that the server hands out at most; `None` where nobody set a limit, or the answer has none."""
    if not response.HasField("effective_rate_limit"):
        return None
    limit = response.effective_rate_limit
    per_second = float(limit.requests_per_second)
    if not isfinite(per_second) or per_second < 0:
        return None
    return per_second if limit.rate_limit_source in _CHOSEN or 0 < per_second < UNLIMITED_PER_SECOND else None


async def read_enhanced_statistics(
    namespace: TemporalNamespace, task_queue: str, task_type: TaskType, now: float
) -> QueueStatistics | None:
    """Asks the same of a server before 1.28, in the mode that later ones keep but call deprecated.

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
    """The server's messages in this project's words: those of several versions are summed, the oldest task counts.

    The server's count is approximate: where a task has an age at least one waits, and fewer than none don't.
    """
    parts = tuple(stats)
    age = max((_or_never(seconds_of(part.approximate_backlog_age)) for part in parts), default=0.0)
    return QueueStatistics(
        backlog=max(sum(part.approximate_backlog_count for part in parts), 1 if age > 0 else 0),
        backlog_age_seconds=max(age, 0.0),
        add_rate_per_second=sum(part.tasks_add_rate for part in parts),
        dispatch_rate_per_second=sum(part.tasks_dispatch_rate for part in parts),
        read_at=now,
        # The message can't tell "no" from "not said": a server before 1.32 never says it.
        rate_limiting_active=any(part.rate_limiting_active for part in parts) or None,
        pollers=tuple(_poller(poller, now) for poller in pollers),
    )


def unreadable(statistics: QueueStatistics) -> str | None:
    """What of statistics can't be, in words; `None` if all can."""
    rates = {"add": statistics.add_rate_per_second, "dispatch": statistics.dispatch_rate_per_second}
    for name, rate in rates.items():
        if not 0 <= rate < HIGHEST_RATE_PER_SECOND:
            return f"its {name} rate is {rate:g} per second"
    if statistics.backlog_age_seconds > OLDEST_TASK_SECONDS:
        return f"its oldest task is said to wait for {statistics.backlog_age_seconds:.3g} s"
    return None


def _poller(poller: PollerInfo, now: float) -> Poller:
    """Nobody polled after now: clocks differ."""
    return Poller(poller.identity, min(seconds_of(poller.last_access_time) or 0.0, now))


def _or_never(age_seconds: float | None) -> float:
    return inf if age_seconds is None else age_seconds


TRUE_MEAN_SECONDS: Final = 30.0
"""The window of the server's rates."""

UNLOADED_SECONDS: Final = 300.0
"""A queue that nobody uses or reads for so long is unloaded (server 1.32, matching.maxTaskQueueIdleTime)."""


@dataclass(slots=True)
class _Sight:
    first_at: float
    last_at: float


class QueueSights:
    """When each queue was first read, and last, without a gap. Times are seconds of a clock that never steps."""

    def __init__(self) -> None:
        """Nothing was read yet."""
        self._sights: dict[Hashable, _Sight] = {}

    def seen(self, key: Hashable, now: float) -> bool:
        """Notes that the queue was read.

        Returns:
            Whether its rates may be young.
        """
        sight = self._sights.get(key)
        if sight is None or now - sight.last_at > UNLOADED_SECONDS:
            self._forget_unread(now)
            sight = self._sights[key] = _Sight(now, now)
        sight.last_at = now
        return now - sight.first_at < TRUE_MEAN_SECONDS

    def lost(self, key: Hashable) -> None:
        """Notes that the queue could not be read: a server that restarts loads it anew."""
        self._sights.pop(key, None)

    def _forget_unread(self, now: float) -> None:
        """Drops what pools that are gone left behind."""
        self._sights = {key: s for key, s in self._sights.items() if now - s.last_at <= UNLOADED_SECONDS}
