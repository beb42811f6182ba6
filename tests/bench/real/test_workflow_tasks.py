"""Workflow tasks out of a history."""

from temporalio.api.enums.v1 import EventType, TaskQueueKind
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.taskqueue.v1 import TaskQueue

from bench.real.recording import Attempt, Task
from bench.real.workflow_tasks import tasks_of


def scheduled(number: int, at: int, kind: TaskQueueKind.ValueType) -> HistoryEvent:
    """A workflow task was put on a task queue."""
    event = HistoryEvent(event_id=number, event_type=EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED)
    event.event_time.FromSeconds(at)
    event.workflow_task_scheduled_event_attributes.task_queue.CopyFrom(TaskQueue(kind=kind))
    return event


def started(number: int, at: int, task: int) -> HistoryEvent:
    """A worker took it."""
    event = HistoryEvent(event_id=number, event_type=EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED)
    event.event_time.FromSeconds(at)
    event.workflow_task_started_event_attributes.scheduled_event_id = task
    return event


def completed(number: int, at: int, task: int) -> HistoryEvent:
    """It did it."""
    event = HistoryEvent(event_id=number, event_type=EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)
    event.event_time.FromSeconds(at)
    event.workflow_task_completed_event_attributes.scheduled_event_id = task
    return event


def test_only_tasks_of_the_normal_queue_wait_for_a_worker() -> None:
    """Those of a sticky queue go to the one that has the workflow already."""
    normal, sticky = TaskQueueKind.TASK_QUEUE_KIND_NORMAL, TaskQueueKind.TASK_QUEUE_KIND_STICKY
    events = [
        scheduled(2, 100, normal),
        started(3, 108, 2),
        completed(4, 109, 2),
        scheduled(7, 112, sticky),
        started(8, 112, 7),
        completed(9, 113, 7),
        scheduled(12, 120, normal),
    ]
    assert tasks_of(events, 100) == [
        Task(0, 1, (Attempt(8, 9),), "Workflow"),
        Task(20, 0, (), "Workflow"),
    ]
