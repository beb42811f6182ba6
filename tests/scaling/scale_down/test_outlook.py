"""When the next poll is of most use where a task would be cut short."""

from dataclasses import replace

import pytest

from controller.scaling.observation import PodObservation
from controller.scaling.quiet import Quiet
from controller.scaling.scale_down.chance import Dispatches
from controller.scaling.scale_down.heartbeats import Heartbeats
from controller.scaling.scale_down.idleness import Evidence, Load
from controller.scaling.scale_down.outlook import SOONEST_SECONDS, Outlook
from tests.scaling.builders import NOW, pod, report

SLOWLY = Evidence(NOW, fresh_seconds=15, quiet=None, dispatches=Dispatches(0.1, 0, 10), has_workflows=False)
QUIET = replace(SLOWLY, quiet=Quiet(NOW - 100, NOW, NOW - 100))
EACH_10_S = Heartbeats(intervals=(10,))


def idle(*ages: float) -> list[PodObservation]:
    """Pods that reported so long ago that they run nothing."""
    return [pod(report(reported_at=NOW - age), name=f"worker-{i}") for i, age in enumerate(ages)]


def outlook(
    pods: list[PodObservation], evidence: Evidence = SLOWLY, surplus: int = 9, bearable: float = 0.1
) -> Outlook:
    """Where each task that runs is cut short."""
    return Outlook.at_stake(pods, evidence, EACH_10_S, surplus, bearable)


def test_at_little_risk_the_next_poll_comes_as_soon_as_marks_are_known() -> None:
    """0.01 tasks/s to each pod, which reported 1 s ago."""
    assert outlook(idle(1)).next_poll_seconds == pytest.approx(SOONEST_SECONDS)


def test_at_more_risk_it_waits_for_the_reports_of_most_pods() -> None:
    """Five at once bear it only when they have just reported."""
    assert outlook(idle(4.0, 4.2, 4.4, 4.6, 1.0)).next_poll_seconds == pytest.approx(6.3, abs=0.5)


@pytest.mark.parametrize(
    ("pods", "evidence", "surplus"),
    [(idle(1), QUIET, 9), (idle(1), SLOWLY, 0), ([pod(report(5))], SLOWLY, 9)],
    ids=["nothing is dispatched", "none is to go", "none is idle"],
)
def test_without_a_risk_it_comes_at_any_time(pods: list[PodObservation], evidence: Evidence, surplus: int) -> None:
    """And nothing is expected to run on an idle pod."""
    plain = outlook(pods, evidence, surplus)
    assert plain.next_poll_seconds is None
    assert plain == Outlook.of(pods, evidence)
    assert not any(candidate.expected_tasks for candidate in plain.candidates)


def test_each_pod_is_judged_now_and_as_it_will_be_seen() -> None:
    """It reports again before the next poll; and it may get a task before it does."""
    (candidate,) = outlook(idle(9.0), bearable=0.02).candidates
    assert (candidate.load, candidate.next_load) == (Load.IDLE, Load.IDLE)
    assert candidate.expected_tasks == pytest.approx(0.01 * 9.7)
    assert candidate.next_expected_tasks < 0.02
    assert 0.8 < candidate.lasting < 0.9
