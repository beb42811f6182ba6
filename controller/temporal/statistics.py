"""The server's statistics of a task queue: what waits, for how long, what comes and goes."""

from typing import Final

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue, TaskQueueStats
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

from controller.api.model import TaskType
from controller.scaling.observation import QueueStatistics
from controller.temporal.requests import TemporalNamespace

_TASK_QUEUE_TYPES: Final = {
    TaskType.WORKFLOW: TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    TaskType.ACTIVITY: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    TaskType.NEXUS: TaskQueueType.TASK_QUEUE_TYPE_NEXUS,
}


async def read_statistics(
    namespace: TemporalNamespace, task_queue: str, task_type: TaskType, now: float
) -> QueueStatistics | None:
    """Asks for one task queue and task type: all its partitions, all versions and the unversioned together.

    Returns:
        The statistics; `None` from a server before 1.29, which leaves them out of this way of asking. A queue that
        nobody ever used has zeros.

    Raises:
        temporalio.service.RPCError: The server refused or did not answer.
    """
    response = await namespace.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=namespace.name,
            task_queue=TaskQueue(name=task_queue),
            task_queue_type=_TASK_QUEUE_TYPES[task_type],
            report_stats=True,
        )
    )
    return to_statistics(response.stats, now) if response.HasField("stats") else None


def to_statistics(stats: TaskQueueStats, now: float) -> QueueStatistics:
    """The server's message in this project's words."""
    return QueueStatistics(
        backlog=stats.approximate_backlog_count,
        backlog_age_seconds=stats.approximate_backlog_age.ToTimedelta().total_seconds(),
        add_rate_per_second=stats.tasks_add_rate,
        dispatch_rate_per_second=stats.tasks_dispatch_rate,
        read_at=now,
        # The message can't tell "no" from "not said": a server before 1.32 never says it.
        rate_limiting_active=stats.rate_limiting_active or None,
    )
