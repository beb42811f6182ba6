"""Slots that are planned with where not the slots are the limit."""

import pytest

from controller.scaling.deadline.bottleneck import effective_slots


def test_a_replica_has_the_slots_that_its_pollers_keep_in_use() -> None:
    """100 slots, 100 tasks/s of 20 ms: 0.85 * 100 * 0.02 = 1.7 slots."""
    assert effective_slots(100, 100, 0.02) == pytest.approx(1.7)
    assert effective_slots(100, None, 0.02) == 100
    assert effective_slots(1, 100, 1) == 1
