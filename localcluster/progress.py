"""What a person sees while he waits for a build: what is done, for how long, and about how much is left."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping

REPORT_SECONDS = 15.0
"""Pause between two lines about the same step."""


def duration(seconds: float) -> str:
    """Seconds as a person says them: `45 s`, `3 min 20 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def seconds_left(
    expected_seconds: Mapping[str, float], done_seconds: Mapping[str, float], current: str, current_seconds: float
) -> float:
    """About how long the rest of a build takes, at the pace seen so far.

    Args:
        expected_seconds: Of every step, on a machine of 2 cores.
        done_seconds: What the finished steps took here.
        current: The step that runs.
        current_seconds: For how long it has run.
    """
    pace = 2 / (os.cpu_count() or 2)
    if done_seconds:
        pace = sum(done_seconds.values()) / sum(expected_seconds[name] for name in done_seconds)
    waiting = [name for name in expected_seconds if name not in done_seconds and name != current]
    rest_of_current = max(expected_seconds[current] * pace - current_seconds, 0)
    return rest_of_current + pace * sum(expected_seconds[name] for name in waiting)


class BuildProgress:
    """Follows the steps of a build, one process each, and tells about them in plain lines."""

    def __init__(self, expected_seconds: Mapping[str, float], say: Callable[[str], None]) -> None:
        self._expected_seconds = expected_seconds
        self._say = say
        self._done_seconds: dict[str, float] = {}
        self._started = time.monotonic()

    def follow(self, step: str, process: subprocess.Popen[bytes]) -> int:
        """Wait for the process of a step and return its exit status."""
        started = time.monotonic()
        while True:
            self._report(step, time.monotonic() - started)
            try:
                status = process.wait(REPORT_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            self._done_seconds[step] = time.monotonic() - started
            return status

    def finished(self) -> None:
        """Say that all is done, and how long it took."""
        self._say(f"The control plane is built ({duration(time.monotonic() - self._started)}).")

    def _report(self, step: str, step_seconds: float) -> None:
        left = seconds_left(self._expected_seconds, self._done_seconds, step, step_seconds)
        number = len(self._done_seconds) + 1
        self._say(
            f"  [{number}/{len(self._expected_seconds)}] {step}: building for {duration(step_seconds)}, "
            f"about {duration(left)} left for all"
        )
