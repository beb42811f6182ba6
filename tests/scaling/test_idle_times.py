"""Lulls of the load that came back."""

from controller.scaling.lull import Lull
from tests.scaling.builders import NOW

WENT = Lull(NOW, 6)
"""Six replicas were wanted until now."""


def test_a_load_below_half_of_the_typical_one_has_gone() -> None:
    """Three of six are still the load, two are not."""
    assert Lull().observe(3, 6, NOW) == Lull()
    assert Lull(seconds=100).observe(2, 6, NOW) == Lull(NOW, 6, 100)


def test_the_load_is_back_from_half_of_what_it_was() -> None:
    """The lull took 300 s."""
    assert WENT.observe(2, 0, NOW + 300) == WENT
    assert WENT.observe(3, 0, NOW + 300) == Lull(seconds=300)


def test_who_waited_for_the_load_is_told_when_it_is_back() -> None:
    """And at no other moment."""
    assert (WENT.back(2), WENT.back(3), Lull(seconds=300).back(3)) == (0, 6, 0)


def test_a_lull_of_more_than_eleven_minutes_is_an_end() -> None:
    """Also the length of the one before is forgotten."""
    assert Lull(NOW, 6, 300).observe(0, 0, NOW + 660) == Lull(NOW, 6, 300)
    assert Lull(NOW, 6, 300).observe(0, 0, NOW + 661) == Lull()


def test_replicas_are_kept_for_as_long_as_the_last_lull_took_and_a_tenth_more() -> None:
    """The load does not always come back to the second."""
    assert Lull(NOW, 6, 300).kept_replicas(NOW + 330) == 6
    assert Lull(NOW, 6, 300).kept_replicas(NOW + 331) == 0
    assert Lull(seconds=300).kept_replicas(NOW) == 0
    assert WENT.kept_replicas(NOW + 1) == 0


def test_a_clock_that_goes_back_lengthens_no_lull() -> None:
    """What lies after now counts as now."""
    assert WENT.not_after(NOW - 10) == Lull(NOW - 10, 6)
    assert WENT.not_after(NOW + 10) == WENT
    assert Lull().not_after(NOW) == Lull()
    assert WENT.observe(6, 6, NOW) == Lull()
