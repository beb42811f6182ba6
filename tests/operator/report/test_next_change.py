"""What would change a decision is in status once it is written, and goes with its decision."""

from dataclasses import replace

from controller.api.model import TaskType, timestamp
from controller.api.status import NextChange, TemporalWorkerPoolStatus
from controller.operator.passes import PassResult
from controller.operator.report import status as render
from controller.operator.report.next_change import with_next_change
from controller.scaling.decision import Situation
from controller.scaling.memory import Memory
from controller.scaling.observation import Observation
from tests.operator.builders import deployment
from tests.scaling.builders import NOW, free_behavior, idle_for, observation, pods, queue, spec


def _result(seen: Observation, memory: Memory) -> PassResult:
    zero = spec(scaleToZero={"idleSeconds": 60}, behavior=free_behavior())
    return PassResult.of(Situation(zero, seen, memory, NOW), deployment(replicas=seen.replicas))


async def _written(result: PassResult) -> TemporalWorkerPoolStatus:
    status = render.decided(TemporalWorkerPoolStatus(), result.decision, result.memory, NOW)
    return await with_next_change(status, result)


def _change(status: TemporalWorkerPoolStatus) -> NextChange | None:
    assert status.last_decision is not None
    return status.last_decision.next_change


async def test_it_names_the_backlog_and_the_time() -> None:
    """A pool that has been idle for 10 of 60 s, and grows beyond 5 tasks for its replica, with the tolerance."""
    status = await _written(_result(observation(replicas=1, pods=pods(1)), idle_for(10)))
    assert _change(status) == NextChange(
        task_queue="orders",
        task_type=TaskType.ACTIVITY,
        up_at_backlog=6,
        up_replicas=2,
        time=timestamp(NOW + 50),
        replicas=0,
    )


async def test_what_is_not_found_is_absent() -> None:
    """At maxReplicas neither more tasks nor time change anything."""
    status = await _written(_result(observation(queue(500), replicas=20, pods=pods(20, used=10)), Memory()))
    assert _change(status) is None


async def test_it_goes_with_the_decision_that_it_was_found_for() -> None:
    """A pass without a decision has none; one that says the same keeps it until status is written again."""
    result = _result(observation(replicas=1, pods=pods(1)), idle_for(10))
    status = await _written(result)
    assert _change(render.decided(status, result.decision, result.memory, NOW + 5)) == _change(status)
    assert _change(await with_next_change(status, None)) is None
    other = replace(result.decision, desired_replicas=7)
    assert _change(render.decided(status, other, result.memory, NOW + 5)) is None
