"""Times and durations of the server's messages as seconds; the messages can hold what is neither."""

from typing import Final

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

LATEST_SECONDS: Final = 253_402_300_800
"""The end of the year 9999, and the longest duration that counts."""


def seconds_of(message: Timestamp | Duration) -> float | None:
    """Seconds since the Unix epoch, or of a duration; `None` where it is out of any range."""
    if not (abs(message.seconds) < LATEST_SECONDS and abs(message.nanos) < 1_000_000_000):
        return None
    # In whole milliseconds, as the library has it: finer ones are lost in a float of today's times.
    return (message.seconds * 1000 + message.nanos // 1_000_000) / 1000
