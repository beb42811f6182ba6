"""The baselines do what their sources say."""

import pytest

from controller.api.model import TaskType
from controller.scaling.observation import (
    PodObservation,
    QueueStatistics,
    SlotReport,
    SlotType,
    TaskQueueObservation,
    Unknown,
    UnknownCause,
)
from controller.simulator.baselines import HorizontalPodAutoscaler, HpaOnCpu, Keda, KedaTuned, Wci, WorkInSystem
from controller.simulator.policy import Policy, SimulatedObservation
from tests.simulator.small_scenarios import scenario

SCENARIO = scenario([], slots=10, max_replicas=50)


def seen(replicas: int, backlog: int | None, used: int = 0, rate: float = 0, age: float = 1) -> SimulatedObservation:
    """What a policy sees: all pods ready, with `used` slots each; a backlog of `None` is lost."""
    pods = tuple(
        PodObservation(f"p{n}", 0, 0, 0, slots=(SlotReport("tasks", SlotType.ACTIVITY, used, 10 - used, 0),))
        for n in range(replicas)
    )
    reading = (
        Unknown(UnknownCause.LOST, "no answer")
        if backlog is None
        else QueueStatistics(backlog, age if backlog else 0, rate, rate, 0)
    )
    queue = TaskQueueObservation("tasks", TaskType.ACTIVITY, reading, 10)
    return SimulatedObservation(0, replicas, pods, (queue,), "worker heartbeats")


@pytest.mark.parametrize(
    ("current", "ratio", "recommended", "replicas"),
    [
        pytest.param(10, 1.09, 11, 10, id="within the tolerance of 10 %"),
        pytest.param(10, 1.2, 12, 12, id="beyond the tolerance"),
        pytest.param(10, 9, 90, 20, id="at most doubled in 15 s"),
        pytest.param(1, 9, 9, 5, id="or four more"),
        pytest.param(40, 9, 360, 50, id="never above maxReplicas"),
    ],
)
def test_the_hpa_grows_by_its_default_behaviour(current: int, ratio: float, recommended: int, replicas: int) -> None:
    """Tolerance, 100 % or 4 pods in 15 s, bounds."""
    assert HorizontalPodAutoscaler(SCENARIO).replicas(current, ratio, recommended, 0) == replicas


def test_the_hpa_shrinks_to_the_highest_recommendation_of_five_minutes() -> None:
    """10 were recommended at 0 s, so 10 stay until 300 s, and then one."""
    hpa = HorizontalPodAutoscaler(SCENARIO)
    assert hpa.replicas(10, 1, 10, 0) == 10
    assert {hpa.replicas(10, 0.1, 1, time) for time in range(15, 300, 15)} == {10}
    assert hpa.replicas(10, 0.1, 1, 300) == 1


def test_the_hpa_on_cpu_aims_at_80_percent_of_the_slots() -> None:
    """Four pods with ten of ten slots in use: 1 / 0.8 times as many, rounded up."""
    assert HpaOnCpu(SCENARIO).recommend(seen(4, 0, used=10), 0).replicas == 5


def test_keda_wakes_with_one_replica_at_its_own_poll() -> None:
    """Each 30 s, not each 15 s."""
    keda = Keda(SCENARIO)
    assert keda.recommend(seen(0, 0), 0).replicas == 0
    assert keda.recommend(seen(0, 100), 15).replicas is None
    assert keda.recommend(seen(0, 100), 30).replicas == 1


def test_keda_asks_for_a_replica_for_each_five_tasks() -> None:
    """40 tasks are 8 replicas."""
    assert Keda(SCENARIO).recommend(seen(6, 40), 0).replicas == 8


def test_keda_goes_to_zero_after_its_cooldown_whatever_runs() -> None:
    """300 s without backlog, with all slots in use."""
    keda = Keda(SCENARIO)
    keda.recommend(seen(1, 1), 0)
    assert keda.recommend(seen(1, 0, used=10), 300).replicas == 1
    assert keda.recommend(seen(1, 0, used=10), 330).replicas == 0


def test_a_tuned_keda_polls_often_and_lets_go_soon() -> None:
    """A poll each 5 s wakes it and ends it after 30 s without a backlog; its HPA has a sync each 15 s all the same."""
    keda = KedaTuned(SCENARIO)
    assert [keda.recommend(seen(0, backlog), now).replicas for now, backlog in ((0, 0), (5, 100))] == [0, 1]
    assert [keda.recommend(seen(1, 100), now).replicas for now in (10, 15, 20, 25.2)] == [5, None, None, 5]
    assert [keda.recommend(seen(5, 0, used=10), now).replicas for now in (30, 50, 60)] == [None, 5, 0]


@pytest.mark.parametrize("policy", [Keda(SCENARIO), Wci(SCENARIO), WorkInSystem(SCENARIO)])
def test_policies_hold_without_an_answer(policy: Policy) -> None:
    """A lost poll is no reason to change anything."""
    assert policy.recommend(seen(3, None), 0).replicas is None


def test_wci_has_the_larger_of_two_margins() -> None:
    """45 % of 40/s in the first look and 2/s for each worker are a load of 9, which needs 12 at 80 %."""
    wci = Wci(SCENARIO)
    assert wci.recommend(seen(9, 0, rate=40), 0).replicas == 12


def test_wci_grows_by_four_a_minute_and_shrinks_by_one() -> None:
    """However large the difference is."""
    assert Wci(SCENARIO).recommend(seen(1, 0, rate=1000), 0).replicas == 5
    assert Wci(SCENARIO).recommend(seen(9, 0), 0).replicas == 8


def test_wci_adds_a_worker_when_the_backlog_grew() -> None:
    """Between its steps, and not when the backlog shrank; then it does not shrink for 90 s."""
    wci = Wci(SCENARIO)
    wci.recommend(seen(1, 5), 0)
    assert wci.recommend(seen(1, 9), 2).replicas == 2
    assert wci.recommend(seen(2, 4), 4).replicas is None
    assert wci.recommend(seen(2, 0), 60).replicas == 2
    assert wci.recommend(seen(2, 0), 120).replicas == 1


def test_work_in_system_counts_what_waits_and_what_runs() -> None:
    """(15 + 2 x 8) / 10, rounded up, and it is kept for 60 s."""
    policy = WorkInSystem(SCENARIO)
    assert policy.recommend(seen(2, 15, used=8), 0).replicas == 4
    assert policy.recommend(seen(2, 0), 50).replicas == 4
    assert policy.recommend(seen(2, 0), 60).replicas == 0
