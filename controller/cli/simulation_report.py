"""The result of `twp simulate` in words and as JSON."""

import json
from dataclasses import asdict
from typing import Any

from controller.scaling.text import counted
from controller.simulator.foresight import Foresight
from controller.simulator.outcome import KEPT_SHARE, Outcome
from controller.simulator.world import World

PERCENTILES = {"wait_p50_seconds": 0.5, "wait_p95_seconds": 0.95, "wait_p99_seconds": 0.99}


def numbers(outcome: Outcome, plan: Foresight) -> dict[str, Any]:
    """What is told of one law."""
    return {
        "law": outcome.law,
        **{name: outcome.wait_percentile(share) for name, share in PERCENTILES.items()},
        "share_within_objective": outcome.share_within_objective,
        "objective_kept": outcome.kept,
        "pod_seconds": outcome.pod_seconds,
        "ratio_to_foresight": outcome.pod_seconds / plan.pod_seconds if plan.pod_seconds else None,
        "scale_actions": len(outcome.scalings),
        "reversals": outcome.reversals,
        "tasks_cut_short": outcome.cut_short,
    }


def as_json(world: World, outcomes: list[Outcome], plan: Foresight) -> str:
    """Everything, with each change of the replicas and its reason."""
    result = {
        "world": world.name,
        "task_queue": f"{world.task_queue}/{world.task_type}",
        "tasks": len(outcomes[0].waits),
        "objective_seconds": world.objective_seconds,
        "foresight": {"pod_seconds": plan.pod_seconds, "share_within_objective": plan.share_within_objective},
        "laws": [
            {**numbers(outcome, plan), "scalings": [asdict(scaling) for scaling in outcome.scalings]}
            for outcome in outcomes
        ],
    }
    return json.dumps(result, indent=2)


def as_text(world: World, outcomes: list[Outcome], plan: Foresight) -> str:
    """A table with one line for each law, and the plan that they are compared to."""
    objective = f"in {world.objective_seconds:g} s"
    head = f"{'':15} {'wait p50':>9} {'p95':>8} {'p99':>8} {objective:>9} {'':4} {'pod-seconds':>12} {'ratio':>6}"
    pool = (
        f"{counted(world.slots, 'slot')} for each of {world.min_replicas} to {counted(world.max_replicas, 'replica')}"
    )
    lines = [
        f"{world.name}: {world.summary}.",
        f"{counted(len(outcomes[0].waits), 'task')} in {world.task_queue}/{world.task_type}; {pool}.",
        "",
        f"{head} {'scalings':>8} {'reversals':>9} {'cut short':>9}",
        *(_line(numbers(outcome, plan)) for outcome in outcomes),
        f"{'foresight':15} {'':27} {plan.share_within_objective:9.1%} {'':4} {plan.pod_seconds:12,.0f} {1:6.2f}",
    ]
    if not all(outcome.kept for outcome in outcomes):
        lines.append(f"lost: fewer than {KEPT_SHARE:.0%} of the tasks started within the objective, whatever it cost.")
    return "\n".join(lines)


def _line(law: dict[str, Any]) -> str:
    waits = f"{law['wait_p50_seconds']:7.1f} s {law['wait_p95_seconds']:6.1f} s {law['wait_p99_seconds']:6.1f} s"
    kept = "" if law["objective_kept"] else "lost"
    ratio = "-" if law["ratio_to_foresight"] is None else f"{law['ratio_to_foresight']:.2f}"
    return (
        f"{law['law']:15} {waits} {law['share_within_objective']:9.1%} {kept:4} {law['pod_seconds']:12,.0f} {ratio:>6} "
        f"{law['scale_actions']:8} {law['reversals']:9} {law['tasks_cut_short']:9}"
    )
