"""Workers that don't poll: found by what is missing, and only where it has been missing from the start."""

from dataclasses import replace

import pytest

from controller.api.condition_reasons import Connected
from controller.api.condition_reasons import WorkersPolling as Polls
from controller.api.model import TaskType
from controller.api.spec import InFlightSource
from controller.api.status import TemporalWorkerPoolStatus
from controller.operator.inputs.learned import Learned
from controller.operator.inputs.observe import observe
from controller.operator.passes import ConditionUpdate, Inputs
from controller.operator.report.status import observed
from controller.operator.report.traces import traced
from controller.operator.report.workers import in_flight_known, workers_polling
from controller.scaling.decide import decide
from controller.scaling.memory import Memory
from controller.scaling.observation import Observation, Poller, QueueStatistics
from controller.temporal.errors import TemporalFailure
from controller.temporal.reader import TemporalReading, failed_reading
from controller.temporal.workers import WorkerReport
from tests.operator.builders import AUTO, NOW, conditions, deployment, inputs, pod, worker
from tests.scaling.builders import report, statistics

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


def _restarted(seen: Observation, now: float) -> Learned:
    """What a restarted operator knows of a pass: what that wrote into the status, as the API server keeps it."""
    said = conditions(workers_polling(seen, now), in_flight_known(InFlightSource.AUTO, seen, now))
    status = observed(TemporalWorkerPoolStatus(conditions=said), deployment(), seen)
    return Learned.of(TemporalWorkerPoolStatus.model_validate(traced(status, None, seen).to_manifest()))


@pytest.mark.parametrize("restart", range(0, 200, 5))
def test_pods_that_never_poll_get_no_company_whenever_the_operator_is_restarted(restart: int) -> None:
    """What holds the growth are the times of the pods and of the signs: both outlive the operator."""
    waits, learned = _seen(read=statistics(500, age_seconds=60)), Learned()
    for at in range(0, 200, 5):
        seen, learned = observe(waits, learned, NOW - 100 + at)
        late = at > 95
        assert [queue.unpolled_since is not None for queue in seen.task_queues] == [late, late]
        if late:
            assert decide(AUTO, seen, Memory(), NOW - 100 + at).desired_replicas == 2
        if at == restart:
            learned = _restarted(seen, NOW - 100 + at)


@pytest.mark.parametrize("restart", range(10, 1000, 30))
def test_workers_that_filled_their_slots_at_once_count_as_polling_after_a_restart(restart: int) -> None:
    """The server forgets who polled after 5 minutes, and without heartbeats there is no other sign."""
    polled = _seen(read=replace(statistics(3), pollers=(replace(POLLED, polled_at=NOW - 92),)))
    learned = Learned()
    for at in range(5, 1000, 30):
        seen, learned = observe(polled if at < 300 else _seen(), learned, NOW - 100 + at)
        assert seen.task_queues[0].unpolled_since is None
        if at >= restart:
            learned = _restarted(seen, NOW - 100 + at)


def test_a_status_of_a_version_without_traces_is_taken_at_its_word() -> None:
    """Pods that were polling are not taken for pods that never did; those that weren't still aren't."""
    good, bad = (conditions(ConditionUpdate(reason, "")) for reason in (Polls.POLLING, Polls.NOT_POLLING))
    _, learned = observe(_seen(), Learned.of(TemporalWorkerPoolStatus(conditions=good)), NOW)
    assert _unpolled(_seen(), learned, now=NOW + 900) == [None, None]
    assert _unpolled(_seen(), Learned.of(TemporalWorkerPoolStatus(conditions=bad))) == [NOW - 95, NOW - 95]


def test_pods_that_began_while_temporal_could_not_be_read_are_not_judged() -> None:
    """The cause is in Connected; what was found before it stays."""
    failure = TemporalFailure(Connected.TIMED_OUT, "Temporal did not answer")
    down = inputs((pod("a"),), {KEY: 10}, failed_reading(failure, [KEY]))
    unread, _ = observe(down, Learned(), NOW)
    assert unread.task_queues[0].unpolled_since is None
    assert workers_polling(unread, NOW).reason == Polls.POLLERS_UNKNOWN
    _, learned = observe(_seen(), Learned(), NOW)
    assert _unpolled(down, learned) == [NOW - 95]
    _, polled = observe(_seen(read=replace(statistics(3), pollers=(POLLED,))), Learned(), NOW)
    assert workers_polling(observe(down, polled, NOW)[0], NOW).reason == Polls.POLLING


def test_the_condition_names_which_and_since_when() -> None:
    """And what to compare."""
    seen, _ = observe(_seen(worker("a", report()), worker("laptop", report())), Learned(), NOW)
    update = workers_polling(seen, NOW)
    assert update.reason == Polls.NOT_POLLING
    assert update.message == (
        "2 pods are ready, and no worker polled orders/Workflow for 95 s: no replica is added. "
        f"{Polls.NOT_POLLING.remedy} "
        "1 worker polls these queues from outside the Deployment: 1@laptop."
    )
    polling, _ = observe(replace(_seen(worker("a", report())), slots_stated={KEY: 10}), Learned(), NOW)
    assert workers_polling(polling, NOW).reason == Polls.POLLING
