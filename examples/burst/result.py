"""The plan of a burst, and its result."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from examples.work import ActivityReport, Batch


@dataclass(frozen=True)
class BurstPlan:
    """How much work to start.

    Attributes:
        workflows: Number of workflows.
        batch: Input of each of them.
        timeout_seconds: How long to wait for all of them.
    """

    workflows: int
    batch: Batch
    timeout_seconds: float = 600.0

    @property
    def activities(self) -> int:
        """Activities of all workflows together."""
        return self.workflows * self.batch.activities


@dataclass
class BurstProgress:
    """Workflows so far; one object is updated and passed to the observer each time."""

    started: int = 0
    completed: int = 0
    failed: int = 0


@dataclass(frozen=True, kw_only=True)
class BurstResult:
    """The result of a burst.

    Attributes:
        plan: What was asked for.
        started: Workflows that were started.
        completed: Workflows that completed.
        failures: For each workflow that failed, was cancelled or was terminated: its ID and why.
        reports: One report for each activity of the completed workflows.
        duration_seconds: From the first start to the last result, or to the end of the wait.
    """

    plan: BurstPlan
    started: int
    completed: int
    failures: tuple[str, ...]
    reports: tuple[ActivityReport, ...]
    duration_seconds: float

    @property
    def succeeded(self) -> bool:
        """Whether every workflow completed."""
        return self.completed == self.plan.workflows

    @property
    def unfinished(self) -> int:
        """Workflows that had neither completed nor failed when the wait ended."""
        return self.plan.workflows - self.completed - len(self.failures)

    @property
    def retried(self) -> int:
        """Activities that needed more than one attempt."""
        return sum(report.attempt > 1 for report in self.reports)

    @property
    def cut_short(self) -> int:
        """Activities of which an attempt had begun and was stopped: what a scale-down must never do."""
        return sum(report.cut_short for report in self.reports)

    @property
    def lost(self) -> int:
        """Activities that were planned and that no completed workflow reported."""
        return self.plan.activities - len(self.reports)

    def wait_seconds(self, quantile: float) -> float | None:
        """Time that activities waited to be started, in seconds; `None` without any report.

        Args:
            quantile: 0.5 for the median, 0.95 for the 95th percentile (nearest rank).
        """
        waits = sorted(report.wait_seconds for report in self.reports)
        return waits[max(math.ceil(quantile * len(waits)), 1) - 1] if waits else None
