"""The picture of a run: what waited, what ran on which slots, how many pods there were, and how long tasks waited."""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from pathlib import Path

import matplotlib as mpl

from bench.real.plan import SLOTS, Plan
from bench.real.recording import Recording
from bench.real.result import end_of

mpl.use("Agg")

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

Steps = tuple[list[float], list[float]]
"""Times and values from each on."""


def draw(recording: Recording, plan: Plan, file: Path) -> None:
    """Draw a recording into a PNG file."""
    # Not through pyplot, which may be used by one thread only.
    figure = Figure(figsize=(10, 8), layout="constrained")
    work, pods, waits = figure.subplots(3, 1, sharex=True)
    work.set_title(f"{plan.name}: {plan.profile.summary}")
    _draw_work(work, recording)
    _draw_pods(pods, recording)
    _draw_waits(waits, recording, plan.objective_seconds)
    waits.set_xlim(0, end_of(recording))
    waits.set_xlabel("seconds")
    figure.savefig(file, dpi=80)


def _draw_work(axes: Axes, recording: Recording) -> None:
    arrivals = [(task.arrived, 1) for task in recording.tasks]
    starts = [(task.attempts[0].start, -1) for task in recording.tasks if task.attempts]
    _fill(axes, steps([*arrivals, *starts]), "tasks that wait")
    attempts = [attempt for task in recording.tasks if task.type == "Activity" for attempt in task.attempts]
    ends = [(attempt.end, -1) for attempt in attempts if attempt.end is not None]
    _line(axes, steps([*((attempt.start, 1) for attempt in attempts), *ends]), "activity slots in use", "tab:orange")
    if recording.statistics:
        seen = ([s.at for s in recording.statistics], [float(s.backlog) for s in recording.statistics])
        _line(axes, seen, "backlog, as the server reports it", "black", ":")
    axes.set_ylabel("tasks")
    axes.legend(loc="upper right")


def _draw_pods(axes: Axes, recording: Recording) -> None:
    ready = [(pod.ready, 1) for pod in recording.pods if pod.ready is not None]
    ended = [(at, -1) for pod in recording.pods if pod.ready is not None and (at := pod.deleted or pod.gone)]
    _fill(axes, steps([*ready, *ended]), f"ready, {SLOTS} slots each")
    gone = [(pod.gone, -1) for pod in recording.pods if pod.gone is not None]
    _line(axes, steps([*((pod.created, 1) for pod in recording.pods), *gone]), "pods", "tab:orange")
    changes = recording.replica_changes
    replicas = ([change.at for change in changes], [float(change.replicas) for change in changes])
    _line(axes, replicas, "replicas", "black", ":")
    axes.set_ylabel("pods")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="upper right")


def _draw_waits(axes: Axes, recording: Recording, objective_seconds: float) -> None:
    started = [(task.arrived, task.wait, len(task.attempts)) for task in recording.tasks if task.wait is not None]
    axes.scatter([at for at, _, _ in started], [wait for _, wait, _ in started], s=6, label="wait of a task")
    again = [(at, wait) for at, wait, attempts in started if attempts > 1]
    axes.scatter([at for at, _ in again], [wait for _, wait in again], s=30, marker="x", label="cut short")
    axes.axhline(objective_seconds, color="tab:red", linewidth=1, label=f"objective, {objective_seconds:g} s")
    axes.set_ylim(bottom=0)
    axes.set_ylabel("seconds from arrival to start")
    axes.legend(loc="upper right")


def steps(changes: Iterable[tuple[float, int]]) -> Steps:
    """The running sum of changes at moments."""
    ordered: Sequence[tuple[float, int]] = sorted([(0.0, 0), *changes])
    return [at for at, _ in ordered], [float(total) for total in accumulate(change for _, change in ordered)]


def _fill(axes: Axes, drawn: Steps, label: str) -> None:
    axes.fill_between(*drawn, step="post", alpha=0.35, label=label)


def _line(axes: Axes, drawn: Steps, label: str, colour: str, style: str = "-") -> None:
    axes.step(*drawn, where="post", color=colour, linestyle=style, label=label)
