"""What the workers do, by what they said: whether they poll the pool's queues, and what they run."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from controller.api.condition_reasons import InFlightKnown, WorkersPolling
from controller.api.spec import InFlightSource
from controller.api.text import listed
from controller.operator.passes import ConditionUpdate
from controller.scaling.observation import (
    POD_METRICS,
    Observation,
    PodObservation,
    TaskQueueObservation,
    Unknown,
    UnknownCause,
)
from controller.scaling.text import are, counted, does
from controller.temporal.workers import FIRST_REPORT_SECONDS

NAMED: Final = 3
"""Pods or workers that a message names."""

NAME_BYTES: Final = 63
"""What one name takes of a message, on average."""

_BY_HEARTBEATS: Final = (
    InFlightKnown.HEARTBEATS_FOUND,
    InFlightKnown.HEARTBEATS_LOST,
    InFlightKnown.HEARTBEATS_MISSING,
)
_BY_METRICS: Final = (
    InFlightKnown.POD_METRICS_FOUND,
    InFlightKnown.POD_METRICS_LOST,
    InFlightKnown.POD_METRICS_MISSING,
)
"""When pods report, when they did and no longer do, and when they never did."""


def with_doubts(update: ConditionUpdate, observation: Observation) -> ConditionUpdate:
    """With what was reported and is implausible: it is corrected or left out."""
    return replace(update, message=" ".join((update.message, *observation.doubts))) if observation.doubts else update


def in_flight_known(source: InFlightSource, observation: Observation, now: float) -> ConditionUpdate:
    """Whether it is known what the workers run; pods that are new need not have reported yet."""
    if not observation.pods_that_take_tasks and not observation.pods_without_reports:
        return ConditionUpdate(InFlightKnown.NO_REPLICAS, "No replica is ready, so no task runs.")
    if source == InFlightSource.NONE:
        reason = InFlightKnown.SOURCE_SWITCHED_OFF
        return ConditionUpdate(reason, f"{reason.cause} {reason.remedy}")
    if observation.unmatched_workers:
        return ConditionUpdate(InFlightKnown.WORKERS_NOT_MATCHED, observation.unmatched_workers)
    by_metrics = observation.in_flight == POD_METRICS or source == InFlightSource.POD_METRICS
    good, lost, missing = _BY_METRICS if by_metrics else _BY_HEARTBEATS
    if isinstance(observation.in_flight, Unknown):
        reason = lost if observation.in_flight.cause == UnknownCause.LOST else missing
        return ConditionUpdate(reason, f"{_sentence(observation.in_flight.message)} {reason.remedy}")
    unreported = observation.pods_without_reports
    count = len(unreported) + sum(bool(pod.slots) for pod in observation.staying_pods)
    late = overdue(unreported, now)
    if late:
        return ConditionUpdate(lost, f"{_overdue_pods(late, count)} {lost.remedy}")
    figures = f"{count - len(unreported)} of {does(count, 'running pod', 'report')} slots"
    rest = "; the others are new, and count as busy until they do." if unreported else "."
    return ConditionUpdate(good, f"{figures}{rest}")


def _overdue_pods(late: Sequence[PodObservation], count: int) -> str:
    """Those that should have reported, of so many."""
    named, has = listed([pod.name for pod in late], most=NAMED), "has" if len(late) == 1 else "have"
    return (
        f"{len(late)} of {counted(count, 'running pod')} {has} not reported slots for more than "
        f"{FIRST_REPORT_SECONDS:.0f} s ({named}): counted as busy."
    )


def workers_polling(observation: Observation, now: float) -> ConditionUpdate:
    """Whether the ready pods poll what the pool lists."""
    if not observation.ready_pods:
        unused = [queue.name for queue in observation.task_queues if _no_trace(queue)]
        hint = f" No poller and no task was seen on {listed(unused)}: check the names." if unused else ""
        return ConditionUpdate(WorkersPolling.NO_POLLER, f"No replica is ready, so none polls.{hint}")
    unpolled = [queue for queue in observation.task_queues if queue.unpolled_since is not None]
    others = _other_workers(observation)
    if not unpolled:
        polled = listed([queue.name for queue in observation.task_queues])
        return ConditionUpdate(WorkersPolling.POLLING, f"The pods poll {polled}.{others}")
    named = listed([f"{queue.name} for {now - (queue.unpolled_since or now):.0f} s" for queue in unpolled])
    message = (
        f"{are(len(observation.ready_pods), 'pod')} ready, and no worker polled {named}: no replica is added for it."
    )
    return ConditionUpdate(WorkersPolling.NOT_POLLING, f"{message} {WorkersPolling.NOT_POLLING.remedy}{others}")


def _no_trace(queue: TaskQueueObservation) -> bool:
    """Whether the server's answer is that of a queue that was never used: nothing at all. It has no better sign."""
    read = queue.statistics
    if isinstance(read, Unknown):
        return False
    return not (read.backlog or read.pollers or read.add_rate_per_second or read.dispatch_rate_per_second)


def _other_workers(observation: Observation) -> str:
    workers = observation.other_workers
    if not workers:
        return ""
    named = listed([worker.identity for worker in workers], most=NAMED, max_bytes=NAME_BYTES * NAMED)
    return f" {does(len(workers), 'worker', 'poll')} these queues from outside the Deployment: {named}."


def overdue(pods: Iterable[PodObservation], now: float) -> list[PodObservation]:
    """Those that should have reported: what never worked may still be on its way."""
    return [pod for pod in pods if not pod.never_worked and now - pod.tasks_since > FIRST_REPORT_SECONDS]


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}."
