"""Whether the machine had time."""

from bench.real.machine import Machine, cpu_share


def test_a_share_is_the_time_that_was_had_of_the_time_that_passed() -> None:
    """Never more than one CPU."""
    assert 0 < cpu_share(0.002) <= 1


def test_a_run_is_disturbed_where_programs_wait_longer_than_they_work() -> None:
    """On the whole: pods that start keep the CPUs busy for a moment, too."""
    assert Machine(20, 0, 0.5, 0.59, 0.5).disturbed
    assert not Machine(20, 0, 0.5, 0.6, 0.3).disturbed
