"""Workers that don't poll: found by what is missing, and only where it has been missing from the start."""

from dataclasses import replace

import pytest

from controller.api.condition_reasons import WorkersPolling
from controller.api.model import TaskType
from controller.api.status import Condition, ConditionStatus, TemporalWorkerPoolStatus
from controller.operator.inputs.learned import Learned
from controller.operator.inputs.observe import observe
from controller.operator.passes import Inputs
from controller.operator.report.workers import workers_polling
from controller.scaling.observation import Poller, QueueStatistics
from controller.temporal.reader import TemporalReading
from controller.temporal.workers import WorkerReport
from tests.operator.builders import NOW, inputs, pod, worker
from tests.scaling.builders import observation, queue, report, statistics

KEY = ("orders", TaskType.ACTIVITY)
OTHER = ("orders", TaskType.WORKFLOW)
POLLED = Poller("1@a", NOW - 3)


def _seen(*workers: WorkerReport, read: QueueStatistics | None = None) -> Inputs:
    """Two pods that have been ready for 95 s."""
    reading = TemporalReading({KEY: read or statistics(3), OTHER: statistics()}, workers, None)
    return inputs((pod("a"), pod("b")), {KEY: 10, OTHER: 10}, reading)


def _unpolled(seen: Inputs, learned: Learned | None = None, now: float = NOW) -> list[float | None]:
    observed, _ = observe(seen, learned or Learned(), now)
    return [task_queue.unpolled_since for task_queue in observed.task_queues]


def test_a_queue_and_type_without_pollers_is_known_with_its_time() -> None:
    """A report of activity slots says nothing of workflows."""
    assert _unpolled(_seen(worker("a", report()))) == [None, NOW - 95]


@pytest.mark.parametrize(
    ("says", "polls"),
    [
        ({"pollers": 0}, False),
        ({"pollers": 0, "tasks_ended": 0}, False),
        ({"pollers": 0, "tasks_ended": 7}, True),
        ({"pollers": 0, "slots_used": 10, "slots_available": 0}, True),
        ({"pollers": 5}, True),
        ({"pollers": None}, True),
    ],
)
def test_free_slots_of_a_type_that_was_never_polled_are_no_sign(says: dict[str, int | None], *, polls: bool) -> None:
    """The SDK for Java reports them whatever is registered; full workers don't poll, and who had a task did."""
    reporting = worker("a", replace(report(), **says))  # type: ignore[arg-type]
    assert (_unpolled(_seen(reporting))[0] is None) is polls


@pytest.mark.parametrize(
    ("pollers", "since"),
    [
        ((POLLED,), None),
        ((Poller("1@laptop", NOW - 3),), NOW - 95),
        ((Poller("1@gone", NOW - 200),), NOW - 95),
        ((), NOW - 95),
    ],
    ids=["a poller", "only one that is known to be another worker's", "only one from before these pods", "none"],
)
def test_a_poller_is_a_sign_unless_it_is_another_worker(pollers: tuple[Poller, ...], since: float | None) -> None:
    """Without heartbeats the pollers that the server lists are the only sign."""
    read = replace(statistics(3), pollers=pollers)
    assert _unpolled(_seen(worker("laptop", report()), read=read))[0] == since


def test_pods_get_90_seconds() -> None:
    """The first heartbeat is seen after 61 s."""
    assert _unpolled(_seen(), now=NOW - 5) == [None, None]
    assert _unpolled(_seen(), now=NOW - 4) == [NOW - 95, NOW - 95]


def test_one_sign_is_enough_for_good() -> None:
    """Workers whose slots are all taken do not poll, and the server forgets pollers after 5 minutes."""
    _, learned = observe(_seen(read=replace(statistics(3), pollers=(POLLED,))), Learned(), NOW)
    assert _unpolled(_seen(), learned, now=NOW + 900) == [None, NOW - 95]


def test_a_sign_from_before_the_pod_was_ready_counts() -> None:
    """A worker may fill all its slots before its readiness is probed, and then does not poll; not so of a namesake."""
    early, earlier = replace(POLLED, polled_at=NOW - 99), replace(POLLED, polled_at=NOW - 101)
    assert _unpolled(_seen(read=replace(statistics(3), pollers=(early,)))) == [None, NOW - 95]
    assert _unpolled(_seen(read=replace(statistics(3), pollers=(earlier,)))) == [NOW - 95, NOW - 95]


def test_a_restarted_operator_believes_what_status_says() -> None:
    """Pods that were polling are not taken for pods that never did; those that weren't still aren't."""
    condition = Condition.model_validate(
        {
            "type": "WorkersPolling",
            "status": "True",
            "reason": "Polling",
            "message": "",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        }
    )
    polling = Learned.of(TemporalWorkerPoolStatus(conditions=(condition,)))
    not_polling = Learned.of(
        TemporalWorkerPoolStatus(conditions=(condition.model_copy(update={"status": ConditionStatus.FALSE}),))
    )
    _, learned = observe(_seen(), polling, NOW)
    assert _unpolled(_seen(), learned, now=NOW + 900) == [None, None]
    assert _unpolled(_seen(), not_polling) == [NOW - 95, NOW - 95]


def test_the_condition_names_which_and_since_when() -> None:
    """And what to compare."""
    seen, _ = observe(_seen(worker("a", report()), worker("laptop", report())), Learned(), NOW)
    update = workers_polling(seen, NOW)
    assert update.reason == WorkersPolling.NOT_POLLING
    assert update.message == (
        "2 pods are ready, and no worker polled orders/Workflow for 95 s: no replica is added for it. "
        f"{WorkersPolling.NOT_POLLING.remedy} "
        "1 worker polls these queues from outside the Deployment: 1@laptop."
    )
    polling, _ = observe(replace(_seen(worker("a", report())), slots_stated={KEY: 10}), Learned(), NOW)
    assert workers_polling(polling, NOW).reason == WorkersPolling.POLLING


def test_at_zero_replicas_it_is_unknown_and_a_queue_without_any_trace_is_named() -> None:
    """The server answers zeros for a name that is not used."""
    unused = workers_polling(observation(queue(0)), NOW)
    assert (unused.reason, unused.reason.status) == (WorkersPolling.NO_POLLER, ConditionStatus.UNKNOWN)
    assert "No poller and no task was seen on orders/Activity: check the names." in unused.message
    used = workers_polling(observation(queue(replace(statistics(), pollers=(POLLED,)))), NOW)
    assert used.message == "No replica is ready, so none polls."
