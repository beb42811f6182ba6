"""What is remembered of a tuned variable."""

from controller.scaling.slots.memory import CEILING_SECONDS, TunedSlots


def test_times_that_lie_ahead_are_moved_to_now() -> None:
    """A clock that went back frees no cool-down; times that are past stay."""
    before = TunedSlots(changed_at=10, more_since=20, fewer_since=30, ceiling=8, ceiling_at=40)
    assert before.not_after(25) == TunedSlots(changed_at=10, more_since=20, fewer_since=25, ceiling=8, ceiling_at=25)
    later = TunedSlots(changed_at=30, more_since=40, ceiling_at=10)
    assert later.not_after(25) == TunedSlots(changed_at=25, more_since=25, ceiling_at=10)


def test_slots_that_ran_out_of_memory_are_tried_again_after_a_day() -> None:
    """Until then one less is the most, and never 0."""
    killed = TunedSlots(ceiling=8, ceiling_at=1000)
    assert killed.highest(20, 1000 + CEILING_SECONDS - 1) == 7
    assert killed.highest(20, 1000 + CEILING_SECONDS) == 20
    assert TunedSlots(ceiling=1, ceiling_at=1000).highest(20, 1001) == 1
    assert TunedSlots(ceiling=30, ceiling_at=5).out_of_memory(8, 1000) == killed
