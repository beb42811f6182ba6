"""The life of a worker process: refused, starting, polling, stopping."""

import json
import subprocess
import sys

from temporalio.api.worker.v1 import WorkerHeartbeat
from temporalio.api.workflowservice.v1 import ListWorkersRequest
from temporalio.client import Client, WorkflowHandle

from examples.unified.shared import TASK_QUEUE
from examples.unified.workflow import DataProcessingWorkflow
from examples.work import ActivityReport, Batch
from localcluster.temporal_server import TemporalServer
from tests.examples.workers import HEALTH_PORT, WorkerProcess, WorkerStarter
from tests.support.waiting import wait_for, wait_for_async

UNIFIED = "examples.unified.worker"

Handle = WorkflowHandle[DataProcessingWorkflow, list[ActivityReport]]


def run_worker(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a worker that is expected to end by itself."""
    command = [sys.executable, "-m", UNIFIED, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


def events(worker: WorkerProcess) -> list[str]:
    """The `event` of each line of a worker's log; every line is a JSON object."""
    return [json.loads(line)["event"] for line in worker.child.log_file.read_text().splitlines()]


async def start_workflow(client: Client, activities: int, activity_seconds: float) -> Handle:
    """Start a workflow and wait until each of its activities runs."""
    batch = Batch(activities, activity_seconds)
    handle = await client.start_workflow(DataProcessingWorkflow.run, batch, id="batch", task_queue=TASK_QUEUE)
    await wait_for_async(lambda: running_activities(handle, activities), 60, f"{activities} activities to run")
    return handle


async def running_activities(handle: Handle, count: int) -> bool:
    """Whether that many activities of a workflow are in a worker's hands."""
    pending = (await handle.describe()).raw_description.pending_activities
    return sum(activity.HasField("last_started_time") for activity in pending) == count


def test_a_bad_setting_ends_the_worker_with_one_line_and_status_2() -> None:
    """Nothing is started, and the line has the fix."""
    refused = run_worker(MAX_CONCURRENT_ACTIVITIES="0")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        "error: MAX_CONCURRENT_ACTIVITIES is '0': it must be a whole number from 1 to 10000; leave it out for 10\n"
    )


def test_help_shows_the_variables_and_an_example() -> None:
    """A worker is configured by its environment alone."""
    helped = run_worker("--help")
    assert helped.returncode == 0
    assert "GRACEFUL_SHUTDOWN_SECONDS" in helped.stdout
    assert "MAX_CONCURRENT_ACTIVITIES=5 python -m examples.unified.worker" in helped.stdout


def test_a_taken_port_ends_the_worker_with_status_1(workers: WorkerStarter) -> None:
    """The log has the address."""
    first = workers.start_ready(UNIFIED)
    second = workers.start(UNIFIED, POD_IP=first.pod_ip, METRICS_PORT="9465")
    assert second.exit_status() == 1
    assert f"('{first.pod_ip}', 8080): address already in use" in second.child.log_file.read_text()


def test_a_worker_waits_for_its_namespace_alive_and_not_ready(
    workers: WorkerStarter, temporal_server: TemporalServer, server_namespace: str
) -> None:
    """A worker that came before its namespace polls as soon as that is there."""
    namespace = f"{server_namespace}-later"
    worker = workers.start(UNIFIED, TEMPORAL_NAMESPACE=namespace)
    wait_for(lambda: "Temporal can't be reached yet" in events(worker), 60, "a failed attempt in the log")
    assert worker.get(HEALTH_PORT, "/health") == (200, '{"state": "starting"}')
    assert worker.get(HEALTH_PORT, "/ready") == (503, '{"state": "starting"}')
    assert f"Namespace {namespace} is not found." in worker.child.log_file.read_text()
    temporal_server.create_namespace(namespace)
    wait_for(worker.is_ready, 60, "the worker to poll")
    assert "polling" in events(worker)


def test_a_worker_that_never_reached_temporal_stops_at_once(workers: WorkerStarter) -> None:
    """SIGTERM ends the waiting, too."""
    worker = workers.start(UNIFIED, TEMPORAL_HOST="127.0.0.1:1")
    wait_for(lambda: "Temporal can't be reached yet" in events(worker), 60, "a failed attempt in the log")
    worker.terminate()
    assert worker.exit_status() == 0
    assert events(worker)[-1] == "stopped before Temporal was reached"


async def test_sigterm_lets_running_activities_finish(client: Client, workers: WorkerStarter) -> None:
    """The first attempt counts, the exit status is 0, and the pod takes no traffic meanwhile."""
    worker = workers.start_ready(UNIFIED, GRACEFUL_SHUTDOWN_SECONDS="60")
    handle = await start_workflow(client, activities=3, activity_seconds=12)
    worker.terminate()
    wait_for(lambda: worker.get(HEALTH_PORT, "/ready")[0] == 503, 60, "the worker to be unready")
    assert worker.get(HEALTH_PORT, "/health") == (200, '{"state": "stopping"}')
    assert worker.exit_status() == 0
    assert events(worker)[-1] == "stopped"
    workers.start_ready(UNIFIED)  # for the workflow's last step
    assert [(report.attempt, report.cut_short) for report in await handle.result()] == [(1, False)] * 3


async def test_activities_that_outlast_the_grace_are_retried(client: Client, workers: WorkerStarter) -> None:
    """What a stopped worker cut short is done again, and shows as that."""
    worker = workers.start_ready(UNIFIED, GRACEFUL_SHUTDOWN_SECONDS="1")
    handle = await start_workflow(client, activities=2, activity_seconds=6)
    worker.terminate()
    assert worker.exit_status() == 0
    workers.start_ready(UNIFIED)
    reports = await handle.result()
    assert [(report.attempt, report.cut_short) for report in reports] == [(2, True)] * 2
    assert all(report.wait_seconds > 1 for report in reports)  # the lost attempt is part of the wait


async def test_heartbeats_report_slots_in_use(client: Client, workers: WorkerStarter) -> None:
    """A scaler sees running work within seconds, and whose it is."""
    worker = workers.start_ready(UNIFIED, MAX_CONCURRENT_ACTIVITIES="3", GRACEFUL_SHUTDOWN_SECONDS="0")
    handle = await start_workflow(client, activities=3, activity_seconds=120)
    heartbeat = await wait_for_async(lambda: busy_worker(client, 3), 90, "a heartbeat with slots in use")
    assert heartbeat is not None
    slots = heartbeat.activity_task_slots_info
    assert (slots.current_used_slots, slots.current_available_slots) == (3, 0)
    assert heartbeat.workflow_task_slots_info.current_available_slots == 10
    assert heartbeat.worker_identity == f"{worker.child.process.pid}@worker-0"
    await handle.terminate()


async def busy_worker(client: Client, activities: int) -> WorkerHeartbeat | None:
    """The last heartbeat of a worker with so many activities in hand."""
    request = ListWorkersRequest(namespace=client.namespace, query=f"TaskQueue='{TASK_QUEUE}'")
    answer = await client.workflow_service.list_workers(request)
    heartbeats = [info.worker_heartbeat for info in answer.workers_info]
    busy = [one for one in heartbeats if one.activity_task_slots_info.current_used_slots == activities]
    return busy[0] if busy else None


async def test_one_scrape_has_the_numbers_of_the_sdk_and_of_the_activities(
    client: Client, workers: WorkerStarter
) -> None:
    """Slots as Temporal's documentation names them, and the duration of each attempt."""
    worker = workers.start_ready(UNIFIED, MAX_CONCURRENT_ACTIVITIES="4")
    await client.execute_workflow(DataProcessingWorkflow.run, Batch(3, 0.1), id="batch", task_queue=TASK_QUEUE)
    of_queue = f'service_name="temporal-core-sdk",task_queue="{TASK_QUEUE}",worker_type="ActivityWorker"'
    all_free = f'temporal_worker_task_slots_available{{namespace="{client.namespace}",{of_queue}}} 4'
    # A slot is given back after the result of its task was accepted, and so maybe after the end of the workflow.
    metrics = wait_for(lambda: page if all_free in (page := worker.metrics()) else None, 60, "all slots to be free")
    assert f'temporal_worker_task_slots_used{{namespace="{client.namespace}",{of_queue}}} 0' in metrics
    of_attempts = 'activity_name="process_chunk",error_type="",service_name="temporal-core-sdk",status="completed"'
    assert f"activity_duration_seconds_count{{{of_attempts}}} 3" in metrics
