"""When the workers will report next, by when they did."""

import pytest

from controller.scaling.observation import PodObservation
from controller.scaling.scale_down.heartbeats import LAG_SECONDS, MAX_INTERVALS, Heartbeats
from tests.scaling.builders import NOW, pod, report


def beating(at: float, name: str = "worker-0") -> PodObservation:
    """A pod that reported then."""
    return pod(report(reported_at=at), name=name)


def after(*polls: list[PodObservation]) -> Heartbeats:
    """What is known after these polls."""
    heartbeats = Heartbeats()
    for pods in polls:
        heartbeats = heartbeats.observe(pods)
    return heartbeats


def test_the_interval_is_the_time_between_two_reports_of_one_pod() -> None:
    """The same report, seen again, is none; nor is that of another pod, or of one that was gone meanwhile."""
    assert after([beating(NOW)]).seconds is None
    assert after([beating(NOW)], [beating(NOW), beating(NOW + 3, "worker-1"), pod(name="silent")]).seconds is None
    assert after([beating(NOW)], [beating(NOW + 10)]).seconds == 10
    assert after([beating(NOW)], [], [beating(NOW + 10)]).seconds is None


def test_an_interval_that_a_restart_cut_short_does_not_count() -> None:
    """The median of the last ones does; and they are few."""
    polls = [[beating(NOW + 10 * i)] for i in range(20)]
    heartbeats = after(*polls, [beating(NOW + 193)])
    assert heartbeats.seconds == 10
    assert len(heartbeats.intervals) == MAX_INTERVALS


IN_STEP = after([beating(NOW - 10)], [beating(NOW)])


@pytest.mark.parametrize(
    ("seconds", "reported_at"), [(5, NOW), (10.2, NOW), (10.3, NOW + 10), (20.2, NOW + 10), (34, NOW + 30)]
)
def test_a_pod_is_expected_to_report_in_step(seconds: float, reported_at: float) -> None:
    """What it reports is expected to stay; a report is seen a little after it was made."""
    then = IN_STEP.next_of(beating(NOW), NOW + seconds)
    assert then.reported_at == reported_at
    assert then.slots[0].slots_used == 0
    assert Heartbeats().next_of(beating(NOW), NOW + seconds) == beating(NOW)


def test_the_times_of_reports_to_come_are_known() -> None:
    """The first of each pod that is not too early, each once."""
    pods = [beating(NOW - 4), beating(NOW - 1, "worker-1"), beating(NOW - 1, "worker-2"), pod(name="silent")]
    lag = LAG_SECONDS
    assert IN_STEP.times(pods, NOW + 2) == pytest.approx([NOW + 6 + lag, NOW + 9 + lag])
    assert IN_STEP.times(pods, NOW + 7) == pytest.approx([NOW + 9 + lag, NOW + 16 + lag])
    assert IN_STEP.times([beating(NOW)], NOW - 25) == [NOW + lag], "a report that was made is not made again"
    assert Heartbeats().times(pods, NOW) == []
