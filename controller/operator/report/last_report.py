"""What a pod that froze reported before, in words: the first thing that its owner asks."""

from typing import Final

from controller.scaling.observation import PastReport, PodObservation

NAMED: Final = 3
"""Pods or workers that a message names."""

_SECONDS_UP_TO: Final = 120
"""A longer time is said in minutes."""

_MINUTES_UP_TO: Final = 7200
"""A longer time is said in hours."""


def last_reported(pod: PodObservation, now: float) -> str:
    """Such as `last reported 8 of 10 slots in use 3 min ago`; empty where no report of it is known."""
    report = pod.last_report or PastReport.of(pod.slots)
    if report is None:
        return ""
    slots = f"{report.slots_used} slots" if report.slots is None else f"{report.slots_used} of {report.slots} slots"
    return f"last reported {slots} in use {age(now - report.at)} ago"


def age(seconds: float) -> str:
    """A time that has passed, such as `40 s`, `3 min` or `5 h`."""
    if seconds < _SECONDS_UP_TO:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < _MINUTES_UP_TO else f"{seconds / 3600:.0f} h"
