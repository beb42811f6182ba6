"""Moments, which the code has as seconds since the Unix epoch, as the API and people write them: UTC, whole seconds."""

from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime


def _whole_seconds(time: datetime) -> datetime:
    try:
        return time.astimezone(UTC).replace(microsecond=0)
    except OverflowError as error:
        raise ValueError("it lies before the year 1 or after 9999 in UTC") from error


Timestamp = Annotated[AwareDatetime, AfterValidator(_whole_seconds)]
"""A time in UTC with whole seconds, as Kubernetes writes `metav1.Time`."""

_LATEST: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()


def timestamp(seconds: float) -> datetime:
    """A moment as a `Timestamp`: the first or last one that can be written where it lies before 1970 or after 9999."""
    return _whole_seconds(datetime.fromtimestamp(min(max(seconds, 0.0), _LATEST), UTC))


def written(seconds: float) -> str:
    """A moment as people read it in messages, such as `2026-11-24T12:00:00Z`."""
    return timestamp(seconds).isoformat().replace("+00:00", "Z")
