"""The workflow worker of video transcoding: it runs no activities."""

from examples.separated.shared import TASK_QUEUE
from examples.separated.workflow import VideoTranscodingWorkflow
from examples.worker.main import WorkerApplication, main

APPLICATION = WorkerApplication(
    description="Run the workflows of video transcoding; their activities are on another task queue.",
    module="examples.separated.workflow_worker",
    task_queue=TASK_QUEUE,
    workflows=[VideoTranscodingWorkflow],
)

if __name__ == "__main__":
    main(APPLICATION)
