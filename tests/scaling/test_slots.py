"""What is remembered of a tuned variable."""

from controller.scaling.slots import CEILING_SECONDS, TunedSlots


def test_slots_that_ran_out_of_memory_are_tried_again_after_a_day() -> None:
    """Until then one less is the most, and never 0."""
    killed = TunedSlots(ceiling=8, ceiling_at=1000)
    assert killed.highest(20, 1000 + CEILING_SECONDS - 1) == 7
    assert killed.highest(20, 1000 + CEILING_SECONDS) == 20
    assert TunedSlots(ceiling=1, ceiling_at=1000).highest(20, 1001) == 1
    assert TunedSlots(ceiling=30, ceiling_at=5).out_of_memory(8, 1000) == killed


def test_the_first_reading_of_the_pod_template_is_no_change() -> None:
    """What differs at a later one is, by whichever writer."""
    first = TunedSlots().observe(10, 100)
    assert first == TunedSlots(value=10)
    assert first.observe(10, 200) == first
    assert first.observe(12, 300) == TunedSlots(value=12, changed_at=300)


def test_what_speaks_for_a_change_is_watched_from_its_beginning() -> None:
    """And anew after a poll at which it did not."""
    more = TunedSlots().note(100, more=True, fewer=False)
    assert more == TunedSlots(more_since=100)
    assert more.note(200, more=True, fewer=False) == more
    fewer = more.note(300, more=False, fewer=True)
    assert fewer == TunedSlots(fewer_since=300)
    assert fewer.note(400, more=False, fewer=True) == fewer
    assert fewer.note(500, more=False, fewer=False) == TunedSlots()
