"""When changing slots is free."""

from typing import Any

import pytest

from controller.operator.slots import is_free_moment
from tests.operator.builders import deployment


@pytest.mark.parametrize(
    ("changes", "free"),
    [
        ({"replicas": 0}, True),
        ({"replicas": 0, "total_replicas": 2, "updated_replicas": 2}, False),  # the last pods still finish
        ({"replicas": 3}, False),
        ({"replicas": 3, "updated_replicas": 1}, True),  # a rollout replaces the other two anyway
        ({"replicas": 3, "generation": 2}, False),  # a scale that was not acted on yet is no rollout
    ],
)
def test_only_a_change_that_restarts_no_running_pod_is_free(changes: dict[str, Any], *, free: bool) -> None:
    """A settled Deployment with pods is never rolled."""
    assert is_free_moment(deployment(**changes)) is free
