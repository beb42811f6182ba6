"""Who scales."""

import pytest

from bench.real.scalers import KEDA, constant_replicas, is_known


@pytest.mark.parametrize(
    ("name", "replicas"), [("constant-10", 10), ("constant-", None), ("constant-x", None), ("10", None), ("twp", None)]
)
def test_a_constant_number_is_part_of_its_name(name: str, replicas: int | None) -> None:
    """Any number."""
    assert constant_replicas(name) == replicas


def test_only_what_there_is_can_be_chosen() -> None:
    """The operator, stand-ins, and constant numbers."""
    assert all(is_known(name) for name in ("twp", *KEDA, "hpa-ramp", "constant-3"))
    assert not is_known("keda")
