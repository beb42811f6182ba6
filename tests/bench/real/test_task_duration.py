"""What the operator says a task takes, beside the truth."""

from typing import Any

from bench.real.recording import Attempt, Task
from bench.real.task_duration import ToldDuration, told_duration

TASKS = [Task(0, 2, (Attempt(8, 10),)), Task(0, 2, (Attempt(9, 11),))]


def decision(at: float, text: str) -> dict[str, Any]:
    """One of the operator's."""
    return {"at_seconds": at, "steps": ["Backlog/NoBacklog: bench/Activity: No task waits.", text]}


def measured(seconds: float, type_: str = "Activity") -> str:
    """A step of a decision that measured something."""
    return (
        f"ServiceTime/ServiceTimeMeasured: bench/{type_}: A task takes {seconds} s, at most about 9 s: 4 tasks ended."
    )


def test_what_is_told_half_a_minute_after_the_first_end_counts() -> None:
    """And the least, whenever it was; what is assumed is not measured."""
    taken = [
        decision(5, "ServiceTime/ServiceTimeAssumed: bench/Activity: A task takes 0.1 s"),
        decision(12, measured(0.5)),
        decision(39.9, measured(4)),
        decision(40, measured(3)),
        decision(60, measured(2)),
    ]
    assert told_duration(taken, TASKS) == ToldDuration(1.5, 0.25)


def test_workflow_tasks_are_another_matter() -> None:
    """They take milliseconds."""
    assert told_duration([decision(40, measured(0.01, "Workflow"))], TASKS) == ToldDuration(None, None)
