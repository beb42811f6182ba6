"""How the server counts: in windows, and in buckets as a real one does."""

import pytest

from controller.simulator.task_queue import BucketedRate


def counted(*times: float) -> BucketedRate:
    """A rate after tasks at these times."""
    rate = BucketedRate()
    for time in times:
        rate.count(time)
    return rate


@pytest.mark.parametrize(
    ("now", "per_second"),
    [
        pytest.param(13, 100 / 3, id="after 3 s it is divided by 3"),
        pytest.param(30, 5, id="after 20 s by 20"),
        pytest.param(44, 100 / 34, id="after 34 s by the 30 s of six buckets and the 4 s of the youngest"),
        pytest.param(45, 0, id="after 35 s the bucket of the burst is gone"),
    ],
)
def test_a_burst_fades_as_on_a_real_server(now: float, per_second: float) -> None:
    """100 tasks at 10 s, which were the queue's first."""
    assert counted(*[10] * 100).per_second(now, loaded_at=10) == pytest.approx(per_second)


def test_a_rate_of_nothing_is_zero() -> None:
    """Before the first task there is nothing to divide by."""
    assert BucketedRate().per_second(5, loaded_at=float("inf")) == 0


def test_a_long_pause_empties_all_buckets() -> None:
    """However long it was."""
    rate = counted(10, 10)
    rate.count(1000)
    assert rate.per_second(1000, loaded_at=10) == pytest.approx(1 / 30)
