"""When reports were seen first."""

from controller.temporal.first_seen import FORGOTTEN_SECONDS, FirstSeen


def test_a_report_stays_as_old_as_when_it_was_seen_first() -> None:
    """However often it is listed; the next one is another, whichever way its clock went."""
    seen = FirstSeen()
    assert [seen.at("a", 130.0, now) for now in (105.0, 110.0, 115.0)] == [105.0] * 3
    assert seen.at("a", 140.0, 115.0) == 115.0
    assert seen.at("b", 140.0, 120.0) == 120.0
    assert seen.at("a", 90.0, 125.0) == 125.0


def test_a_clock_of_the_operator_that_is_set_back_makes_no_report_younger_than_now() -> None:
    """What was seen an hour from now was seen now at the latest."""
    seen = FirstSeen()
    seen.at("a", 130.0, 3700.0)
    assert seen.at("a", 130.0, 100.0) == 100.0


def test_workers_that_are_gone_are_forgotten() -> None:
    """A thousand that come and go leave those of the last minutes."""
    seen = FirstSeen()
    for number in range(1000):
        now = number * FORGOTTEN_SECONDS / 10
        seen.at(f"worker-{number}", now, now)
        seen.forget_gone(now)
    assert len(seen._seen) <= 11
