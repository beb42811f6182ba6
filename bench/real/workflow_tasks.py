"""The workflow tasks of a run, out of the workflows' histories."""

from collections.abc import AsyncIterator, Iterable

from temporalio.api.enums.v1 import EventType, TaskQueueKind
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from bench.real.recording import Attempt, Task


async def workflow_tasks(client: Client, workflow_ids: Iterable[str], begin: float) -> AsyncIterator[Task]:
    """Tasks of the normal task queue, in seconds since a moment; those of sticky queues have a worker already.

    Args:
        client: Of the run's Temporal namespace.
        workflow_ids: All that were started.
        begin: Unix time.
    """
    for workflow_id in workflow_ids:
        history = await client.get_workflow_handle(workflow_id).fetch_history()
        for task in tasks_of(history.events, begin):
            yield task


def tasks_of(events: Iterable[HistoryEvent], begin: float) -> list[Task]:
    """The workflow tasks of one history."""
    scheduled: dict[int, float] = {}
    started: dict[int, float] = {}
    ended: dict[int, float] = {}
    for event in events:
        at = event.event_time.ToNanoseconds() / 1e9 - begin
        match event.event_type:
            case EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED:
                kind = event.workflow_task_scheduled_event_attributes.task_queue.kind
                if kind != TaskQueueKind.TASK_QUEUE_KIND_STICKY:
                    scheduled[event.event_id] = at
            case EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED:
                first = event.workflow_task_started_event_attributes.scheduled_event_id
                started[first] = at
            case EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
                ended[event.workflow_task_completed_event_attributes.scheduled_event_id] = at
            case _:
                pass
    return [_task(at, started.get(number), ended.get(number)) for number, at in scheduled.items()]


def _task(scheduled: float, started: float | None, ended: float | None) -> Task:
    if started is None:
        return Task(scheduled, 0.0, (), "Workflow")
    seconds = 0.0 if ended is None else ended - started
    return Task(scheduled, seconds, (Attempt(started, ended),), "Workflow")
