"""The separated workers, run for real."""

from temporalio.client import Client

from examples.burst.result import BurstPlan
from examples.burst.run import run_burst
from examples.separated.shared import ENCODING_TASK_QUEUE, TASK_QUEUE
from examples.separated.start import TARGET
from examples.work import Batch
from tests.examples.workers import WorkerProcess, WorkerStarter
from tests.support.waiting import wait_for_async


async def test_activities_run_on_the_other_task_queue(client: Client, workers: WorkerStarter) -> None:
    """The workflow worker runs the workflows, the activity worker the activities, and neither the other's."""
    workflow_worker = workers.start_ready("examples.separated.workflow_worker")
    activity_worker = workers.start_ready("examples.separated.activity_worker")
    result = await run_burst(client, TARGET, BurstPlan(3, Batch(4, 0.2), timeout_seconds=120))
    assert (result.completed, len(result.reports), result.retried) == (3, 12, 0)
    scheduled_on = await wait_for_async(lambda: activity_task_queues(client), 30, "the workflows to be listed")
    assert scheduled_on == {ENCODING_TASK_QUEUE}
    assert slot_types(workflow_worker, TASK_QUEUE) == {"WorkflowWorker"}
    assert slot_types(activity_worker, ENCODING_TASK_QUEUE) == {"ActivityWorker"}
    assert "activity_duration_seconds_count" not in workflow_worker.metrics()
    assert finished_activities(activity_worker) == 12


async def activity_task_queues(client: Client) -> set[str]:
    """The task queues that the workflows asked for."""
    return {
        event.activity_task_scheduled_event_attributes.task_queue.name
        async for workflow in client.list_workflows()
        async for event in client.get_workflow_handle(workflow.id).fetch_history_events()
        if event.HasField("activity_task_scheduled_event_attributes")
    }


def slot_types(worker: WorkerProcess, task_queue: str) -> set[str]:
    """The kinds of tasks that a worker has slots for on a task queue, from the SDK's metrics."""
    return {
        line.split('worker_type="')[1].split('"')[0]
        for line in worker.metrics().splitlines()
        if line.startswith("temporal_worker_task_slots_available{") and f'task_queue="{task_queue}"' in line
    }


def finished_activities(worker: WorkerProcess) -> int:
    """Attempts of activities that a worker completed."""
    return sum(
        int(line.rsplit(" ", 1)[1])
        for line in worker.metrics().splitlines()
        if line.startswith('activity_duration_seconds_count{activity_name="encode_segment"')
        and 'status="completed"' in line
    )
