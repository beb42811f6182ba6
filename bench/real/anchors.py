"""Measurements of the real programs, beside which the stand-ins are printed."""

from dataclasses import dataclass
from typing import Final

from bench.real.plan import Plan
from bench.real.run import Played


@dataclass(frozen=True, slots=True)
class Anchor:
    """Means of 3 runs with KEDA 2.21.0 and the HPA of Kubernetes 1.37.2: same pool, same load, another machine."""

    p50: float
    p95: float
    pod_seconds: float


ANCHORS: Final = {
    ("burst", "keda-default"): Anchor(51, 61, 11_370),
    ("burst", "keda-tuned"): Anchor(28, 37, 686),
    ("burst", "constant-40"): Anchor(5.6, 7.5, 413),
    ("long", "keda-default"): Anchor(33, 80, 3_280),
    ("long", "keda-tuned"): Anchor(32, 81, 2_180),
}
"""By load and scaler; pods start in 4 s."""


def compared(played: Played) -> str | None:
    """A run beside what was measured with the real program; `None` where that wasn't."""
    anchor = _anchor(played.plan)
    if anchor is None:
        return None
    result = played.result
    return (
        f"{played.plan.profile.name}, {played.plan.scaler} stand-in: p50 {result.p50:.0f} s, p95 {result.p95:.0f} s, "
        f"{result.pod_seconds:,.0f} pod-seconds; the real program (mean of 3): p50 {anchor.p50:g} s, "
        f"p95 {anchor.p95:g} s, {anchor.pod_seconds:,} pod-seconds"
    )


def _anchor(plan: Plan) -> Anchor | None:
    return ANCHORS.get((plan.profile.name, plan.scaler)) if plan.start_seconds == 4 else None
