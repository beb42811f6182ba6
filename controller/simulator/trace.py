"""A recorded stream of arrivals, to be played instead of a world's own."""

import csv
from collections.abc import Iterable
from itertools import pairwise

COLUMNS = ("time_seconds", "tasks")
MOST_TASKS = 5_000_000


class TraceError(Exception):
    """A trace that cannot be played; the message says which line, and what to do."""


def read_trace(lines: Iterable[str]) -> list[float]:
    """Reads arrival times from CSV with the columns `time_seconds,tasks`: so many tasks are added at that time.

    Other columns are ignored. The first time counts as the start of the world.

    Raises:
        TraceError: A column is missing, a number is not one, times go back, or there are no tasks.
    """
    rows = csv.DictReader(lines)
    if missing := [column for column in COLUMNS if column not in (rows.fieldnames or ())]:
        raise TraceError(
            f"the trace has no column {' and no column '.join(missing)}: its first line must be {','.join(COLUMNS)}"
        )
    counted = [_row(number, row) for number, row in enumerate(rows, start=2)]
    for (before, _, _), (time, _, number) in pairwise(counted):
        if time < before:
            raise TraceError(f"line {number} of the trace goes back from {before:g} to {time:g} s: sort it by time")
    if not sum(tasks for _, tasks, _ in counted):
        raise TraceError("the trace has no tasks: each line after the first must be a time and a number of tasks")
    if sum(tasks for _, tasks, _ in counted) > MOST_TASKS:
        raise TraceError(f"the trace has more than {MOST_TASKS:,} tasks: cut it")
    start = counted[0][0]
    return [time - start for time, tasks, _ in counted for _ in range(tasks)]


def _row(number: int, row: dict[str, str]) -> tuple[float, int, int]:
    try:
        time, tasks = float(row["time_seconds"]), int(row["tasks"])
    except (TypeError, ValueError):
        raise TraceError(
            f"line {number} of the trace has {row['time_seconds']!r},{row['tasks']!r}: "
            "it must be a time in seconds and a whole number of tasks"
        ) from None
    if not 0 <= time < float("inf") or tasks < 0:
        raise TraceError(f"line {number} of the trace has {time:g},{tasks}: neither may be negative or infinite")
    return time, tasks, number
