"""What the workers do, by what they said: whether they poll the pool's queues, and what they run."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from controller.api.condition_reasons import InFlightKnown, WorkersPolling
from controller.api.spec import InFlightSource
from controller.api.text import listed
from controller.operator.passes import ConditionUpdate
from controller.operator.report.last_report import NAMED, age, last_reported
from controller.operator.report.traces import UNSEEN_SECONDS, last_tasks, unseen, unseen_queues
from controller.scaling.observation import (
    POD_METRICS,
    Observation,
    PodObservation,
    TaskQueueObservation,
    Unknown,
    UnknownCause,
)
from controller.scaling.server_times import FIRST_REPORT_SECONDS
from controller.scaling.text import are, brief, counted, does

NAME_BYTES: Final = 63
"""What one name takes of a message, on average."""

_BY_HEARTBEATS: Final = (
    InFlightKnown.HEARTBEATS_FOUND,
    InFlightKnown.HEARTBEATS_LOST,
    InFlightKnown.HEARTBEATS_MISSING,
)
_SEE_CAPACITY: Final = "Do what the condition CapacityAvailable says."
"""What to do about pods that are no longer ready, either."""

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
    return _explained_otherwise(source, observation) or _as_reported(source, observation, now)


def _explained_otherwise(source: InFlightSource, observation: Observation) -> ConditionUpdate | None:
    """What accounts for reports that are not there, and is no fault of the source."""
    if not observation.pods_that_take_tasks and not observation.pods_without_reports:
        return ConditionUpdate(InFlightKnown.NO_REPLICAS, "No replica is ready, so no task runs.")
    if source == InFlightSource.NONE:
        reason = InFlightKnown.SOURCE_SWITCHED_OFF
        return ConditionUpdate(reason, f"{reason.cause} {reason.remedy}")
    if observation.unmatched_workers:
        return ConditionUpdate(InFlightKnown.WORKERS_NOT_MATCHED, observation.unmatched_workers)
    if _polls_nothing(observation):
        reason = InFlightKnown.WORKERS_NOT_POLLING
        return ConditionUpdate(reason, f"{reason.cause} {reason.remedy}")
    return None


def _as_reported(source: InFlightSource, observation: Observation, now: float) -> ConditionUpdate:
    by_metrics = observation.in_flight == POD_METRICS or source == InFlightSource.POD_METRICS
    good, lost, missing = _BY_METRICS if by_metrics else _BY_HEARTBEATS
    if isinstance(observation.in_flight, Unknown):
        reason = lost if observation.in_flight.cause == UnknownCause.LOST else missing
        fix = observation.in_flight.fix or reason.remedy
        return ConditionUpdate(reason, f"{_sentence(observation.in_flight.message)} {fix}")
    unreported = observation.pods_without_reports
    count = len(unreported) + sum(bool(pod.slots) for pod in observation.staying_pods)
    late = overdue(unreported, now)
    if late:
        fix = _SEE_CAPACITY if all(pod.is_frozen(now) for pod in late) else lost.remedy
        return ConditionUpdate(lost, f"{_overdue_pods(late, count, now)} {fix}")
    figures = f"{count - len(unreported)} of {does(count, 'running pod', 'report')} slots"
    rest = "; the others are new, and count as busy until they do." if unreported else "."
    return ConditionUpdate(good, f"{figures}{rest}")


def _polls_nothing(observation: Observation) -> bool:
    """Whether the pods poll none of the queues: that they report nothing has this cause and no other."""
    reported = any(pod.slots for pod in observation.pods)
    return not reported and all(queue.unpolled_since is not None for queue in observation.task_queues)


def _overdue_pods(late: Sequence[PodObservation], count: int, now: float) -> str:
    """Those that should have reported, of so many, and what they reported before."""
    named, has = listed([pod.name for pod in late], most=NAMED), "has" if len(late) == 1 else "have"
    before = [f"{brief(pod.name)} {said}" for pod in late if (said := last_reported(pod, now))]
    last = f" {listed(before, separator='; ', most=NAMED)}." if before else ""
    return (
        f"{len(late)} of {counted(count, 'running pod')} {has} not reported slots for more than "
        f"{FIRST_REPORT_SECONDS:.0f} s ({named}): counted as busy.{last}"
    )


def workers_polling(observation: Observation, now: float, pool_created_at: float | None = None) -> ConditionUpdate:
    """Whether the ready pods poll what the pool lists; at zero, whether anything ever used it."""
    if not observation.ready_pods:
        return _without_pods(observation, now, pool_created_at)
    unpolled = [queue for queue in observation.task_queues if queue.unpolled_since is not None]
    others = _other_workers(observation)
    if unpolled:
        named = listed([f"{queue.name} for {age(now - (queue.unpolled_since or now))}" for queue in unpolled])
        ready = are(len(observation.ready_pods), "pod")
        message = f"{ready} ready, and no worker polled {named}: no replica is added."
        fix = _polled_instead(observation, unpolled) or WorkersPolling.NOT_POLLING.remedy
        return ConditionUpdate(WorkersPolling.NOT_POLLING, f"{message} {fix}{others}")
    unread = [queue for queue in observation.task_queues if _is_unread(queue, observation)]
    if unread:
        reason = WorkersPolling.POLLERS_UNKNOWN
        named = listed([queue.name for queue in unread])
        return ConditionUpdate(reason, f"Unknown whether the new pods poll {named}: it can't be read. {reason.remedy}")
    polled = listed([queue.name for queue in observation.task_queues])
    return ConditionUpdate(WorkersPolling.POLLING, f"The pods poll {polled}.{others}")


def _polled_instead(observation: Observation, unpolled: Sequence[TaskQueueObservation]) -> str | None:
    """What the pods poll instead, with what to do; `None` where that is not known."""
    polled = observation.polled_instead
    if polled is None:
        return None
    if not polled:
        return (
            "No worker with their names sends heartbeats in this Temporal namespace. "
            f"{WorkersPolling.NOT_POLLING.remedy}"
        )
    names = list(dict.fromkeys(name.rpartition("/")[0] for name in polled))
    known = {queue.task_queue for queue in observation.task_queues}
    if other := [name for name in names if name not in known]:
        lists = listed(list(dict.fromkeys(queue.task_queue for queue in unpolled)))
        return (
            f"The pods poll {listed(other)}; the pool lists {lists}. "
            "Correct the name in taskQueues, or the task queue in the code of the workers."
        )
    lists = listed([queue.name for queue in unpolled])
    return (
        f"The pods poll {listed(polled)}; the pool lists {lists}, too. "
        "Register what handles these tasks with the workers, or remove the type from taskQueues."
    )


def _without_pods(observation: Observation, now: float, pool_created_at: float | None) -> ConditionUpdate:
    """At zero only what was seen before says whether the queues are the right ones."""
    queues = observation.task_queues
    none_ready = "No replica is ready, so none polls."
    names = unseen_queues(queues)
    if not names:
        return ConditionUpdate(WorkersPolling.NO_POLLER, f"{none_ready}{last_tasks(queues, now)}")
    what = f"{unseen(names, pool_created_at, now)}{last_tasks(queues, now)}"
    if any(now - since > UNSEEN_SECONDS for since in names.values()):
        return ConditionUpdate(WorkersPolling.NO_TASK_EVER_SEEN, what)
    return ConditionUpdate(WorkersPolling.NO_POLLER, f"{none_ready} {what}")


def _is_unread(queue: TaskQueueObservation, observation: Observation) -> bool:
    """Whether it is a queue that can't be read and was not polled since the pods that are there were made."""
    if not isinstance(queue.statistics, Unknown) or queue.trace is None:
        return False
    made = min(pod.created_at for pod in observation.ready_pods)
    return queue.trace.polled_at is None or queue.trace.polled_at < made


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
