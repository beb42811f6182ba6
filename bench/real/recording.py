"""What was recorded of a run, and its files: one folder a run."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TASKS, PODS, REPLICAS, STATISTICS = "tasks.csv", "pods.csv", "replicas.csv", "statistics.csv"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a task; times in seconds since the load's beginning."""

    start: float
    end: float | None = None
    """Absent: its end was not recorded."""
    cancelled: bool = False
    """Its worker had to stop."""

    @property
    def completed(self) -> bool:
        """Whether the task was done by it."""
        return self.end is not None and not self.cancelled


@dataclass(frozen=True, slots=True)
class Task:
    """One task; times in seconds since the load's beginning."""

    arrived: float
    seconds: float
    """How long it runs."""
    attempts: tuple[Attempt, ...] = ()
    type: str = "Activity"

    @property
    def wait(self) -> float | None:
        """From its arrival to the start of its first attempt; `None` if it never started."""
        return max(self.attempts[0].start - self.arrived, 0) if self.attempts else None


@dataclass(frozen=True, slots=True)
class Pod:
    """The life of a pod; times in seconds since the load's beginning."""

    created: float
    ready: float | None = None
    deleted: float | None = None
    """When its end was asked for."""
    gone: float | None = None


@dataclass(frozen=True, slots=True)
class ReplicaChange:
    """A change of the Deployment's replicas."""

    at: float
    replicas: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """What DescribeTaskQueue gave for the pool's task types together, and the pods of that moment."""

    at: float
    replicas: int
    pods: int
    ready: int
    backlog: int
    backlog_age: float
    add_rate: float
    dispatch_rate: float


@dataclass(frozen=True, slots=True)
class Recording:
    """All of a run."""

    tasks: Sequence[Task]
    pods: Sequence[Pod]
    replica_changes: Sequence[ReplicaChange]
    """The first one has the replicas at the beginning of the load."""
    statistics: Sequence[Statistics] = field(default=())
    """Empty unless they were asked for: a reader each second keeps the server's cache warm for the operator, too."""


def write(folder: Path, recording: Recording) -> None:
    """Write a run's files into its folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / TASKS, ("arrived_seconds", "task_seconds", "attempts", "type"), map(_task, recording.tasks))
    pods = ((pod.created, pod.ready, pod.deleted, pod.gone) for pod in recording.pods)
    _write(folder / PODS, ("created_seconds", "ready_seconds", "deleted_seconds", "gone_seconds"), pods)
    replicas = ((change.at, change.replicas) for change in recording.replica_changes)
    _write(folder / REPLICAS, ("at_seconds", "replicas"), replicas)
    header = "at_seconds,replicas,pods,ready,backlog,backlog_age_seconds,add_rate,dispatch_rate"
    rows = (
        (s.at, s.replicas, s.pods, s.ready, s.backlog, s.backlog_age, s.add_rate, s.dispatch_rate)
        for s in recording.statistics
    )
    _write(folder / STATISTICS, header.split(","), rows)


def read(folder: Path) -> Recording:
    """Read a run's folder; files and columns that an older recording lacks are empty.

    Raises:
        OSError: There is no recording.
        ValueError: What is there is none.
    """
    return Recording(
        [_read_task(row) for row in _rows(folder / TASKS)],
        [Pod(float(row["created_seconds"]), *map(_seconds, list(row.values())[1:])) for row in _rows(folder / PODS)],
        [
            ReplicaChange(float(row["at_seconds"]), int(row["replicas"]))
            for row in _rows(folder / REPLICAS, missing_is_empty=True)
        ],
        [_read_statistics(row) for row in _rows(folder / STATISTICS, missing_is_empty=True)],
    )


def _task(task: Task) -> tuple[object, ...]:
    return task.arrived, task.seconds, " ".join(map(_attempt, task.attempts)), task.type


def _attempt(attempt: Attempt) -> str:
    if attempt.end is None:
        return f"start@{attempt.start:.2f}"
    return f"start@{attempt.start:.2f} {'cancelled' if attempt.cancelled else 'end'}@{attempt.end:.2f}"


def _read_task(row: dict[str, str]) -> Task:
    attempts: list[Attempt] = []
    for moment in row["attempts"].split():
        kind, _, at = moment.partition("@")
        if kind == "start":
            attempts.append(Attempt(float(at)))
        else:
            attempts[-1] = Attempt(attempts[-1].start, float(at), cancelled=kind == "cancelled")
    return Task(
        float(row["arrived_seconds"]), float(row["task_seconds"]), tuple(attempts), row.get("type") or "Activity"
    )


def _read_statistics(row: dict[str, str]) -> Statistics:
    at, replicas, pods, ready, backlog, *rest = map(float, row.values())
    return Statistics(at, int(replicas), int(pods), int(ready), int(backlog), *rest)


def _seconds(text: str) -> float | None:
    return float(text) if text else None


def _write(file: Path, header: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    with file.open("w", newline="") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([round(cell, 3) if isinstance(cell, float) else cell for cell in row] for row in rows)


def _rows(file: Path, *, missing_is_empty: bool = False) -> list[dict[str, str]]:
    if missing_is_empty and not file.exists():
        return []
    with file.open(newline="") as opened:
        return list(csv.DictReader(opened))
