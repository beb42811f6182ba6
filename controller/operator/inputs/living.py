"""Which workers of one pod are alive: the server lists a dead one for minutes beside the one that took its place.

After a restart of a container its worker has the same host name and process id. What differs is the worker's instance
and its start; and Kubernetes says when the container was started. All these times are of the node's clock.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from controller.temporal.workers import WorkerReport

DEFAULT_INTERVAL_SECONDS: Final = 60.0
"""Between the reports of a worker that does not say it: the SDKs' default, and the longest that they allow."""

LATE_SHARE: Final = 0.5
"""A report is missed when it is late by this share of the interval, and by `LATE_SECONDS`."""

LATE_SECONDS: Final = 5.0
"""What a report takes on its way at most; and workers of one process report within this time of each other."""


def living(workers: Iterable[WorkerReport], container_started_at: float | None, now: float) -> tuple[WorkerReport, ...]:
    """The workers that are not known to be dead, each instance once.

    Several workers of one pod stay: those of several queues, and several of one queue.

    Args:
        workers: Those of one pod, as they last reported.
        container_started_at: When the worker's container was last started, or ended; `None` where that is not known.
        now: Seconds since the Unix epoch.
    """
    since = float("-inf") if container_started_at is None else container_started_at
    there = [worker for worker in latest(workers) if worker.reported_at >= since]
    return tuple(worker for worker in there if not any(_is_successor(other, worker, there, now) for other in there))


def latest(workers: Iterable[WorkerReport]) -> tuple[WorkerReport, ...]:
    """The last report of each instance; of workers that don't name theirs each counts."""
    by_instance: dict[object, WorkerReport] = {}
    for number, worker in enumerate(workers):
        key = (worker.instance, *_queues(worker)) if worker.instance else number
        known = by_instance.get(key)
        if known is None or worker.reported_at > known.reported_at:
            by_instance[key] = worker
    return tuple(by_instance.values())


def _is_successor(other: WorkerReport, worker: WorkerReport, there: Sequence[WorkerReport], now: float) -> bool:
    """Whether another worker took the place of one: on its queue, and since its last report."""
    if other is worker or _queues(other).isdisjoint(_queues(worker)):
        return False
    # Workers of one process report together: one that is left behind is of an earlier process with the same id.
    left_behind = other.reported_at - worker.reported_at > LATE_SECONDS
    of_earlier_process = other.worker_identity == worker.worker_identity and left_behind
    if worker.started_at is None or other.started_at is None:
        return of_earlier_process
    return other.started_at >= worker.reported_at and (of_earlier_process or _missed_a_report(worker, there, now))


def _missed_a_report(worker: WorkerReport, there: Sequence[WorkerReport], now: float) -> bool:
    """Whether a worker should have reported again by now, by the clock of its node or by ours."""
    interval = worker.interval_seconds if worker.interval_seconds and not worker.is_stopping else None
    due_at = worker.reported_at + (1 + LATE_SHARE) * (interval or DEFAULT_INTERVAL_SECONDS) + LATE_SECONDS
    return max(now, *(other.reported_at for other in there)) > due_at


def _queues(worker: WorkerReport) -> frozenset[str]:
    return frozenset(report.task_queue for report in worker.slots)
