"""Starts a burst of DataProcessingWorkflow and waits for it."""

from examples.burst.command import start_command
from examples.burst.run import BurstTarget
from examples.unified.shared import TASK_QUEUE
from examples.unified.workflow import DataProcessingWorkflow

TARGET = BurstTarget(DataProcessingWorkflow.run, TASK_QUEUE)

app = start_command(
    TARGET,
    description="Start workflows of data processing and wait for them.",
    module="examples.unified.start",
)

if __name__ == "__main__":
    app()
