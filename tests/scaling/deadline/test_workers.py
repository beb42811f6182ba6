"""What the pods and their reports say about one (task queue, task type)."""

from dataclasses import replace

from controller.scaling.deadline.workers import PodReport, workers_of
from controller.scaling.observation import SlotType
from tests.scaling.builders import NOW, observation, pod, queue, report

READY = NOW - 3600


def test_several_workers_of_a_pod_are_summed_and_as_old_as_the_oldest_report() -> None:
    """Two processes in one pod."""
    two = pod(report(3, reported_at=NOW - 5), report(4, reported_at=NOW - 9))
    assert workers_of(observation(pods=(two,)), queue()).reports == (PodReport(7, NOW - 9, READY),)
    other_way_round = replace(two, slots=two.slots[::-1])
    assert workers_of(observation(pods=(other_way_round,)), queue()).reports == (PodReport(7, NOW - 9, READY),)


def test_reports_of_other_queues_and_slots_do_not_count() -> None:
    """Neither another queue of the same type nor another type of the same queue."""
    mixed = pod(report(1), report(2, name="bills"), report(4, slot_type=SlotType.WORKFLOW))
    assert workers_of(observation(pods=(mixed,)), queue()).slots_used == 1


def test_a_pod_without_reports_is_ready_all_the_same() -> None:
    """It counts, but not among those that reported."""
    workers = workers_of(observation(pods=(pod(), pod(report(2), name="worker-1"))), queue())
    assert (workers.ready, len(workers.reports), workers.slots_used) == (2, 1, 2)


def test_draining_pods_are_summed_and_take_no_tasks() -> None:
    """Two of them."""
    pods = (
        pod(report(2), terminating=True),
        pod(report(3), name="worker-1", terminating=True),
    )
    workers = workers_of(observation(pods=pods), queue())
    assert (workers.slots_used_draining, workers.ready, workers.reports) == (5, 0, ())


def test_a_report_counts_only_when_it_is_newer_than_the_time_and_the_readiness() -> None:
    """Both, strictly."""
    reporting = [pod(report(1, reported_at=NOW + late), name=f"{late}", ready_since=NOW) for late in (0, 1, 2)]
    workers = workers_of(observation(pods=tuple(reporting)), queue())
    assert [h.reported_at - NOW for h in workers.reported_since(NOW - 60)] == [1, 2]
    assert [h.reported_at - NOW for h in workers.reported_since(NOW + 1)] == [2]


def test_the_pods_that_start_are_those_with_an_expected_time() -> None:
    """Whoever knows which of them are coming gives it."""
    workers = workers_of(observation(), queue(), (4.0, 20.0))
    assert (workers.starting, workers.ready_in_seconds) == (2, (4.0, 20.0))


def test_without_pods_none_became_ready() -> None:
    """Neither a number nor an error."""
    workers = workers_of(observation(), queue())
    assert (workers.ready, workers.starting, workers.last_ready_at) == (0, 0, None)
