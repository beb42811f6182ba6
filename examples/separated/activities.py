"""The activities of video transcoding."""

from temporalio import activity

from examples.separated.shared import Segment
from examples.work import ActivityReport, perform


@activity.defn
async def encode_segment(segment: Segment) -> ActivityReport:
    """Encode one segment of a video."""
    return await perform(segment.seconds)
