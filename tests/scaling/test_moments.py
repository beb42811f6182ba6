"""Moments are found by the names of their fields, wherever they are; nothing else is moved."""

from controller.scaling.deadline.queue_need import QueueMemory
from controller.scaling.deadline.service_time import Remembered, ServiceTime, Span
from controller.scaling.deadline.start_up import StartUp
from controller.scaling.deadline.workers import Beat
from controller.scaling.lull import Lull
from controller.scaling.memory import Memory, Recommendation, ScaleAction
from controller.scaling.moments import shifted
from controller.scaling.quiet import Quiet
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
            queues={"orders/Activity": QueueMemory(learned(at), full=(Span(at - 9, at),), standing_since=at)},
            start_up=StartUp(mean_seconds=4.0, seen=frozenset({"worker-0"})),
            busy_at=at,
        )

    assert memory(NOW).shifted(-1200) == memory(NOW - 1200)


def test_what_has_no_moments_is_left_as_it_is() -> None:
    """Unknown moments stay unknown."""
    assert shifted(Memory(), 600) == Memory()
    assert shifted(("orders", 1.5, None), 600) == ("orders", 1.5, None)
