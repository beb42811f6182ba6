"""What DescribeTaskQueue gives for the run's task queue."""

from dataclasses import dataclass

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue, TaskQueueStats
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from bench.real.worker import TASK_QUEUE

ALL_TYPES = (
    TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    TaskQueueType.TASK_QUEUE_TYPE_NEXUS,
)
"""What KEDA's scaler asks for unless its trigger says otherwise."""


@dataclass(frozen=True, slots=True)
class QueueReader:
    """Asks the server of one Temporal namespace."""

    client: Client

    async def backlog(self) -> int:
        """Tasks that wait, all task types together.

        Raises:
            temporalio.service.RPCError: The server didn't answer.
        """
        return sum([(await self.statistics(type_)).approximate_backlog_count for type_ in ALL_TYPES])

    async def statistics(self, type_: TaskQueueType.ValueType) -> TaskQueueStats:
        """The statistics of a task type.

        Raises:
            temporalio.service.RPCError: The server didn't answer.
        """
        request = DescribeTaskQueueRequest(
            namespace=self.client.namespace,
            task_queue=TaskQueue(name=TASK_QUEUE),
            task_queue_type=type_,
            report_stats=True,
        )
        return (await self.client.workflow_service.describe_task_queue(request)).stats
