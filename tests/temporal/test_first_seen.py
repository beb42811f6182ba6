"""When reports were seen first."""

from controller.temporal.first_seen import FORGOTTEN_SECONDS, FirstSeen


def test_a_report_stays_as_old_as_when_it_was_seen_first() -> None:
    """However often it is listed; the next one is another, whichever way its clock went."""
    seen = FirstSeen()
    assert [seen.age_seconds("a", 130.0, now) for now in (105.0, 110.0, 115.0)] == [0.0, 5.0, 10.0]
    assert seen.age_seconds("a", 140.0, 115.0) == 0.0
    assert seen.age_seconds("b", 140.0, 120.0) == 0.0
    assert seen.age_seconds("a", 90.0, 125.0) == 0.0


def test_workers_that_are_gone_are_forgotten() -> None:
    """A thousand that come and go leave those of the last minutes."""
    seen = FirstSeen()
    for number in range(1000):
        now = number * FORGOTTEN_SECONDS / 10
        seen.age_seconds(f"worker-{number}", now, now)
        seen.forget_gone(now)
    assert len(seen._seen) <= 11
