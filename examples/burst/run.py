"""Starts many workflows at once and waits for them."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from temporalio.client import WorkflowFailureError

from examples.burst.result import BurstPlan, BurstProgress, BurstResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from temporalio.client import Client
    from temporalio.types import MethodAsyncSingleParam

    from examples.work import ActivityReport, Batch

STARTS_AT_ONCE = 20
"""Requests to start a workflow that are under way at the same time; more would only queue in the server."""


@dataclass(frozen=True)
class BurstTarget:
    """Where a burst goes.

    Attributes:
        workflow: Run method of the workflow.
        task_queue: Task queue of the workflow; the workflow decides where its activities go.
    """

    workflow: MethodAsyncSingleParam[Any, Batch, list[ActivityReport]]
    task_queue: str


async def run_burst(
    client: Client,
    target: BurstTarget,
    plan: BurstPlan,
    on_progress: Callable[[BurstProgress], None] = lambda _: None,
) -> BurstResult:
    """Start all workflows of a plan as fast as the server takes them, and wait until they end.

    Workflows that are unfinished when the plan's time is over keep running; the result counts them.

    Args:
        client: Client of the Temporal namespace to run in.
        target: Which workflow, on which task queue.
        plan: How much work.
        on_progress: Called after each start and each end of a workflow.

    Raises:
        temporalio.service.RPCError: The server refused to start a workflow, or could not be asked.
    """
    burst = _Burst(client, target, plan, on_progress)
    began = time.monotonic()
    try:
        async with asyncio.timeout(plan.timeout_seconds):
            await burst.run_workflows()
    except TimeoutError:
        pass  # the result counts unfinished workflows
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return BurstResult(
        plan=plan,
        started=burst.progress.started,
        completed=burst.progress.completed,
        failures=tuple(burst.failures),
        reports=tuple(burst.reports),
        duration_seconds=time.monotonic() - began,
    )


@dataclass
class _Burst:
    """A burst under way."""

    client: Client
    target: BurstTarget
    plan: BurstPlan
    on_progress: Callable[[BurstProgress], None]
    progress: BurstProgress = field(default_factory=BurstProgress)
    failures: list[str] = field(default_factory=list)
    reports: list[ActivityReport] = field(default_factory=list)
    starts: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(STARTS_AT_ONCE))

    async def run_workflows(self) -> None:
        prefix = f"{self.target.task_queue}-{uuid.uuid4().hex[:8]}"
        async with asyncio.TaskGroup() as group:
            for number in range(self.plan.workflows):
                group.create_task(self._run_workflow(f"{prefix}-{number:04d}"))

    async def _run_workflow(self, workflow_id: str) -> None:
        async with self.starts:
            handle = await self.client.start_workflow(
                self.target.workflow, self.plan.batch, id=workflow_id, task_queue=self.target.task_queue
            )
        self.progress.started += 1
        self.on_progress(self.progress)
        try:
            self.reports.extend(await handle.result())
            self.progress.completed += 1
        except WorkflowFailureError as error:
            self.failures.append(f"{workflow_id}: {_root_cause(error)}")
            self.progress.failed += 1
        self.on_progress(self.progress)


def _root_cause(error: BaseException) -> str:
    """The first cause of an error: a failed workflow wraps a failed activity, which wraps the activity's own error."""
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {error}"
