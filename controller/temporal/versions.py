"""The statistics of one version of Worker Versioning, instead of the sum over all versions."""

from collections.abc import Mapping
from typing import Final

from temporalio.api.deployment.v1 import WorkerDeploymentVersion
from temporalio.api.workflowservice.v1 import DescribeWorkerDeploymentVersionRequest
from temporalio.service import RPCError, RPCStatusCode

from controller.api.model import TaskType
from controller.api.spec import WorkerDeployment
from controller.scaling.observation import QueueStatistics
from controller.temporal.client import TemporalNamespace
from controller.temporal.errors import is_about_namespace
from controller.temporal.statistics import TASK_QUEUE_TYPES, to_statistics

_TASK_TYPES: Final = {number: task_type for task_type, number in TASK_QUEUE_TYPES.items()}


async def read_version_statistics(
    namespace: TemporalNamespace, version: WorkerDeployment, now: float
) -> Mapping[tuple[str, TaskType], QueueStatistics] | None:
    """Reads every task queue that workers of the version have polled, in one request.

    The answer names no pollers and no rate limit.

    Returns:
        By task queue and type; empty for a version of which no worker has polled yet; `None` from a server that
        lists its task queues without statistics (before 1.29).

    Raises:
        temporalio.service.RPCError: The server refused or did not answer.
    """
    request = DescribeWorkerDeploymentVersionRequest(
        namespace=namespace.name,
        deployment_version=WorkerDeploymentVersion(deployment_name=version.name, build_id=version.build_id),
        report_task_queue_stats=True,
    )
    try:
        response = await namespace.describe_worker_deployment_version(request)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND or is_about_namespace(error):
            raise
        return {}
    queues = response.version_task_queues
    if queues and not any(queue.HasField("stats") for queue in queues):
        return None
    return {
        (queue.name, _TASK_TYPES[queue.type]): to_statistics([queue.stats], [], now)
        for queue in queues
        if queue.type in _TASK_TYPES and queue.HasField("stats")
    }
