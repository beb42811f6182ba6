"""How well the operator knows what a task takes."""

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
class ToldDuration:
    """What was told of the duration of activities, divided by the truth: below 1, too little was ordered for them."""

    known: float | None
    """Told `KNOWN_SECONDS` after the first task's end; `None` where nothing was."""
    least: float | None
    """The least that was ever told."""


def told_duration(taken: Iterable[Decision], tasks: Sequence[Task]) -> ToldDuration:
    """Compares what decisions say they measured with how long the tasks run."""
    ends = [attempt.end for task in tasks for attempt in task.attempts if attempt.end is not None]
    truth = sum(task.seconds for task in tasks) / len(tasks)
    told = list(_told(taken))
    known = [seconds for at, seconds in told if ends and at >= min(ends) + KNOWN_SECONDS]
    least = min((seconds for _, seconds in told), default=None)
    return ToldDuration(known[0] / truth if known else None, None if least is None else least / truth)


def _told(taken: Iterable[Decision]) -> Iterator[tuple[float, float]]:
    """When which duration was said to be measured."""
    for decision in taken:
        for step in decision["steps"]:
            if found := _MEASURED.match(step):
                yield decision["at_seconds"], float(found[1])
