"""The activity worker of video transcoding: it runs no workflows."""

from examples.separated.activities import encode_segment
from examples.separated.shared import ENCODING_TASK_QUEUE
from examples.worker.main import WorkerApplication, main

APPLICATION = WorkerApplication(
    description="Run the encoding activities of video transcoding.",
    module="examples.separated.activity_worker",
    task_queue=ENCODING_TASK_QUEUE,
    activities=[encode_segment],
)

if __name__ == "__main__":
    main(APPLICATION)
