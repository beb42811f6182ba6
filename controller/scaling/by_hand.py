"""Replicas that a person set, as far as field managers show it: what is remembered of it, and how often it was done."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from controller.scaling.text import duration

REMEMBERED_SECONDS: Final = 86_400.0
"""A job that sets the replicas every few hours shows within a day."""

MAX_REMEMBERED: Final = 24
"""Settings kept: one an hour for a day."""

OFTEN: Final = 3
"""From so many settings within a day on, messages say how many they were."""

JOB_SECONDS: Final = 3600.0
"""So many that take longer than this may be those of a job."""


@dataclass(frozen=True, slots=True)
class SetByHand:
    """A number of replicas that a person set."""

    at: float
    """Seconds since the Unix epoch."""
    replicas: int
    by: str
    """Field manager of the person's tool."""


def remember(known: Iterable[SetByHand], setting: SetByHand) -> tuple[SetByHand, ...]:
    """What is remembered after one more setting, oldest first."""
    kept = [each for each in known if setting.at - each.at < REMEMBERED_SECONDS]
    return (*kept, setting)[-MAX_REMEMBERED:]


def often(known: Iterable[SetByHand]) -> str:
    """How often the manager of the last setting did it, where that is often, as a sentence after a space."""
    known = tuple(known)
    same = [each for each in known if each.by == known[-1].by]
    if len(same) < OFTEN:
        return ""
    seconds = same[-1].at - same[0].at
    job = " If a job does it, give the pool schedules instead." if seconds >= JOB_SECONDS else ""
    return f" {same[-1].by} set the replicas {len(same)} times in {duration(seconds)}.{job}"
