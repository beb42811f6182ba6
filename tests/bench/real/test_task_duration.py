"""The duration of a task that the operator reports, beside the true one."""

from typing import Any

from bench.real.recording import Attempt, Task
from bench.real.task_duration import ReportedDuration, reported_duration
from controller.scaling.deadline.service_time import ServiceTime, Tally

TASKS = [Task(0, 2, (Attempt(8, 10),)), Task(0, 2, (Attempt(9, 11),))]


def decision(at: float, text: str) -> dict[str, Any]:
    """One of the operator's."""
    return {"at_seconds": at, "steps": ["Backlog/NoBacklog: bench/Activity: No task waits.", text]}


def measured(seconds: float, type_: str = "Activity") -> str:
    """A step of a decision that measured something, in its own words."""
    known = ServiceTime(by_reports=Tally(slot_seconds=10_000 * seconds, completions=10_000))
    found = known.duration(5, 0, hinted=False, by_reports=True)
    return f"ServiceTime/{found.reason}: bench/{type_}: {found.message}"


def test_what_is_reported_half_a_minute_after_the_first_end_counts() -> None:
    """And the least, whenever it was; what is assumed is not measured."""
    taken = [
        decision(5, "ServiceTime/ServiceTimeAssumed: bench/Activity: A task takes 0.1 s"),
        decision(12, measured(0.5)),
        decision(39.9, measured(4)),
        decision(40, measured(3)),
        decision(60, measured(2)),
    ]
    assert reported_duration(taken, TASKS) == ReportedDuration(1.5, 0.25)


def test_workflow_tasks_are_another_matter() -> None:
    """They take milliseconds."""
    assert reported_duration([decision(40, measured(0.01, "Workflow"))], TASKS) == ReportedDuration(None, None)
