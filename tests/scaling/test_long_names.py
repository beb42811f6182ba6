"""Names of any length leave every message within 1 KB, and what decided readable."""

from dataclasses import replace
from typing import Any

import pytest

from controller.api.text import MAX_BYTES
from controller.scaling.decide import decide
from controller.scaling.memory import Memory
from controller.scaling.observation import Blocker, TaskQueueObservation, Unknown, UnknownCause
from controller.scaling.reasons import Rule
from tests.scaling.builders import NOW, observation, pod, pods, queue, report, spec, statistics

NAMES = tuple(f"{index:02}-" + "ü" * 997 for index in range(16))
WAITS = tuple(queue(statistics(40, age_seconds=20), name=name) for name in NAMES)
LOST = tuple(queue(Unknown(UnknownCause.LOST, f"Could not read {name}."), name=name) for name in NAMES)
UNPOLLED = tuple(replace(each, unpolled_since=NOW - 120) for each in WAITS)
RUNNING = pods(4, used=9)
BLOCKED = replace(pod(name="p" * 1000, ready_since=None), blocker=Blocker("ImagePullBackOff", "x" * 3000))


@pytest.mark.parametrize("objective", [{"backlogPerReplica": 5}, {"scheduleToStartSeconds": 30}], ids=str)
@pytest.mark.parametrize(
    "queues", [WAITS, LOST, UNPOLLED, (*WAITS[:8], *LOST[8:])], ids=["wait", "lost", "off", "half"]
)
def test_no_message_is_longer_than_a_status_takes(
    objective: dict[str, Any], queues: tuple[TaskQueueObservation, ...]
) -> None:
    """16 task queues with names of 1,000 characters, and a pod whose image can't be pulled."""
    tasks = [{"type": "Activity", "slots": 10}]
    pool = spec(taskQueues=[{"name": name, "tasks": tasks} for name in NAMES], objective=objective, maxReplicas=100)
    busy = pod(*(report(3, name=name) for name in NAMES), name="worker-9")
    for there in (RUNNING, (*RUNNING, BLOCKED), (busy,), ()):
        decision = decide(pool, observation(*queues, replicas=len(there), pods=there), Memory(), NOW)
        messages = [decision.explanation, *(step.message for step in decision.steps)]
        assert [message for message in messages if len(message.encode()) > MAX_BYTES] == []


@pytest.mark.parametrize("objective", [{"backlogPerReplica": 5}, {"scheduleToStartSeconds": 30}], ids=str)
def test_the_number_is_said_beside_a_long_name(objective: dict[str, Any]) -> None:
    """The name is cut, and not the sentence."""
    decision = decide(spec(objective=objective), observation(*WAITS), Memory(), NOW)
    step = decision.step(Rule.DEMAND)
    assert step
    assert f"needs {step.replicas_after} replicas" in decision.explanation
