"""Moments are found by the names of their fields, wherever they are; nothing else is moved."""

from controller.scaling.attainment import Attainment, Span
from controller.scaling.deadline.queue_need import QueueMemory
from controller.scaling.deadline.service_time import Remembered, ServiceTime
from controller.scaling.deadline.service_time import Span as FullSpan
from controller.scaling.deadline.start_up import StartUp
from controller.scaling.deadline.workers import Beat
from controller.scaling.lull import Lull
from controller.scaling.memory import Memory, Recommendation, ScaleAction
from controller.scaling.moments import shifted
from controller.scaling.quiet import Quiet
from controller.scaling.start_latency import Bucket, StartLatencies
from controller.scaling.started_tasks import Counted, StartedTasks
from controller.scaling.waiting_tasks import Flow, WaitingTasks
from tests.scaling.builders import NOW, observation, pod, queue, report, statistics


def test_every_moment_of_an_observation_is_shifted() -> None:
    """Those of queues, pods and reports; ages, rates and counts stay."""
    read = statistics(30, age_seconds=65, add_rate=2.5, read_at=NOW)
    seen = observation(queue(read), replicas=3, pods=(pod(report(4, reported_at=NOW - 8), ready_since=NOW - 60),))
    later = statistics(30, age_seconds=65, add_rate=2.5, read_at=NOW + 600)
    assert shifted(seen, 600) == observation(
        queue(later),
        replicas=3,
        pods=(pod(report(4, reported_at=NOW + 592), ready_since=NOW + 540),),
        observed_at=NOW + 600,
    )


def test_every_moment_of_the_memory_is_shifted() -> None:
    """Whether a pod's start was learned is told by its name, which no step of a clock changes."""

    def learned(at: float) -> ServiceTime:
        beat = Beat("a", at, 1, 4, 70, None, at - 60)
        return ServiceTime(workers={"a": Remembered(beat, at)}, at=at, pods_since=(at - 5,))

    def memory(at: float) -> Memory:
        return Memory(
            recommendations=(Recommendation(at, 3),),
            scale_actions=(ScaleAction(at, 1, 3, "Reason", "message"),),
            quiet=Quiet(at, at, at),
            lull=Lull(since=at, replicas=3, seconds=40.0),
            queues={"orders/Activity": QueueMemory(learned(at), full=(FullSpan(at - 9, at),), standing_since=at)},
            start_up=StartUp(mean_seconds=4.0, seen=frozenset({"worker-0"})),
            busy_at=at,
        )

    assert memory(NOW).shifted(-1200) == memory(NOW - 1200)


def test_what_is_known_of_the_objective_is_shifted() -> None:
    """And stays of its type: the next poll goes on from it."""

    def known(at: float) -> Attainment:
        counted = {"worker-0": Counted(at, StartLatencies((15.0,), (3.0,), 4.0))}
        started = StartedTasks(since=at, reported_at=at, counted=counted, bucket=Bucket(10.0, 100.0))
        waiting = WaitingTasks(flow=Flow(3.0, 4.0), statistics=statistics(2, read_at=at))
        return Attainment(15.0, at, (Span(at, 8.0, 4.0, 2.0),), {"q": waiting}, {"q": started})

    moved = shifted(known(NOW), 600)
    assert moved == known(NOW + 600)
    assert isinstance(moved.started["q"].bucket, Bucket)
    assert isinstance(moved.waiting["q"].flow, Flow)


def test_what_has_no_moments_is_left_as_it_is() -> None:
    """Unknown moments stay unknown."""
    assert shifted(Memory(), 600) == Memory()
    assert shifted(("orders", 1.5, None), 600) == ("orders", 1.5, None)
