"""How young the rates of a queue may be."""

from controller.temporal.sights import TRUE_MEAN_SECONDS, UNLOADED_SECONDS, QueueSights


def test_rates_are_young_for_the_servers_window() -> None:
    """From the first read on, by queue."""
    sights = QueueSights()
    assert sights.seen("orders", 100)
    assert sights.seen("orders", 100 + TRUE_MEAN_SECONDS - 1)
    assert not sights.seen("orders", 100 + TRUE_MEAN_SECONDS)
    assert sights.seen("bills", 100 + TRUE_MEAN_SECONDS)


def test_a_queue_that_was_lost_or_left_alone_is_young_again() -> None:
    """A server that restarts, or unloads what nobody reads, counts anew."""
    sights = QueueSights()
    for at in (0.0, 60.0):
        sights.seen("orders", at)
    assert not sights.seen("orders", 61)
    sights.lost("orders")
    assert sights.seen("orders", 62)
    assert not sights.seen("orders", 100)
    assert sights.seen("orders", 101 + UNLOADED_SECONDS)


def test_queues_that_nobody_reads_are_forgotten() -> None:
    """A pool that was deleted leaves nothing behind."""
    sights = QueueSights()
    sights.seen("orders", 0)
    sights.seen("bills", 200)
    sights.seen("letters", UNLOADED_SECONDS + 1)
    assert list(sights._sights) == ["bills", "letters"]
