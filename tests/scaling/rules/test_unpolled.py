"""Workers that don't poll get no company."""

from dataclasses import replace

from controller.scaling.decide import decide
from controller.scaling.memory import Memory
from controller.scaling.observation import Observation, TaskQueueObservation, Unknown, UnknownCause
from controller.scaling.reasons import Rule, StepReason
from tests.scaling.builders import NOW, free_behavior, observation, outcome, pod, pods, queue, report, spec, statistics

UNPOLLED = replace(queue(100), unpolled_since=NOW - 120)
SPEC = spec(behavior=free_behavior().to_manifest())


def _decided(seen: Observation) -> tuple[int, StepReason | None]:
    decision = decide(SPEC, seen, Memory(), NOW)
    step = decision.step(Rule.WORKERS_POLLING)
    return decision.desired_replicas, step.reason if step else None


def test_replicas_do_not_rise_for_tasks_that_nobody_asks_for() -> None:
    """100 tasks wait, and the two ready pods have never polled."""
    assert _decided(observation(UNPOLLED, replicas=2, pods=pods(2))) == (2, StepReason.NOT_POLLING)
    both = observation(UNPOLLED, replace(UNPOLLED, task_queue="bills"), replicas=2, pods=pods(2))
    step = decide(SPEC, both, Memory(), NOW).step(Rule.WORKERS_POLLING)
    assert outcome(step) == (Rule.WORKERS_POLLING, StepReason.NOT_POLLING, 20, 2)


def test_replicas_rise_for_another_queue_that_is_polled() -> None:
    """A queue that no worker polls keeps no other one waiting, and gets nothing by another that does wait."""
    other = queue(50, name="bills")
    assert _decided(observation(UNPOLLED, other, replicas=2, pods=pods(2))) == (10, StepReason.NOT_POLLING)
    larger = queue(100, name="bills")
    assert _decided(observation(UNPOLLED, larger, replicas=2, pods=pods(2))) == (20, None)
    unread = queue(Unknown(UnknownCause.LOST, "timed out"), name="bills")
    assert _decided(observation(UNPOLLED, unread, replicas=2, pods=pods(2))) == (2, StepReason.NOT_POLLING)


def test_replicas_rise_no_further_by_the_deadline_law_either() -> None:
    """500 tasks wait where no worker polls, and 20 where one does."""
    deadline = spec(objective={"scheduleToStartSeconds": 60})
    many = replace(queue(statistics(500, age_seconds=30)), unpolled_since=NOW - 120)
    few = queue(statistics(20, age_seconds=30), name="bills")
    busy = tuple(pod(report(10, name="bills"), name=f"worker-{i}") for i in range(2))

    def desired(*queues: TaskQueueObservation) -> int:
        return decide(deadline, observation(*queues, replicas=2, pods=busy), Memory(), NOW).desired_replicas

    assert desired(many, few) == desired(few) < desired(replace(many, unpolled_since=None), few)


def test_replicas_may_fall_and_minreplicas_holds() -> None:
    """Only growth is held, and the owner's lower bound is the owner's."""
    empty = replace(UNPOLLED, statistics=queue(0).statistics)
    assert _decided(observation(empty, replicas=2, pods=pods(2)))[0] < 2
    more = SPEC.model_copy(update={"min_replicas": 5})
    assert decide(more, observation(UNPOLLED, replicas=2, pods=pods(2)), Memory(), NOW).desired_replicas == 5


def test_growth_that_no_queue_asks_for_is_no_matter_of_polls() -> None:
    """Nothing could be read, so that the fallback raises."""
    fallback = spec(fallback={"afterSeconds": 0, "behavior": "ReplicasIfHigher", "replicas": 6}).fallback
    unread = observation(queue(Unknown(UnknownCause.LOST, "timed out")), replicas=2, pods=pods(2))
    decision = decide(SPEC.model_copy(update={"fallback": fallback}), unread, Memory(), NOW)
    assert (decision.desired_replicas, decision.step(Rule.WORKERS_POLLING)) == (6, None)


def test_the_first_replicas_start_whoever_polls() -> None:
    """At zero no worker can poll."""
    assert _decided(observation(queue(100), replicas=0)) == (20, None)
