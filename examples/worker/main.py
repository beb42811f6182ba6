"""Runs a worker from its environment until it is asked to stop."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn

import structlog
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import Worker
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential

from examples.process import leave
from examples.worker.health import State, WorkerStatus, serve_health
from examples.worker.logs import configure_logs
from examples.worker.settings import REFERENCE, InvalidSettingError, Settings, read_settings
from examples.worker.telemetry import ActivityDurationInterceptor, create_runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from temporalio.runtime import Runtime

log = structlog.stdlib.get_logger("worker")

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_BAD_SETTINGS = 2


@dataclass(frozen=True, kw_only=True)
class WorkerApplication:
    """What a worker runs.

    Attributes:
        description: One sentence for `--help`.
        module: Module that is started with `python -m`, for the example of `--help`.
        task_queue: Task queue where `TASK_QUEUE` is not set.
        workflows: Workflow classes; empty for a worker that only runs activities.
        activities: Activity functions; empty for a worker that only runs workflows.
    """

    description: str
    module: str
    task_queue: str
    workflows: Sequence[type] = ()
    activities: Sequence[Callable[..., Any]] = ()


def main(application: WorkerApplication) -> NoReturn:
    """Run the worker and end the process: 0 after a clean stop, 1 when it failed, 2 when a setting was refused."""
    command = _command(application)
    command.parse_args()
    try:
        settings = read_settings(os.environ, default_task_queue=application.task_queue)
    except InvalidSettingError as error:
        command.exit(EXIT_BAD_SETTINGS, f"error: {error}\n")
    configure_logs()
    try:
        asyncio.run(run(application, settings))
    except Exception:
        log.exception("worker failed")
        leave(EXIT_FAILED)
    leave(EXIT_OK)


def _command(application: WorkerApplication) -> argparse.ArgumentParser:
    """Answer `--help` and refuse arguments: a worker is configured by its environment."""
    example = f"example:\n  TEMPORAL_HOST=127.0.0.1:7233 MAX_CONCURRENT_ACTIVITIES=5 python -m {application.module}\n"
    return argparse.ArgumentParser(
        prog=f"python -m {application.module}",
        description=application.description,
        epilog=f"{REFERENCE}\n{example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


async def run(application: WorkerApplication, settings: Settings) -> None:
    """Connect, poll until SIGTERM or SIGINT, then finish what runs.

    Raises:
        OSError: The address of the probes can't be listened on.
        ValueError: The address of the metrics can't be listened on.
        RuntimeError: The worker stopped polling for a reason that a retry doesn't fix.
    """
    stop = asyncio.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    status = WorkerStatus()
    runtime = create_runtime(settings.metrics_address)
    async with serve_health(status, host=settings.pod_ip, port=settings.health_port):
        stopping = asyncio.create_task(stop.wait())
        connecting = asyncio.create_task(connect(settings, runtime))
        await asyncio.wait({stopping, connecting}, return_when=asyncio.FIRST_COMPLETED)
        if stopping.done():
            connecting.cancel()
            log.info("stopped before Temporal was reached", temporal_host=settings.temporal_host)
            return
        worker = create_worker(application, settings, connecting.result(), runtime)
        await _poll_until(stopping, worker, settings, status)


async def connect(settings: Settings, runtime: Runtime) -> Client:
    """Connect to Temporal and check that the namespace exists, retrying for as long as it takes.

    A restart of the process would not help, so each failure is a log line and the worker stays alive and not ready.
    """
    async for attempt in AsyncRetrying(
        retry=retry_if_exception_type((RuntimeError, RPCError)),
        wait=wait_exponential(multiplier=0.5, max=10),
        before_sleep=_log_failed_connection(settings),
    ):
        with attempt:
            client = await Client.connect(
                settings.temporal_host,
                namespace=settings.temporal_namespace,
                # The SDK's form, pid@host; with hostNetwork the host name would be the node's, not the pod's.
                identity=f"{os.getpid()}@{settings.pod_name}" if settings.pod_name else None,
                runtime=runtime,
            )
            await client.workflow_service.describe_namespace(
                DescribeNamespaceRequest(namespace=settings.temporal_namespace)
            )
            return client
    raise AssertionError("unreachable: the retries have no end")


def _log_failed_connection(settings: Settings) -> Callable[[RetryCallState], None]:
    def log_failure(state: RetryCallState) -> None:
        log.warning(
            "Temporal can't be reached yet",
            temporal_host=settings.temporal_host,
            temporal_namespace=settings.temporal_namespace,
            error=str(state.outcome.exception()) if state.outcome else None,
            attempt=state.attempt_number,
            next_attempt_in_seconds=state.upcoming_sleep,
        )

    return log_failure


def create_worker(application: WorkerApplication, settings: Settings, client: Client, runtime: Runtime) -> Worker:
    """Make the SDK's worker with the slots and the grace of the settings."""
    return Worker(
        client,
        task_queue=settings.task_queue,
        workflows=application.workflows,
        activities=application.activities,
        interceptors=[ActivityDurationInterceptor(runtime.metric_meter)],
        max_concurrent_activities=settings.max_concurrent_activities,
        max_concurrent_workflow_tasks=settings.max_concurrent_workflow_tasks,
        graceful_shutdown_timeout=timedelta(seconds=settings.graceful_shutdown_seconds),
    )


async def _poll_until(stopping: asyncio.Task[bool], worker: Worker, settings: Settings, status: WorkerStatus) -> None:
    polling = asyncio.create_task(worker.run())
    log.info(
        "polling",
        task_queue=settings.task_queue,
        temporal_host=settings.temporal_host,
        temporal_namespace=settings.temporal_namespace,
        max_concurrent_activities=settings.max_concurrent_activities,
        max_concurrent_workflow_tasks=settings.max_concurrent_workflow_tasks,
    )
    status.state = State.POLLING
    await asyncio.wait({stopping, polling}, return_when=asyncio.FIRST_COMPLETED)
    status.state = State.STOPPING
    if not polling.done():
        log.info("stopping: no more polls", grace_seconds=settings.graceful_shutdown_seconds)
        asked = time.monotonic()
        await worker.shutdown()
        log.info("stopped", seconds=round(time.monotonic() - asked, 1))
    await polling
