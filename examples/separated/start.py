"""Starts a burst of VideoTranscodingWorkflow and waits for it."""

from examples.burst.command import start_command
from examples.burst.run import BurstTarget
from examples.separated.shared import TASK_QUEUE
from examples.separated.workflow import VideoTranscodingWorkflow

TARGET = BurstTarget(VideoTranscodingWorkflow.run, TASK_QUEUE)

app = start_command(
    TARGET,
    description="Start workflows of video transcoding and wait for them.",
    module="examples.separated.start",
)

if __name__ == "__main__":
    app()
