"""What became of a run, in numbers, and whether it was what the demo promises."""

from dataclasses import dataclass

from examples.burst.result import BurstResult
from localcluster.demo.timeline import Timeline


@dataclass(frozen=True)
class Verdict:
    """The end of a run."""

    result: BurstResult
    timeline: Timeline
    burst_at_seconds: float
    """When the burst began, on the timeline."""

    @property
    def failures(self) -> list[str]:
        """What was promised and did not happen; empty when all is well."""
        replicas = [sample.replicas for sample in self.timeline.samples]
        checks = (
            (bool(replicas) and replicas[0] == 0, "the run did not start at 0 replicas"),
            (self.timeline.peak_replicas > 0, "replicas never rose above 0"),
            (bool(replicas) and replicas[-1] == 0, "replicas did not come back to 0 in time"),
            (
                self.result.succeeded,
                f"workflows that did not complete: {self.result.plan.workflows - self.result.completed}",
            ),
            (
                self.result.cut_short == 0,
                f"activities that were cut short, because their worker was stopped: {self.result.cut_short}",
            ),
        )
        return [failure for held, failure in checks if not held]

    @property
    def first_reaction_seconds(self) -> float | None:
        """From the start of the burst to the first change of replicas; `None` if there was none."""
        return self.timeline.actions[0].seconds - self.burst_at_seconds if self.timeline.actions else None

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The summary: what, and how much."""
        result, timeline = self.result, self.timeline
        median = result.wait_seconds(0.5)
        changes = ", ".join(f"{action.before}→{action.after}" for action in timeline.actions)
        return [
            ("Workflows completed", f"{result.completed} of {result.plan.workflows}"),
            ("Activities", f"{len(result.reports)} done, {result.retried} retried, {result.lost} lost"),
            (
                "Wait for a worker",
                f"p50 {_seconds(median)}, p95 {_seconds(result.wait_seconds(0.95))}",
            ),
            ("First reaction", f"{_seconds(self.first_reaction_seconds)} after the burst"),
            ("Replicas", f"0 → {timeline.peak_replicas} → {timeline.samples[-1].replicas}"),
            ("Pod-seconds", f"{timeline.pod_seconds:.0f}"),
            ("Slots in use", f"reported by {' and '.join(timeline.sources) or 'no source'}"),
            ("Scale actions", f"{len(timeline.actions)} ({changes})"),
        ]


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"
