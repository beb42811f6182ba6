"""Names and inputs that the workers and the clients of video transcoding agree on."""

from dataclasses import dataclass

TASK_QUEUE = "video-transcoding"
"""Workflow tasks: light, and many fit in one small worker."""

ENCODING_TASK_QUEUE = "video-encoding"
"""Activity tasks: heavy, and polled by workers of their own that are sized and scaled apart."""


@dataclass(frozen=True)
class Segment:
    """Input of `encode_segment`.

    Attributes:
        number: Position in the video, from 0.
        seconds: How long it takes to encode.
    """

    number: int
    seconds: float
