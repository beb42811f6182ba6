"""Pauses between tries."""

import pytest

from localcluster.kubelet.back_off import BackOff


@pytest.mark.parametrize(
    ("at_once", "pauses"),
    [
        pytest.param(False, [10, 20, 40, 80, 160, 300, 300], id="pulls"),
        pytest.param(True, [0, 10, 20, 40, 80, 160, 300, 300], id="restarts: the first comes at once"),
    ],
)
def test_pauses_double_up_to_five_minutes(pauses: list[float], *, at_once: bool) -> None:
    """The real kubelet's."""
    back_off = BackOff(at_once=at_once)
    assert [back_off.after(5) for _ in pauses] == pauses


def test_a_long_run_begins_anew() -> None:
    """Ten minutes, the longest pause twice."""
    back_off = BackOff(at_once=True)
    assert [back_off.after(seconds) for seconds in (1, 1, 600, 601, 1)] == [0, 10, 20, 0, 10]


def test_the_first_pause_can_be_shorter_for_tests() -> None:
    """The others follow from it."""
    back_off = BackOff(0.5)
    assert [back_off.after(0) for _ in range(3)] == [0.5, 1, 2]
