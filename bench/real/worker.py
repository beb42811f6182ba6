"""The worker in a pod of the benchmark: its tasks sleep, and it writes down when each attempt began and ended."""

import asyncio
import os
import signal
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from examples.worker.health import State, WorkerStatus, serve_health

HEALTH_PORT = 8080
METRICS_PORT = 9464
TASK_QUEUE = "bench"


class Moment(StrEnum):
    """What a line of a worker's output is about."""

    START = "start"
    END = "end"
    CANCELLED = "cancelled"


def write_down(moment: Moment) -> None:
    """One line: what happened to which attempt of which activity, when it was asked for (server's clock), and when."""
    info = activity.info()
    line = (moment, info.activity_id, info.attempt, f"{info.scheduled_time.timestamp():.3f}", f"{time.time():.3f}")
    print(*line, flush=True)


@activity.defn
async def nap(seconds: float) -> None:
    """Work that waits for something else."""
    write_down(Moment.START)
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        write_down(Moment.CANCELLED)
        raise
    write_down(Moment.END)


@dataclass(frozen=True)
class Batch:
    """Input of a workflow: activities that run one round after the other, those of a round at once."""

    name: str
    rounds: int
    activities: int
    seconds: float


@workflow.defn
class Batches:
    """A workflow whose tasks and whose activities' tasks go to the same workers."""

    @workflow.run
    async def run(self, batch: Batch) -> None:
        """Run all rounds."""
        for number in range(batch.rounds):
            await asyncio.gather(*(_nap(batch, f"{batch.name}-{number}-{each}") for each in range(batch.activities)))


async def _nap(batch: Batch, name: str) -> None:
    await workflow.execute_activity(
        nap, batch.seconds, activity_id=name, start_to_close_timeout=attempt_timeout(batch.seconds)
    )


def attempt_timeout(seconds: float) -> timedelta:
    """How long an attempt may take before it counts as lost; only one whose worker was killed takes so long."""
    return timedelta(seconds=3 * seconds + 60)


@dataclass(frozen=True)
class Settings:
    """What a pod's environment says."""

    temporal_address: str
    temporal_namespace: str
    pod_ip: str
    activity_slots: int
    workflow_slots: int
    """0 for a worker that runs activities only."""
    heartbeat_seconds: float
    graceful_seconds: float

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Settings":
        """Reads the variables that `manifests` writes."""
        return cls(
            environment["TEMPORAL_ADDRESS"],
            environment["TEMPORAL_NAMESPACE"],
            environment["POD_IP"],
            int(environment["ACTIVITY_SLOTS"]),
            int(environment["WORKFLOW_SLOTS"]),
            float(environment["HEARTBEAT_SECONDS"]),
            float(environment["GRACEFUL_SECONDS"]),
        )


def run_from_environment() -> int:
    """Run until SIGTERM and return the exit status."""
    try:
        asyncio.run(_run(Settings.read(os.environ)))
    except Exception:  # noqa: BLE001 - the process ends with it, and the pod's log says why
        traceback.print_exc()
        return 1
    return 0


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    status = WorkerStatus()
    async with serve_health(status, host=settings.pod_ip, port=HEALTH_PORT):
        worker = await _worker(settings)
        polling = asyncio.create_task(worker.run())
        stopping = asyncio.create_task(stop.wait())
        status.state = State.POLLING
        await asyncio.wait({stopping, polling}, return_when=asyncio.FIRST_COMPLETED)
        status.state = State.STOPPING
        if not polling.done():
            await worker.shutdown()
        await polling


async def _worker(settings: Settings) -> Worker:
    telemetry = TelemetryConfig(metrics=PrometheusConfig(bind_address=f"{settings.pod_ip}:{METRICS_PORT}"))
    runtime = Runtime(telemetry=telemetry, worker_heartbeat_interval=timedelta(seconds=settings.heartbeat_seconds))
    client = await Client.connect(settings.temporal_address, namespace=settings.temporal_namespace, runtime=runtime)
    workflows: dict[str, Any] = {}
    if settings.workflow_slots:
        workflows = {"workflows": [Batches], "max_concurrent_workflow_tasks": settings.workflow_slots}
    return Worker(
        client,
        task_queue=TASK_QUEUE,
        activities=[nap],
        max_concurrent_activities=settings.activity_slots,
        graceful_shutdown_timeout=timedelta(seconds=settings.graceful_seconds),
        # Nothing that a sandbox would keep out is in the workflow, and its imports would cost each pod CPU.
        workflow_runner=UnsandboxedWorkflowRunner(),
        **workflows,
    )
