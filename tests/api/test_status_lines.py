"""Steps and readings are a line each in status, and come back as they were; earlier versions' fields are read, too."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.api.model import TaskType, read_partly
from controller.api.status import DecisionStep, LastDecision, TaskQueueStatus, TaskStatus, TemporalWorkerPoolStatus

NUMBERS = st.none() | st.integers(0, 10**9)
RATES = st.none() | st.sampled_from([0.0, 0.25, 1e-05, 1.5, 120.0, 1.2e6])
TIME = "2026-11-24T12:00:00Z"


@given(st.builds(
    DecisionStep,
    rule=st.sampled_from(["Demand", "Bounds"]), reason=st.just("TooManyReplicas"), message=st.text(), before=NUMBERS,
    after=NUMBERS,
))  # fmt: skip
def test_a_step_comes_back_as_it_was_written(step: DecisionStep) -> None:
    """Whatever its message has."""
    decision = LastDecision.from_manifest({"time": TIME}).model_copy(update={"steps": (step,)})
    assert LastDecision.from_manifest(decision.to_manifest()) == decision


@given(st.builds(
    TaskStatus,
    type=st.sampled_from(TaskType), backlog=NUMBERS, backlog_age_seconds=NUMBERS, slots_used=NUMBERS,
    slots_per_replica=NUMBERS, slots_reported=NUMBERS, add_rate_per_second=RATES, dispatch_rate_per_second=RATES,
    rates_young=st.sampled_from([None, True]),
))  # fmt: skip
def test_a_reading_comes_back_as_it_was_written(task: TaskStatus) -> None:
    """What is unknown stays unknown."""
    queue = TaskQueueStatus(name="orders", tasks=(task,))
    assert TaskQueueStatus.from_manifest(queue.to_manifest()) == queue


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"message": "Why.", "before": 39, "after": 1}, "Bounds/TooManyReplicas 39 → 1: Why."),
        ({"message": "Why.", "before": 4, "after": 4}, "Bounds/TooManyReplicas 4: Why."),
        ({"message": "a: b", "after": 4}, "Bounds/TooManyReplicas - → 4: a: b"),
        ({"message": "Why."}, "Bounds/TooManyReplicas: Why."),
    ],
)
def test_a_step_reads_well(fields: dict[str, Any], line: str) -> None:
    """What decided comes first, then the numbers."""
    step = DecisionStep(rule="Bounds", reason="TooManyReplicas", **fields)
    decision = LastDecision.from_manifest({"time": TIME}).model_copy(update={"steps": (step,)})
    assert decision.to_manifest()["steps"] == [line]


def test_a_reading_reads_well() -> None:
    """The number before its name, as people say it."""
    task = TaskStatus(type=TaskType.ACTIVITY, backlog=37, backlog_age_seconds=35, add_rate_per_second=1.2, slots_used=1)
    queue = TaskQueueStatus(name="orders", tasks=(task, TaskStatus(type=TaskType.NEXUS)))
    assert queue.to_manifest()["tasks"] == ["Activity: 37 wait, oldest 35 s, 1.2/s added, 1 slots used", "Nexus: -"]


def test_the_status_of_an_earlier_version_is_read_with_what_it_has_as_fields() -> None:
    """An operator that was upgraded goes on from it."""
    step = {"rule": "Bounds", "reason": "TooManyReplicas", "message": "Why.", "before": 39, "after": 1}
    tasks = [{"type": "Activity", "backlog": 3, "slotsReported": 5}]
    status, unread = read_partly(
        TemporalWorkerPoolStatus,
        {"lastDecision": {"time": TIME, "steps": [step]}, "taskQueues": [{"name": "orders", "tasks": tasks}]},
    )
    assert unread == ()
    assert status.last_decision
    assert status.last_decision.steps == (DecisionStep.from_manifest(step),)
    assert status.task_queues[0].tasks == (TaskStatus.from_manifest(tasks[0]),)


@pytest.mark.parametrize("odd", ["", "no step", "Bounds 3", 7, {"rule": 1}, [], "Activity", "Other: 3 wait"])
def test_a_line_that_cant_be_read_counts_as_absent(odd: object) -> None:
    """The rest is kept."""
    for manifest in (
        {"backlog": 3, "lastDecision": {"time": TIME, "steps": [odd]}},
        {"backlog": 3, "taskQueues": [{"name": "orders", "tasks": [odd]}]},
    ):
        status, _ = read_partly(TemporalWorkerPoolStatus, manifest)
        assert status.backlog == 3
        assert status.to_manifest()["backlog"] == 3


def test_a_condition_names_a_generation_only_where_it_is_not_that_of_the_status() -> None:
    """It comes back all the same: what an earlier reconcile found stays known as such."""
    ready = {"type": "Ready", "status": "True", "reason": "Autoscaling", "message": "", "lastTransitionTime": TIME}
    manifest = {"observedGeneration": 3, "conditions": [ready, {**ready, "type": "Connected", "observedGeneration": 2}]}
    status = TemporalWorkerPoolStatus.from_manifest(manifest)
    assert [condition.observed_generation for condition in status.conditions] == [3, 2]
    assert status.to_manifest()["conditions"] == manifest["conditions"]
