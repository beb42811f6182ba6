"""The workflow of data processing."""

import asyncio
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from examples.unified.activities import process_chunk
    from examples.unified.shared import Chunk
    from examples.work import ActivityReport, Batch


@workflow.defn
class DataProcessingWorkflow:
    """Processes the chunks of a batch side by side."""

    @workflow.run
    async def run(self, batch: Batch) -> list[ActivityReport]:
        """Run one activity a chunk, on the workflow's own task queue."""
        return await asyncio.gather(
            *(
                workflow.execute_activity(
                    process_chunk,
                    Chunk(number, batch.activity_seconds),
                    start_to_close_timeout=timedelta(seconds=batch.activity_seconds + 60),
                    # A killed worker is noticed after this time, not only at the end of the timeout above.
                    heartbeat_timeout=timedelta(seconds=30),
                )
                for number in range(batch.activities)
            )
        )
