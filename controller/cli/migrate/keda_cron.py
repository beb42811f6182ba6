"""A cron trigger of KEDA, which has a start and an end, as a schedule of a pool, which has a length."""

from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from controller.cli.migrate.source import Source

COMPARED: Final = 40
"""Starts from which the length must be the same."""

_FROM: Final = datetime(2026, 1, 1, tzinfo=UTC)


def schedule(source: Source, index: int) -> dict[str, Any] | None:
    """The schedule of a trigger; `None` where it is none of type cron, or has no one length: then that is named."""
    path = "spec", "triggers", index
    if source.get(*path, "type") != "cron":
        return None
    start, end, zone, replicas = (
        source.get(*path, "metadata", name) for name in ("start", "end", "timezone", "desiredReplicas")
    )
    length = _length(str(start), str(end), str(zone))
    if length is None or not str(replicas).isdecimal():
        source.leave("a schedule of a pool has a cron and one length; write it by hand", *path)
        return None
    source.take(*path)
    return {
        "cron": str(start),
        "timeZone": str(zone),
        "durationSeconds": length,
        "minReplicas": int(str(replicas)),
    }


def _length(start: str, end: str, zone: str) -> int | None:
    """Seconds from each start to the next end by the clock on the wall; `None` where they differ."""
    try:
        ZoneInfo(zone)
        starts = list(islice(CronSim(start, _FROM.replace(tzinfo=None)), COMPARED))
        lengths = {(next(CronSim(end, at)) - at).total_seconds() for at in starts}
    except (CronSimError, ValueError, OSError, StopIteration):
        return None
    return int(lengths.pop()) if len(lengths) == 1 else None
