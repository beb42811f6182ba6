"""Pauses between tries, by a clock and a chance of the test's own."""

from controller.cluster.back_off import LONGEST_PAUSE_SECONDS, RESET_SECONDS, BackOff


def test_pauses_double_up_to_the_longest() -> None:
    """Without chance, and with all of it."""
    least, most = BackOff(lambda: 0.0, lambda: 0.0), BackOff(lambda: 0.0, lambda: 1.0)
    assert [least.next_seconds() for _ in range(7)] == [0.8, 1.6, 3.2, 6.4, 12.8, 15.0, 15.0]
    assert [most.next_seconds() for _ in range(7)] == [1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0]
    assert LONGEST_PAUSE_SECONDS == 30.0


def test_after_two_minutes_without_a_pause_they_begin_anew() -> None:
    """Not before: a server that works for a minute in between is not well yet."""
    clock = [0.0]
    back_off = BackOff(lambda: clock[0], lambda: 0.0)
    assert [back_off.next_seconds() for _ in range(3)] == [0.8, 1.6, 3.2]
    clock[0] += RESET_SECONDS
    assert back_off.next_seconds() == 6.4
    clock[0] += RESET_SECONDS + 1
    assert back_off.next_seconds() == 0.8
