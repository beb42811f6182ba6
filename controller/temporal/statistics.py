"""The server's statistics of a task queue: what waits, for how long, what comes and goes, and who asks for it."""

from collections.abc import Iterable
from typing import Final

from temporalio.api.enums.v1 import DescribeTaskQueueMode, TaskQueueType
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue, TaskQueueStats, TaskQueueVersionSelection
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

from controller.api.model import TaskType
from controller.scaling.observation import Poller, QueueStatistics
from controller.temporal.requests import TemporalNamespace

TASK_QUEUE_TYPES: Final = {
    TaskType.WORKFLOW: TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    TaskType.ACTIVITY: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    TaskType.NEXUS: TaskQueueType.TASK_QUEUE_TYPE_NEXUS,
}
"""Task types in the server's words."""


async def read_statistics(
    namespace: TemporalNamespace, task_queue: str, task_type: TaskType, now: float
) -> QueueStatistics | None:
    """Asks for one task queue and task type: all its partitions, all versions and the unversioned together.

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
        )
    )
    return to_statistics([response.stats], response.pollers, now) if response.HasField("stats") else None


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
    """The server's messages in this project's words: those of several versions are summed, the oldest task counts."""
    parts = tuple(stats)
    return QueueStatistics(
        backlog=sum(part.approximate_backlog_count for part in parts),
        backlog_age_seconds=max(part.approximate_backlog_age.ToMilliseconds() / 1000 for part in parts),
        add_rate_per_second=sum(part.tasks_add_rate for part in parts),
        dispatch_rate_per_second=sum(part.tasks_dispatch_rate for part in parts),
        read_at=now,
        # The message can't tell "no" from "not said": a server before 1.32 never says it.
        rate_limiting_active=any(part.rate_limiting_active for part in parts) or None,
        pollers=tuple(Poller(poller.identity, poller.last_access_time.ToMilliseconds() / 1000) for poller in pollers),
    )
