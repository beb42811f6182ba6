"""Steps of a decision and readings of a task queue as one line each, which is read back.

As fields they would be 5 to 9 lines each of `kubectl describe`, and the cause far away. Earlier versions wrote fields,
and those are read, too.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

_STEP: Final = re.compile(
    r"(?P<rule>\w+)/(?P<reason>\w+)(?: (?P<before>\d+|-) → (?P<after>\d+|-)| (?P<same>\d+))?: (?P<message>.*)",
    re.DOTALL,
)

_NUMBERS: Final = {
    "backlog": "{} wait",
    "backlogAgeSeconds": "oldest {} s",
    "addRatePerSecond": "{:g}/s added",
    "dispatchRatePerSecond": "{:g}/s dispatched",
    "slotsUsed": "{} slots used",
    "slotsPerReplica": "{} slots per replica",
    "slotsReported": "{} slots reported",
}
"""Each number of a task type in the line."""

_YOUNG: Final = "rates young"

_READ: Final = {
    name: re.compile(re.escape(re.sub("{.*}", "{}", text)).replace(r"\{\}", r"(-?[\d.]+(?:e[+-]?\d+)?)"))
    for name, text in _NUMBERS.items()
}


def step_line(step: Mapping[str, Any]) -> str:
    """A step as `Bounds/TooManyReplicas 39 → 1: Limited to maxReplicas 1.`; one number where it did not change it."""
    before, after = step.get("before"), step.get("after")
    numbers = f" {_shown(before)} → {_shown(after)}"
    if before == after:
        numbers = "" if before is None else f" {before}"
    return f"{step['rule']}/{step['reason']}{numbers}: {step['message']}"


def step_fields(line: Any) -> Any:  # noqa: ANN401 - whatever the API server has
    """What `step_line` made a line of; anything else as it is."""
    if not isinstance(line, str) or not (found := _STEP.fullmatch(line)):
        return line
    same = found["same"]
    numbers = {"before": found["before"] or same, "after": found["after"] or same}
    known = {name: int(number) for name, number in numbers.items() if number not in (None, "-")}
    return {"rule": found["rule"], "reason": found["reason"], "message": found["message"], **known}


def task_line(task: Mapping[str, Any]) -> str:
    """A task type as `Activity: 37 wait, oldest 35 s, 1.2/s added, 0.12/s dispatched, 1 slots used`.

    What is unknown is left out.
    """
    parts = [text.format(task[name]) for name, text in _NUMBERS.items() if task.get(name) is not None]
    return f"{task['type']}: {', '.join([*parts, _YOUNG] if task.get('ratesYoung') else parts) or '-'}"


def task_fields(line: Any) -> Any:  # noqa: ANN401 - whatever the API server has
    """What `task_line` made a line of; anything else as it is."""
    if not isinstance(line, str):
        return line
    task_type, _, rest = line.partition(": ")
    parts = rest.split(", ")
    numbers = {name: found[1] for name, text in _READ.items() for part in parts if (found := text.fullmatch(part))}
    return {"type": task_type, **numbers, **({"ratesYoung": True} if _YOUNG in parts else {})}


def _shown(number: int | None) -> str:
    return "-" if number is None else str(number)
