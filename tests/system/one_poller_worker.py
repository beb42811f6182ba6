"""The worker of data processing with one poller for activities: `python -m tests.system.one_poller_worker`.

On loopback one poller still takes hundreds of tasks a second, more than a small machine could do. So the worker also
limits itself to `ACTIVITIES_PER_SECOND`, as a poller far from its server would be: its slots stay free either way. No
activity reaches it past the poller: those that a workflow asks for are not started eagerly.
"""

from datetime import timedelta
from unittest.mock import patch

from temporalio.client import Client
from temporalio.runtime import Runtime
from temporalio.worker import PollerBehaviorSimpleMaximum, Worker

from examples.unified.worker import APPLICATION
from examples.worker import main
from examples.worker.main import WorkerApplication
from examples.worker.settings import Settings

ACTIVITIES_PER_SECOND = 3.0


def create_worker(application: WorkerApplication, settings: Settings, client: Client, _: Runtime) -> Worker:
    """Make a worker with many slots and one poller."""
    return Worker(
        client,
        task_queue=settings.task_queue,
        workflows=application.workflows,
        activities=application.activities,
        max_concurrent_activities=settings.max_concurrent_activities,
        max_concurrent_workflow_tasks=settings.max_concurrent_workflow_tasks,
        graceful_shutdown_timeout=timedelta(seconds=settings.graceful_shutdown_seconds),
        activity_task_poller_behavior=PollerBehaviorSimpleMaximum(maximum=1),
        max_activities_per_second=ACTIVITIES_PER_SECOND,
        disable_eager_activity_execution=True,
    )


if __name__ == "__main__":
    with patch.object(main, "create_worker", create_worker):
        main.main(APPLICATION)
