"""The published algorithms that stand in for KEDA and the HPA."""

import pytest

from bench.real.autoscalers import HorizontalPodAutoscaler, KedaLoop, KedaSettings


def hpa(target: float = 5, window: float = 300) -> HorizontalPodAutoscaler:
    """One for 1 to 40 replicas."""
    return HorizontalPodAutoscaler(target, 1, 40, window)


@pytest.mark.parametrize(
    ("metric", "wanted"), [(0, 1), (4, 1), (27, 5), (27.4, 5), (27.6, 6), (22.5, 5), (22.4, 5), (20, 4), (1000, 10)]
)
def test_the_metric_divided_by_the_target_rounded_up(metric: float, wanted: int) -> None:
    """From 5 replicas with a target of 5: within 10 % nothing changes; twice as many at most, from 5 to 10."""
    assert hpa(window=0).desired(metric, current=5, existing=5, now=0) == wanted


def test_one_step_each_period_on_the_way_up() -> None:
    """Four pods or as many again, whichever is more, for each 15 s: the ramp."""
    scaler, replicas, seen = hpa(), 1, []
    for number in range(5):
        replicas = scaler.desired(400, replicas, replicas, now=15.0 * number)
        seen.append(replicas)
    assert seen == [5, 10, 20, 40, 40]


def test_a_second_sync_within_a_period_adds_nothing() -> None:
    """What was added within it counts."""
    scaler = hpa()
    assert scaler.desired(400, 1, 1, now=0) == 5
    assert scaler.desired(400, 5, 5, now=14.9) == 5
    assert scaler.desired(400, 5, 5, now=15) == 10


def test_down_only_to_the_highest_of_the_window() -> None:
    """All at once when it is over."""
    scaler = hpa(window=30)
    assert scaler.desired(100, 20, 20, now=0) == 20
    assert scaler.desired(0, 20, 20, now=15) == 20
    assert scaler.desired(0, 20, 20, now=29.9) == 20
    assert scaler.desired(0, 20, 20, now=30) == 1


def test_what_could_not_be_reached_is_not_made_up_for_on_the_way_down() -> None:
    """40 were recommended, and the ramp stood at 10."""
    scaler = hpa()
    assert scaler.desired(400, 5, 5, now=0) == 10
    assert scaler.desired(0, 10, 10, now=15) == 10


def test_zero_replicas_switch_it_off_unless_zero_is_its_minimum() -> None:
    """KEDA's HPA waits for the first replica; one with `minReplicas: 0` starts with four pods."""
    assert hpa().desired(400, 0, 0, now=0) == 0
    alone = HorizontalPodAutoscaler(5, 0, 40, 300)
    assert alone.desired(400, 0, 0, now=0) == 4
    assert alone.desired(0, 0, 0, now=400) == 0


def test_the_loop_wakes_with_one_replica_and_leaves_more_to_the_hpa() -> None:
    """Any backlog above `activationTargetQueueSize` 0."""
    loop = KedaLoop(KedaSettings())
    assert loop.desired(1, current=0, now=0) == 1
    assert loop.desired(400, current=12, now=30) == 12


def test_the_loop_goes_to_zero_from_any_number_after_the_cooldown() -> None:
    """300 s after the last poll that saw backlog."""
    loop = KedaLoop(KedaSettings(cooldown_seconds=30))
    loop.desired(3, current=7, now=100)
    assert loop.desired(0, current=7, now=130) == 7
    assert loop.desired(0, current=7, now=131) == 0


def test_the_loop_does_not_wait_where_it_was_never_active() -> None:
    """KEDA skips the cooldown then."""
    assert KedaLoop(KedaSettings()).desired(0, current=7, now=0) == 0
