"""How well the operator knows how long a task takes."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bench.real.decisions import Decision
from bench.real.recording import Task

KNOWN_SECONDS: Final = 30.0
"""How long after the first task's end the duration should be known."""

_MEASURED: Final = re.compile(r"ServiceTime/ServiceTimeMeasured: \S+/Activity: A task takes ([\d.]+) s")


@dataclass(frozen=True, slots=True)
class ReportedDuration:
    """The reported duration of activities, divided by the true one: below 1, too few replicas were requested."""

    known: float | None
    """`KNOWN_SECONDS` after the first task's end; `None` where none was reported."""
    least: float | None
    """The least of the run."""


def reported_duration(taken: Iterable[Decision], tasks: Sequence[Task]) -> ReportedDuration:
    """Compares the durations that decisions report as measured with how long the tasks run."""
    ends = [attempt.end for task in tasks for attempt in task.attempts if attempt.end is not None]
    truth = sum(task.seconds for task in tasks) / len(tasks)
    reported = list(_reported(taken))
    known = [seconds for at, seconds in reported if ends and at >= min(ends) + KNOWN_SECONDS]
    least = min((seconds for _, seconds in reported), default=None)
    return ReportedDuration(known[0] / truth if known else None, None if least is None else least / truth)


def _reported(taken: Iterable[Decision]) -> Iterator[tuple[float, float]]:
    """When which duration was measured."""
    for decision in taken:
        for step in decision["steps"]:
            if found := _MEASURED.match(step):
                yield decision["at_seconds"], float(found[1])
