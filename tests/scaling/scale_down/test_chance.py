"""How many tasks an idle pod may have got since its report, and how much of that is borne."""

import pytest

from controller.scaling.observation import QueueStatistics, SlotReport, Unknown
from controller.scaling.scale_down.chance import BEARABLE_SHARE, BEARABLE_TASKS, Dispatches, Risk
from tests.scaling.builders import LOST, NOW, observation, pod, queue, report, statistics

UNLIMITED = SlotReport(*(report(3).task_queue, report(3).slot_type, 3, None, NOW))


@pytest.mark.parametrize(
    ("reads", "per_second", "waiting"),
    [
        ([statistics(dispatch_rate=2, add_rate=1)], 2, 0),
        ([statistics(dispatch_rate=1, add_rate=2)], 2, 0),
        ([statistics(dispatch_rate=1), statistics(3, dispatch_rate=2)], 3, 3),
        ([statistics(3, age_seconds=0)], 0, 0),
        ([LOST, statistics(dispatch_rate=1)], 1, 0),
    ],
    ids=["dispatched", "added faster, so more is to come", "several queues", "a count that lags", "what was read"],
)
def test_what_is_dispatched_is_what_the_queues_say(
    reads: list[QueueStatistics | Unknown], per_second: float, waiting: int
) -> None:
    """All kinds of tasks go to the same pods."""
    assert Dispatches.of(observation(*map(queue, reads))) == Dispatches(per_second, waiting, 1)


def test_tasks_go_to_the_pods_that_have_room() -> None:
    """A full pod gets none, nor does one that was asked to stop; one that does not say how many slots are free may."""
    seen = (
        pod(report(0), name="idle"),
        pod(report(9), name="has-room"),
        pod(report(10), name="full"),
        pod(UNLIMITED, name="unlimited"),
        pod(report(0), name="going", terminating=True),
        pod(name="silent"),
    )
    assert Dispatches.of(observation(pods=seen)).pods == 3


def test_a_pod_gets_its_share() -> None:
    """Of what waits at once, of the rest with time."""
    assert Dispatches(per_second=2, waiting=3, pods=10).to_each_pod(5) == pytest.approx(1.3)
    assert Dispatches(per_second=2, waiting=0, pods=10).to_each_pod(-5) == 0


def test_a_risk_that_was_taken_is_forgotten_with_what_is_dispatched() -> None:
    """So that stops cut no more short than a share of it, however often they come."""
    taken = Risk().after(Dispatches(2, 0, 1), NOW).add(BEARABLE_TASKS / 2)
    assert taken.bearable_tasks == pytest.approx(BEARABLE_TASKS / 2)
    later = taken.after(Dispatches(2, 0, 1), NOW + 10)
    assert later.tasks == pytest.approx(BEARABLE_TASKS / 2 - 20 * BEARABLE_SHARE)
    assert later.after(Dispatches(2, 0, 1), NOW + 10_000).tasks == 0
    assert later.after(Dispatches(2, 0, 1), NOW).tasks == later.tasks, "a clock that goes back forgets nothing"
    assert later.add(1).bearable_tasks == 0
