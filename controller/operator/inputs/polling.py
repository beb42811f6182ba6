"""Whether the workers ask for the tasks that the pool lists. More replicas of those that don't would not help."""

from collections.abc import Iterable, Sequence

from controller.api.model import TaskType
from controller.scaling.observation import (
    OtherWorker,
    PodObservation,
    QueueStatistics,
    SlotReport,
    SlotType,
    Unknown,
)
from controller.scaling.traces import Trace
from controller.temporal.reader import QueueKey


def polled_at(
    key: QueueKey,
    statistics: QueueStatistics | Unknown,
    pods: Iterable[PodObservation],
    other_workers: Iterable[OtherWorker],
) -> float | None:
    """When a worker that may be of this pool last gave a sign of polling for these tasks; `None`: none does.

    A report of slots of the type is one, unless the worker has never polled for them; so is a poller, unless it is
    known to be another worker's.
    """
    task_queue, task_type = key
    reports = (report for pod in pods for report in pod.slots)
    signs = [report.reported_at for report in reports if _is_for(report, task_queue, task_type)]
    if not isinstance(statistics, Unknown):
        others = {worker.identity for worker in other_workers}
        signs += (poller.polled_at for poller in statistics.pollers if poller.identity not in others)
    return max(signs, default=None)


def may_be_ours(
    key: QueueKey, other_workers: Iterable[OtherWorker], pods: Sequence[PodObservation], ready_until: float
) -> bool:
    """Whether workers that are in none of the pods may be those of the pods, of which none ever reported.

    As many of them poll for these tasks as pods have been ready since before `ready_until`: their host names may not be
    the pods'. Where one pod reports, the names are right.
    """
    if any(pod.slots or pod.has_reported for pod in pods):
        return False
    ready = [pod for pod in pods if pod.is_ready and pod.ready_since and pod.ready_since < ready_until]
    task_queue, task_type = key
    polling = [worker for worker in other_workers if any(_is_for(r, task_queue, task_type) for r in worker.slots)]
    return bool(ready) and len(polling) >= len(ready)


def _is_for(report: SlotReport, task_queue: str, task_type: TaskType) -> bool:
    """Whether a worker polls for these tasks, or did: the SDK for Java reports slots of types that it never polls."""
    return report.task_queue == task_queue and report.slot_type == SlotType(task_type) and polls(report)


def polls(report: SlotReport) -> bool:
    """Whether a worker polls for tasks of a type, or did, as far as it says."""
    return report.pollers != 0 or bool(report.slots_used or report.tasks_ended)


def unpolled_since(pods: Iterable[PodObservation], trace: Trace, ready_until: float) -> float | None:
    """Since when pods are ready, if they have been since before `ready_until` and no worker was seen to poll since.

    A sign since the oldest of them was made is enough for good: workers may have filled all their slots before they
    were ready, those do not poll, and the server forgets who polled after 5 minutes. All of it survives a restart of
    the operator: Kubernetes has the times of the pods, and status those of the signs.
    """
    ready = [pod for pod in pods if pod.ready_since is not None and not pod.terminating]
    since = min((pod.ready_since for pod in ready if pod.ready_since is not None), default=None)
    if since is None or since >= ready_until:
        return None
    polled = trace.polled_at is not None and trace.polled_at >= min(pod.created_at for pod in ready)
    return None if polled else since


def task_seen_at(key: QueueKey, statistics: QueueStatistics | Unknown, pods: Iterable[PodObservation]) -> float | None:
    """When a task was last seen to wait, to be handed out or to run, by what was read now; `None`: none is."""
    task_queue, task_type = key
    running = (
        report.reported_at
        for pod in pods
        for report in pod.slots
        if (report.task_queue, report.slot_type) == (task_queue, SlotType(task_type)) and report.slots_used
    )
    if isinstance(statistics, Unknown):
        return max(running, default=None)
    moves = statistics.backlog or statistics.add_rate_per_second or statistics.dispatch_rate_per_second
    return statistics.read_at if moves else max(running, default=None)
