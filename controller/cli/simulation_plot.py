"""The picture of `twp simulate`: what waited, what ran, and how many replicas there were."""

from pathlib import Path
from typing import Any

from controller.simulator.outcome import Outcome
from controller.simulator.world import World

MINUTE = 60


def draw(path: Path, world: World, outcomes: list[Outcome]) -> None:
    """Draws a column for each law: backlog above, replicas with their slots in use below.

    Raises:
        ImportError: matplotlib is not installed.
        OSError: The file cannot be written.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - optional, and slow to load

    figure = Figure(figsize=(5.5 * len(outcomes) + 1, 6), layout="constrained")
    axes = figure.subplots(2, len(outcomes), sharex=True, sharey="row", squeeze=False)
    for column, outcome in enumerate(outcomes):
        _draw_backlog(axes[0][column], outcome)
        _draw_replicas(axes[1][column], outcome, world.slots)
    axes[0][0].set_ylabel("tasks that wait")
    axes[1][0].set_ylabel("replicas")
    axes[1][0].legend(loc="upper right")
    figure.suptitle(f"{world.name}: {world.summary}")
    figure.savefig(path, dpi=110, format="png")


def _draw_backlog(axes: Any, outcome: Outcome) -> None:  # noqa: ANN401 - matplotlib has no types here
    minutes = [sample.time / MINUTE for sample in outcome.samples]
    axes.plot(minutes, [sample.backlog for sample in outcome.samples], color="tab:red", linewidth=1)
    lost = "" if outcome.kept else "lost, "
    axes.set_title(
        f"{outcome.law}: {lost}{outcome.share_within_objective:.1%} within {outcome.objective_seconds:g} s, "
        f"{outcome.pod_seconds:,.0f} pod-seconds"
    )


def _draw_replicas(axes: Any, outcome: Outcome, slots: int) -> None:  # noqa: ANN401 - likewise
    minutes = [sample.time / MINUTE for sample in outcome.samples]
    busy = [sample.slots_used / slots for sample in outcome.samples]
    axes.fill_between(minutes, busy, step="post", color="tab:blue", alpha=0.35, label="filled by running tasks")
    axes.step(minutes, [sample.replicas for sample in outcome.samples], where="post", color="black", label="ordered")
    axes.step(minutes, [sample.ready for sample in outcome.samples], where="post", color="tab:green", label="ready")
    axes.set_xlabel("minutes")
