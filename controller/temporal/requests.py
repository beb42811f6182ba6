"""Requests to one Temporal namespace: where each waits its turn, gets its deadline and the header that routes it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeTaskQueueResponse,
    DescribeWorkerDeploymentVersionRequest,
    DescribeWorkerDeploymentVersionResponse,
    ListWorkersRequest,
    ListWorkersResponse,
)
from temporalio.client import Client


@dataclass(frozen=True, slots=True)
class TemporalNamespace:
    """One Temporal namespace of the server that a shared client is connected to.

    The namespace of the client itself plays no part: every request carries its own. Each request raises
    `temporalio.service.RPCError` if the server refuses it or does not answer in time.
    """

    client: Client
    name: str
    timeout_seconds: float
    """How long one request may take."""
    turn: Callable[[], Awaitable[None]]
    """Waits until the budget of the namespace has room for one more request."""

    async def describe_task_queue(self, request: DescribeTaskQueueRequest) -> DescribeTaskQueueResponse:
        """Asks for one task queue."""
        await self.turn()
        return await self.client.workflow_service.describe_task_queue(request, **self._options)

    async def describe_worker_deployment_version(
        self, request: DescribeWorkerDeploymentVersionRequest
    ) -> DescribeWorkerDeploymentVersionResponse:
        """Asks for one version of Worker Versioning."""
        await self.turn()
        return await self.client.workflow_service.describe_worker_deployment_version(request, **self._options)

    async def list_workers(self, request: ListWorkersRequest) -> ListWorkersResponse:
        """Asks for one page of workers."""
        await self.turn()
        return await self.client.workflow_service.list_workers(request, **self._options)

    @property
    def _options(self) -> dict[str, Any]:
        # A proxy, and Temporal Cloud, routes by this header without looking into the request.
        header = {"temporal-namespace": self.name}
        return {"metadata": header, "timeout": timedelta(seconds=self.timeout_seconds)}
