"""How long the longest task runs, as far as anybody knows: what a pod that is asked to stop must have time for."""

from dataclasses import dataclass
from typing import Final

from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.memory import Memory

LONGEST_TO_MEAN: Final = 2.0
"""What is reckoned with where only a mean was measured: the longest of many tasks takes longer than their mean."""


DOUBT: Final = 1.5
"""By how much a mean must exceed the owner's word before that is not believed: a mean that is learned from a few tasks,
with reports of 10 s ago, was seen to be a fifth too high."""


@dataclass(frozen=True, slots=True)
class LongestTask:
    """The longest task, and how that is known."""

    seconds: float
    evidence: str
    """In words, for a sentence about it."""

    def fits(self, seconds: float) -> bool:
        """Whether it ends within so many seconds."""
        return self.seconds <= seconds


def longest_task(spec: TemporalWorkerPoolSpec, mean_seconds: float | None) -> LongestTask | None:
    """What the owner says, unless the mean is far longer still; else twice the mean; `None` if neither is known.

    Args:
        spec: Has the owner's word, `taskDurationSeconds.max`.
        mean_seconds: Mean time that a task of the slowest kind takes; `None` where it is not known.
    """
    hint = spec.task_duration_seconds.max
    if hint is not None and (mean_seconds is None or mean_seconds <= DOUBT * hint):
        return LongestTask(hint, f"taskDurationSeconds.max is {hint:g} s")
    if mean_seconds is None:
        return None
    longest = LONGEST_TO_MEAN * mean_seconds
    return LongestTask(longest, f"a task takes {mean_seconds:.3g} s on average, so up to {longest:.3g} s")


def measured_task_seconds(memory: Memory) -> float | None:
    """Mean time that a task of the slowest kind took; `None` while fewer tasks have ended than run."""
    means = [seconds for learned in memory.queues.values() if (seconds := learned.service_time.measured_seconds)]
    return max(means, default=None)
