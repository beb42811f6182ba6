"""What is remembered of replicas that people set."""

from hypothesis import given
from hypothesis import strategies as st

from controller.scaling.by_hand import MAX_REMEMBERED, REMEMBERED_SECONDS, SetByHand, often, remember


def settings(*ago: float, by: str = "kubectl-scale") -> tuple[SetByHand, ...]:
    """Settings by one manager, so many seconds before the last one."""
    return tuple(SetByHand(1e6 - seconds, 3, by) for seconds in ago)


@given(gaps=st.lists(st.floats(0, REMEMBERED_SECONDS), max_size=60))
def test_a_day_is_remembered_to_a_bound(gaps: list[float]) -> None:
    """The last one always is."""
    known: tuple[SetByHand, ...] = ()
    for number in range(len(gaps)):
        setting = SetByHand(sum(gaps[: number + 1]), number, "k9s")
        known = remember(known, setting)
        assert known[-1] == setting
        assert len(known) <= MAX_REMEMBERED
        assert all(setting.at - each.at < REMEMBERED_SECONDS for each in known)


def test_how_often_is_said_from_the_third_time_on() -> None:
    """Of one manager; only what goes on for an hour may be a job."""
    assert often(settings(60, 0)) == ""
    assert often(settings(240, 60, 0)) == " kubectl-scale set the replicas 3 times in 4m."
    assert often((*settings(240, 60), *settings(0, by="k9s"))) == ""
    assert often(settings(18_000, 14_400, 10_800, 7200, 3600, 0)) == (
        " kubectl-scale set the replicas 6 times in 5h. If a job does it, give the pool schedules instead."
    )
