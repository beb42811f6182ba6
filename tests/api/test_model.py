"""How moments are written."""

from datetime import UTC, datetime

import pytest

from controller.api.model import timestamp, written

NOON = 1_795_521_600.0


def test_a_moment_is_a_time_in_utc_with_whole_seconds() -> None:
    """What comes after the second is cut off, as Kubernetes does."""
    assert timestamp(NOON + 0.999) == datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert written(NOON + 0.999) == "2026-11-24T12:00:00Z"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1.0, "1970-01-01T00:00:00Z"), (253_402_300_800.0, "9999-12-31T23:59:59Z"), (1e300, "9999-12-31T23:59:59Z")],
)
def test_a_moment_that_can_not_be_written_is_the_nearest_one_that_can(seconds: float, text: str) -> None:
    """A wrong clock or a far end is no reason for a reconcile to fail."""
    assert written(seconds) == text
