"""The numbers of a pool over time."""

from controller.page.series import MAX_RECENT, MINUTES, RECENT_SECONDS, SPARE, Row, Series


def _series(*rows: tuple[float, float]) -> Series:
    """Backlogs at times."""
    series = Series()
    for at, backlog in rows:
        series.add(at, Row(backlog=backlog, desired=backlog))
    return series


def test_the_last_quarter_of_an_hour_is_kept_pass_by_pass_and_what_is_older_minute_by_minute() -> None:
    """So that an hour takes 60 rows and the last minutes are exact."""
    series = _series(*((at, at) for at in range(0, 3600, 15)))
    times = [time for time, _ in series]
    recent = [time for time in times if time > 3585 - RECENT_SECONDS]
    assert recent == list(range(2700, 3600, 15))
    assert times[: -len(recent)] == list(range(45, 2700, 60))


def test_a_minute_has_its_highest_backlog_and_its_last_number_of_replicas() -> None:
    """A spike between two rows must not vanish."""
    series = _series((0, 3), (20, 50), (40, 4), (RECENT_SECONDS + 60, 0))
    time, row = next(iter(series))
    assert (time, row.backlog, row.desired) == (40, 50, 4)


def test_memory_is_bounded_however_often_a_pool_is_reconciled() -> None:
    """Six hours of a pass each second."""
    series = _series(*((at, 1) for at in range(7 * 3600)))
    assert len(list(series)) <= MAX_RECENT + MINUTES + 2 * SPARE


def test_the_row_of_a_moment_is_the_last_one_before_it() -> None:
    """Nothing is known of the time before the first one."""
    series = _series((100, 1), (115, 2))
    assert series.at(99) is None
    assert [series.at(at) and series.at(at)[1].backlog for at in (100, 114, 115, 900)] == [1, 1, 2, 2]  # type: ignore[index]


def test_a_clock_that_was_set_back_leaves_time_in_order() -> None:
    """The rows of a time that comes again are replaced."""
    series = _series((1000, 1), (1015, 2), (1030, 3), (1014, 4))
    assert [(time, row.backlog) for time, row in series] == [(1000, 1), (1014, 4)]
