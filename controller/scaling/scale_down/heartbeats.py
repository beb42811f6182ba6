"""When workers report: by it, the pods can be chosen whose next report comes just before the next poll."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import ceil, floor
from statistics import median_low
from typing import Final, Self

from controller.scaling.observation import PodObservation, SlotReport

MAX_INTERVALS: Final = 9
"""Intervals kept, of which the median counts: one that a restart cut short says nothing."""

LAG_SECONDS: Final = 0.3
"""So long after it was made a report is seen at the latest."""


@dataclass(frozen=True, slots=True)
class Heartbeats:
    """The last report of each pod, and how long the last ones were apart."""

    reported_at: Mapping[str, float] = field(default_factory=dict)
    """By the name of the pod."""
    intervals: tuple[float, ...] = ()

    @property
    def seconds(self) -> float | None:
        """The time between two reports of a worker; `None` before it was seen."""
        return median_low(self.intervals) if self.intervals else None

    def observe(self, pods: Iterable[PodObservation]) -> Self:
        """With the reports of one more poll; pods that are gone are forgotten."""
        reported = {pod.name: pod.reported_at for pod in pods if pod.reported_at is not None}
        steps = (at - self.reported_at[name] for name, at in reported.items() if name in self.reported_at)
        seen = [step for step in steps if step >= 1]
        return type(self)(reported, (*self.intervals, *seen)[-MAX_INTERVALS:])

    def times(self, pods: Iterable[PodObservation], earliest: float) -> list[float]:
        """For each pod, the first time not before `earliest` at which a new report of it is to be seen."""
        if self.seconds is None:
            return []
        seen = (pod.reported_at + LAG_SECONDS for pod in pods if pod.reported_at is not None)
        return sorted({at + self.seconds * max(0, ceil((earliest - at) / self.seconds)) for at in seen})

    def next_of(self, pod: PodObservation, now: float) -> PodObservation:
        """The pod as it will be seen at a time to come, if its workers report in step and run what they run now."""
        return replace(pod, slots=tuple(self._next(report, now) for report in pod.slots))

    def _next(self, report: SlotReport, now: float) -> SlotReport:
        passed_seconds = now - LAG_SECONDS - report.reported_at
        if self.seconds is None or passed_seconds < self.seconds:
            return report
        steps = floor(passed_seconds / self.seconds)
        return replace(report, reported_at=report.reported_at + self.seconds * steps)
