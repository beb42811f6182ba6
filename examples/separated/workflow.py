"""The workflow of video transcoding."""

import asyncio
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from examples.separated.activities import encode_segment
    from examples.separated.shared import ENCODING_TASK_QUEUE, Segment
    from examples.work import ActivityReport, Batch


@workflow.defn
class VideoTranscodingWorkflow:
    """Encodes the segments of a video side by side."""

    @workflow.run
    async def run(self, batch: Batch) -> list[ActivityReport]:
        """Run one activity a segment, on the task queue of the encoding workers."""
        return await asyncio.gather(
            *(
                workflow.execute_activity(
                    encode_segment,
                    Segment(number, batch.activity_seconds),
                    task_queue=ENCODING_TASK_QUEUE,
                    start_to_close_timeout=timedelta(seconds=batch.activity_seconds + 60),
                    # A killed worker is noticed after this time, not only at the end of the timeout above.
                    heartbeat_timeout=timedelta(seconds=30),
                )
                for number in range(batch.activities)
            )
        )
