"""What the operator writes to the status of a pool."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from controller.api.model import TaskType, read_partly
from controller.api.status import (
    MAX_SCALE_ACTIONS,
    Condition,
    ConditionStatus,
    ScaleActionStatus,
    TaskStatus,
    TemporalWorkerPoolStatus,
)

NOON = datetime(2026, 11, 24, 12, 0, 0, 987_654, tzinfo=UTC)


def test_an_unknown_number_is_absent() -> None:
    """Unknown is not zero, and null is not a value of the API."""
    assert TaskStatus(type=TaskType.ACTIVITY, backlog=0).to_manifest() == {"type": "Activity", "backlog": 0}


def test_times_are_written_in_utc_with_whole_seconds() -> None:
    """Times look as Kubernetes writes its own."""
    berlin = NOON.astimezone(timezone(timedelta(hours=1)))
    condition = Condition(
        type="Ready", status=ConditionStatus.TRUE, last_transition_time=berlin, reason="Autoscaling", message=""
    )
    assert condition.to_manifest()["lastTransitionTime"] == "2026-11-24T12:00:00Z"


def test_a_time_without_time_zone_is_refused() -> None:
    """A naive time would be read as another moment elsewhere."""
    with pytest.raises(ValidationError, match="timezone"):
        TemporalWorkerPoolStatus(last_scale_time=NOON.replace(tzinfo=None))


@pytest.mark.parametrize(("measured", "written"), [(0.0, 0.0), (0.04567, 0.046), (12.345, 12.0), (1234.5, 1200.0)])
def test_rates_are_rounded_to_two_digits(measured: float, written: float) -> None:
    """A rate that drifts by less than a hundredth or so is no news."""
    assert TaskStatus(type=TaskType.WORKFLOW, add_rate_per_second=measured).add_rate_per_second == written


def test_a_scale_action_says_from_and_to() -> None:
    """`from` is a keyword of Python, not of the API."""
    action = ScaleActionStatus(
        time=NOON, from_=0, to=4, reason="BacklogPerReplica", message="backlog 20, 5 per replica"
    )
    assert action.to_manifest()["from"] == 0
    assert ScaleActionStatus.from_manifest(action.to_manifest()) == action


def test_no_more_scale_actions_are_kept_than_the_limit() -> None:
    """Status is bounded."""
    action = ScaleActionStatus(time=NOON, from_=0, to=4, reason="BacklogPerReplica", message="")
    with pytest.raises(ValidationError, match="at most 40 items"):
        TemporalWorkerPoolStatus(scale_actions=(action,) * (MAX_SCALE_ACTIONS + 1))


def test_memory_is_one_line_of_text_and_its_earlier_shape_is_read_too() -> None:
    """`kubectl describe` has a line for each field; a status of an earlier version loses nothing."""
    memory = {"version": 2, "queues": {"ü/Activity": {"limit": 1.5}}}
    written = TemporalWorkerPoolStatus(memory=memory).to_manifest()
    assert written == {"conditions": [], "taskQueues": [], "scaleActions": []} | {
        "memory": {"json": '{"version":2,"queues":{"ü/Activity":{"limit":1.5}}}'}
    }
    for shape in (written, written | {"memory": memory}):
        assert TemporalWorkerPoolStatus.from_manifest(shape).memory == memory
    assert TemporalWorkerPoolStatus().to_manifest().get("memory") is None


@pytest.mark.parametrize("odd", ["{", "[]", "null", "3"])
def test_a_memory_that_is_no_object_is_left_out_alone(odd: str) -> None:
    """What it held is learned again."""
    status, unread = read_partly(TemporalWorkerPoolStatus, {"replicas": 3, "memory": {"json": odd}})
    assert (status.replicas, status.memory) == (3, None)
    assert unread == ("memory",)
