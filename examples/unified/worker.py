"""The worker of data processing: it polls one task queue for workflow and activity tasks."""

from examples.unified.activities import process_chunk
from examples.unified.shared import TASK_QUEUE
from examples.unified.workflow import DataProcessingWorkflow
from examples.worker.main import WorkerApplication, main

APPLICATION = WorkerApplication(
    description="Run workflows and activities of data processing from one task queue.",
    module="examples.unified.worker",
    task_queue=TASK_QUEUE,
    workflows=[DataProcessingWorkflow],
    activities=[process_chunk],
)

if __name__ == "__main__":
    main(APPLICATION)
