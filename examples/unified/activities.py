"""The activities of data processing."""

from temporalio import activity

from examples.unified.shared import Chunk
from examples.work import ActivityReport, perform


@activity.defn
async def process_chunk(chunk: Chunk) -> ActivityReport:
    """Process one chunk of a batch."""
    return await perform(chunk.seconds)
