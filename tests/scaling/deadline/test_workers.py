"""What the pods and their reports say about one (task queue, task type)."""

from dataclasses import replace

from controller.scaling.capacity import EVERYTHING_COMES, capacity_of
from controller.scaling.deadline.workers import Heard, workers_of
from controller.scaling.observation import SlotType
from tests.scaling.builders import NOW, observation, pod, queue, report
from tests.scaling.test_capacity import PULL, hindered

READY = NOW - 3600


def test_several_workers_of_a_pod_are_summed_and_as_old_as_the_oldest_report() -> None:
    """Two processes in one pod."""
    two = pod(report(3, reported_at=NOW - 5), report(4, reported_at=NOW - 9))
    assert workers_of(observation(pods=(two,)), queue(), EVERYTHING_COMES).heard == (Heard(7, NOW - 9, READY),)
    other_way_round = replace(two, slots=two.slots[::-1])
    assert workers_of(observation(pods=(other_way_round,)), queue(), EVERYTHING_COMES).heard == (
        Heard(7, NOW - 9, READY),
    )


def test_reports_of_other_queues_and_slots_do_not_count() -> None:
    """Neither another queue of the same type nor another type of the same queue."""
    mixed = pod(report(1), report(2, name="bills"), report(4, slot_type=SlotType.WORKFLOW))
    assert workers_of(observation(pods=(mixed,)), queue(), EVERYTHING_COMES).slots_used == 1


def test_a_pod_of_which_nothing_was_heard_is_ready_all_the_same() -> None:
    """It counts, but not among those that were heard."""
    workers = workers_of(observation(pods=(pod(), pod(report(2), name="worker-1"))), queue(), EVERYTHING_COMES)
    assert (workers.ready, len(workers.heard), workers.slots_used) == (2, 1, 2)


def test_draining_pods_are_summed_and_take_no_tasks() -> None:
    """Two of them, beside one that starts."""
    pods = (
        pod(report(2), terminating=True),
        pod(report(3), name="worker-1", terminating=True),
        pod(name="worker-2", ready_since=None),
    )
    workers = workers_of(observation(pods=pods), queue(), EVERYTHING_COMES)
    assert (workers.slots_used_draining, workers.ready, workers.starting, workers.heard) == (5, 0, 1, ())


def test_a_report_counts_only_when_it_is_newer_than_the_time_and_the_readiness() -> None:
    """Both, strictly."""
    heard = [pod(report(1, reported_at=NOW + late), name=f"{late}", ready_since=NOW) for late in (0, 1, 2)]
    workers = workers_of(observation(pods=tuple(heard)), queue(), EVERYTHING_COMES)
    assert [h.reported_at - NOW for h in workers.heard_since(NOW - 60)] == [1, 2]
    assert [h.reported_at - NOW for h in workers.heard_since(NOW + 1)] == [2]


def test_a_pod_that_is_not_coming_does_not_count_as_starting() -> None:
    """Nothing is reckoned with it: the credit for it would never be paid back."""
    starting, stuck = pod(name="worker-0", ready_since=None), hindered(PULL)
    seen = observation(pods=(starting, stuck))
    assert workers_of(seen, queue(), capacity_of(seen, 600, NOW)).starting == 1
