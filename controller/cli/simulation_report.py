"""The result of `twp simulate`: as text, as JSON and as a picture."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from controller.scaling.text import counted
from controller.simulator.oracle import OraclePlan
from controller.simulator.outcome import KEPT_SHARE, Outcome
from controller.simulator.scenario import Scenario

PERCENTILES = {"wait_p50_seconds": 0.5, "wait_p95_seconds": 0.95, "wait_p99_seconds": 0.99}


def numbers(outcome: Outcome, plan: OraclePlan) -> dict[str, Any]:
    """The numbers of one policy."""
    return {
        "policy": outcome.policy,
        **{name: outcome.wait_percentile(share) for name, share in PERCENTILES.items()},
        "share_within_objective": outcome.share_within_objective,
        "objective_kept": outcome.kept,
        "pod_seconds": outcome.pod_seconds,
        "ratio_to_oracle": outcome.pod_seconds / plan.pod_seconds if plan.pod_seconds else None,
        "scale_actions": len(outcome.scalings),
        "reversals": outcome.reversals,
        "tasks_cut_short": outcome.cut_short,
    }


def as_json(scenario: Scenario, outcomes: list[Outcome], plan: OraclePlan) -> str:
    """Everything, with each change of the replicas and its reason."""
    result = {
        "scenario": scenario.name,
        "task_queue": f"{scenario.task_queue}/{scenario.task_type}",
        "tasks": len(outcomes[0].waits),
        "objective_seconds": scenario.objective_seconds,
        "oracle": {"pod_seconds": plan.pod_seconds, "share_within_objective": plan.share_within_objective},
        "policies": [
            {**numbers(outcome, plan), "scalings": [asdict(scaling) for scaling in outcome.scalings]}
            for outcome in outcomes
        ],
    }
    return json.dumps(result, indent=2)


def as_text(scenario: Scenario, outcomes: list[Outcome], plan: OraclePlan) -> str:
    """A table with one line for each policy, and the plan that they are compared to."""
    objective = f"in {scenario.objective_seconds:g} s"
    head = f"{'':15} {'wait p50':>9} {'p95':>8} {'p99':>8} {objective:>9} {'':4} {'pod-seconds':>12} {'ratio':>6}"
    replicas = f"{scenario.min_replicas} to {counted(scenario.max_replicas, 'replica')}"
    queue = f"{scenario.task_queue}/{scenario.task_type}"
    lines = [
        f"{scenario.name}: {scenario.summary}.",
        f"{counted(len(outcomes[0].waits), 'task')} in {queue}; {replicas}, {counted(scenario.slots, 'slot')} each.",
        "",
        f"{head} {'scalings':>8} {'reversals':>9} {'cut short':>9}",
        *(_line(numbers(outcome, plan)) for outcome in outcomes),
        f"{'oracle':15} {'':27} {plan.share_within_objective:9.1%} {'':4} {plan.pod_seconds:12,.0f} {1:6.2f}",
    ]
    if not all(outcome.kept for outcome in outcomes):
        lines.append(f"lost: fewer than {KEPT_SHARE:.0%} of the tasks started within the objective, whatever it cost.")
    return "\n".join(lines)


def _line(policy: dict[str, Any]) -> str:
    waits = " ".join(f"{policy[name]:{width}.1f} s" for name, width in zip(PERCENTILES, (7, 6, 6), strict=True))
    kept = "" if policy["objective_kept"] else "lost"
    ratio = "-" if policy["ratio_to_oracle"] is None else f"{policy['ratio_to_oracle']:.2f}"
    return (
        f"{policy['policy']:15} {waits} {policy['share_within_objective']:9.1%} {kept:4} "
        f"{policy['pod_seconds']:12,.0f} {ratio:>6} "
        f"{policy['scale_actions']:8} {policy['reversals']:9} {policy['tasks_cut_short']:9}"
    )


MINUTE = 60


def draw(path: Path, scenario: Scenario, outcomes: list[Outcome]) -> None:
    """Draws a column for each policy: backlog above, replicas with their slots in use below.

    Raises:
        ImportError: matplotlib is not installed.
        OSError: The file cannot be written.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - optional, and slow to load

    figure = Figure(figsize=(5.5 * len(outcomes) + 1, 6), layout="constrained")
    axes = figure.subplots(2, len(outcomes), sharex=True, sharey="row", squeeze=False)
    for column, outcome in enumerate(outcomes):
        _draw_backlog(axes[0][column], outcome)
        _draw_replicas(axes[1][column], outcome, scenario.slots)
    axes[0][0].set_ylabel("tasks that wait")
    axes[1][0].set_ylabel("replicas")
    axes[1][0].legend(loc="upper right")
    figure.suptitle(f"{scenario.name}: {scenario.summary}")
    figure.savefig(path, dpi=110, format="png")


def _draw_backlog(axes: Any, outcome: Outcome) -> None:  # noqa: ANN401 - matplotlib has no types here
    minutes = [sample.time / MINUTE for sample in outcome.samples]
    axes.plot(minutes, [sample.backlog for sample in outcome.samples], color="tab:red", linewidth=1)
    lost = "" if outcome.kept else "lost, "
    axes.set_title(
        f"{outcome.policy}: {lost}{outcome.share_within_objective:.1%} within {outcome.objective_seconds:g} s, "
        f"{outcome.pod_seconds:,.0f} pod-seconds"
    )


def _draw_replicas(axes: Any, outcome: Outcome, slots: int) -> None:  # noqa: ANN401 - likewise
    minutes = [sample.time / MINUTE for sample in outcome.samples]
    busy = [sample.slots_used / slots for sample in outcome.samples]
    axes.fill_between(minutes, busy, step="post", color="tab:blue", alpha=0.35, label="filled by running tasks")
    axes.step(minutes, [sample.replicas for sample in outcome.samples], where="post", color="black", label="requested")
    axes.step(minutes, [sample.ready for sample in outcome.samples], where="post", color="tab:green", label="ready")
    axes.set_xlabel("minutes")
