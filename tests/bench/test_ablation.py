"""The ablation switches parts of the decision off by their names: each has to be there."""

import pytest

from bench.ablation import PARTS


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_switched_off_is_one_of_the_decision(part: str) -> None:
    """A name that a rename left behind would only show in a run of an hour."""
    assert all(hasattr(owner, name) for owner, name, _ in PARTS[part])
