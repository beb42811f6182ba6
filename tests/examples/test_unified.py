"""The unified worker and its starter, run for real."""

import asyncio
import subprocess
import sys

from temporalio.client import Client

from examples.burst.result import BurstPlan
from examples.burst.run import run_burst
from examples.unified.start import TARGET
from examples.work import Batch
from localcluster.temporal_server import TemporalServer
from tests.examples.workers import WorkerStarter
from tests.support.waiting import wait_for_async


def start(server: TemporalServer, namespace: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the starter with its output piped."""
    command = [sys.executable, "-m", "examples.unified.start", "--temporal-host", server.address]
    command += ["--temporal-namespace", namespace, *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


async def test_a_burst_completes_on_two_workers(client: Client, workers: WorkerStarter) -> None:
    """Every activity is reported once, with times in their order."""
    for _ in range(2):
        workers.start_ready("examples.unified.worker", MAX_CONCURRENT_ACTIVITIES="5")
    result = await run_burst(client, TARGET, BurstPlan(4, Batch(10, 0.5), timeout_seconds=120))
    assert (result.started, result.completed, result.failures, result.unfinished) == (4, 4, (), 0)
    assert (len(result.reports), result.retried, result.lost) == (40, 0, 0)
    assert all(
        report.scheduled_time <= report.started_time < report.finished_time and report.attempt == 1
        for report in result.reports
    )
    # 40 activities in 10 slots are four rounds of half a second: the last round waited for three.
    assert (result.wait_seconds(0.95) or 0) > 1


def test_the_starter_sums_up_and_exits_with_0(
    temporal_server: TemporalServer, server_namespace: str, workers: WorkerStarter
) -> None:
    """Piped, it prints plain lines."""
    workers.start_ready("examples.unified.worker")
    options = ["--workflows", "3", "--activities", "2", "--activity-seconds", "0.1"]
    burst = start(temporal_server, server_namespace, *options)
    assert (burst.returncode, burst.stderr) == (0, "")
    first, *_, workflows, activities, wait = burst.stdout.splitlines()
    assert first == "Starting 3 workflows with 2 activities of 0.1 s each on task queue data-processing"
    assert workflows.startswith("3 of 3 workflows completed in ")
    assert workflows.endswith(" s, 0 failed, 0 unfinished")
    assert activities == "6 of 6 activities done, 0 retried"
    assert wait.startswith("Wait for a worker: p50 ")


def test_the_starter_exits_with_1_without_workers(temporal_server: TemporalServer, server_namespace: str) -> None:
    """It ends in time, and lists what is unfinished and what to check."""
    burst = start(temporal_server, server_namespace, "--workflows", "2", "--timeout-seconds", "2")
    assert burst.returncode == 1
    assert "0 of 2 workflows completed in " in burst.stdout
    assert burst.stderr == (
        "2 workflows were unfinished after 2 s and keep running: are there workers on their task queues?\n"
    )


def test_the_starter_names_a_missing_namespace(temporal_server: TemporalServer) -> None:
    """One line, and it ends although other requests were under way."""
    burst = start(temporal_server, "nowhere")
    assert burst.returncode == 1
    assert burst.stderr == (
        f"error: Temporal at {temporal_server.address} refused the request in namespace nowhere: "
        "Namespace nowhere is not found.\n"
    )


def test_the_starter_names_a_server_that_is_not_there(temporal_server: TemporalServer, server_namespace: str) -> None:
    """One line with the address."""
    burst = start(temporal_server, server_namespace, "--temporal-host", "127.0.0.1:1")
    assert burst.returncode == 1
    assert burst.stderr.startswith("error: Temporal at 127.0.0.1:1 can't be reached: ")
    assert burst.stderr.count("\n") == 1


async def test_the_result_names_each_workflow_that_failed_and_why(client: Client) -> None:
    """A terminated workflow has failed; it is not just unfinished."""
    burst = asyncio.create_task(run_burst(client, TARGET, BurstPlan(2, Batch(1, 0.1), timeout_seconds=120)))
    running = await wait_for_async(lambda: running_workflows(client, count=2), 60, "two workflows to run")
    for workflow_id in running:
        await client.get_workflow_handle(workflow_id).terminate()
    result = await burst
    assert sorted(result.failures) == sorted(
        f"{one}: TerminatedError: terminated by user via frontend" for one in running
    )
    assert (result.completed, result.unfinished, result.succeeded) == (0, 0, False)


async def running_workflows(client: Client, count: int) -> list[str]:
    """The IDs of the running workflows, once there are enough."""
    found = [workflow.id async for workflow in client.list_workflows("ExecutionStatus = 'Running'")]
    return found if len(found) == count else []
