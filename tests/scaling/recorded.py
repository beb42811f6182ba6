"""Recorded runs on a real control plane and Temporal server; `recordings/README.md` says what is in the files."""

import csv
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "recordings"
NAMES = tuple(sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir()))

SLOTS = 4
"""Tasks that one replica ran at once."""

HEARTBEAT_SECONDS = 10.0

IDLE_SECONDS = 30
"""scaleToZero.idleSeconds."""

OBJECTIVE_SECONDS = {name: 5 if name == "burst-shorter-objective" else 15 for name in NAMES}


class Attempt(NamedTuple):
    """One attempt of a task."""

    started_at: float
    ended_at: float
    was_cancelled: bool


class RecordedTask(NamedTuple):
    """A task of the load."""

    arrived_at: float
    seconds: float
    attempts: tuple[Attempt, ...]


class RecordedPod(NamedTuple):
    """The life of a pod."""

    created_at: float
    ready_at: float
    deleted_at: float
    gone_at: float


class Reading(NamedTuple):
    """What DescribeTaskQueue answered from this time on."""

    at: float
    backlog: int
    backlog_age_seconds: float
    add_rate_per_second: float
    dispatch_rate_per_second: float


class RecordedOrder(NamedTuple):
    """A change of the replicas, and what the decision of then took for the duration of a task."""

    at: float
    replicas_before: int
    replicas_after: int
    service_seconds: float
    was_measured: bool
    slot_seconds: float
    ended_tasks: int


@dataclass(frozen=True, slots=True)
class Recording:
    """One run; times are seconds since the load began."""

    name: str
    tasks: tuple[RecordedTask, ...]
    pods: tuple[RecordedPod, ...]
    readings: tuple[Reading, ...]
    orders: tuple[RecordedOrder, ...]

    @classmethod
    def load(cls, name: str) -> "Recording":
        """Reads a run by its name."""
        folder = FOLDER / name
        return cls(
            name,
            tasks=tuple(
                RecordedTask(float(row[0]), float(row[1]), tuple(_attempts(row[2]))) for row in _rows(folder, "tasks")
            ),
            pods=tuple(RecordedPod(*map(float, row)) for row in _rows(folder, "pods")),
            readings=tuple(
                Reading(float(row[0]), int(row[4]), *map(float, row[5:])) for row in _rows(folder, "statistics")
            ),
            orders=tuple(_order(row) for row in _rows(folder, "orders")),
        )

    @property
    def pod_seconds(self) -> float:
        """Life times of all pods."""
        return sum(pod.gone_at - pod.created_at for pod in self.pods)

    @property
    def waits(self) -> list[float]:
        """Seconds from arrival to the first start of each task, ascending."""
        return sorted(task.attempts[0].started_at - task.arrived_at for task in self.tasks)

    def reading_at(self, time: float) -> Reading:
        """The answer of the server at a time, as its cache had it."""
        return self.readings[max(0, bisect_right(self.readings, time, key=lambda reading: reading.at) - 1)]

    def replicas_at(self, time: float) -> int:
        """What was ordered before a time."""
        before = [order.replicas_after for order in self.orders if order.at < time]
        return before[-1] if before else 0


def _rows(folder: Path, name: str) -> Iterator[list[str]]:
    with (folder / f"{name}.csv").open(newline="") as lines:
        rows = csv.reader(lines)
        next(rows)
        yield from rows


def _attempts(text: str) -> Iterator[Attempt]:
    for started, how, ended in re.findall(r"start@([\d.]+) (end|cancelled)@([\d.]+)", text):
        yield Attempt(float(started), float(ended), how == "cancelled")


def _order(row: list[str]) -> RecordedOrder:
    return RecordedOrder(
        float(row[0]), int(row[1]), int(row[2]), float(row[3]), row[4] == "true", float(row[5]), int(row[6])
    )
