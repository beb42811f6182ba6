"""What servers don't know."""

from controller.temporal.lacking import RETRIED_SECONDS, Lacking


def test_what_is_missing_is_remembered_for_a_while() -> None:
    """It is asked for again after a time, and what is missing elsewhere is another thing."""
    lacking = Lacking()
    lacking.note(("old", "statistics"), 1000.0)
    assert lacking.has(("old", "statistics"), 1000.0)
    assert lacking.has(("old", "statistics"), 1000.0 + RETRIED_SECONDS - 1)
    assert not lacking.has(("old", "statistics"), 1000.0 + RETRIED_SECONDS)
    assert not lacking.has(("new", "statistics"), 1000.0)


def test_servers_that_are_gone_are_forgotten() -> None:
    """A thousand addresses, each noted once, leave one note."""
    lacking = Lacking()
    for number in range(1000):
        lacking.note(f"server-{number}", number * RETRIED_SECONDS)
    assert len(lacking._until) == 1
