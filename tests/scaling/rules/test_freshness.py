"""What is not known never lowers the number, and not knowing anything for long may raise it (rule 2)."""

from dataclasses import replace

from controller.scaling.decide import decide
from controller.scaling.memory import Memory
from controller.scaling.observation import Observation, Unknown, UnknownCause
from controller.scaling.reasons import Rule, StepReason
from tests.scaling.builders import LOST, NOW, free_behavior, observation, queue, spec

OTHER = Unknown(UnknownCause.LOST, "The backlog of mails/Activity was not read: refused.")


def blind(replicas: int = 3) -> Observation:
    """Two queues, neither of which could be read."""
    return observation(queue(LOST), queue(OTHER, name="mails"), replicas=replicas)


def test_nothing_read_holds_and_says_of_what_and_for_how_long() -> None:
    """Every missing reading is named."""
    decision = decide(spec(), blind(), Memory(blind_since=NOW - 20), NOW)
    step = decision.step(Rule.FRESHNESS)
    assert step is not None
    assert (decision.desired_replicas, step.reason, step.replicas_after) == (3, StepReason.NOTHING_READ, 3)


def test_since_when_nothing_was_read_is_remembered_until_something_is() -> None:
    """The first blind pass counts, not the last; an answer ends it."""
    memory = decide(spec(), blind(), Memory(), NOW).memory
    assert memory.blind_since == NOW
    memory = decide(spec(), blind(), memory, NOW + 30).memory
    assert memory.blind_since == NOW
    decision = decide(spec(), observation(queue(0), queue(0, name="mails"), replicas=3), memory, NOW + 45)
    step = decision.step(Rule.FRESHNESS)
    assert step is not None
    assert (decision.memory.blind_since, step.reason) == (None, StepReason.READINGS_BACK)


def test_a_fallback_without_replicas_raises_nothing() -> None:
    """No number, no replicas."""
    fallback = {"afterSeconds": 10, "behavior": "ReplicasIfHigher"}
    decision = decide(spec(fallback=fallback), blind(0), Memory(blind_since=NOW - 10), NOW)
    step = decision.step(Rule.FRESHNESS)
    assert step is not None
    assert (decision.desired_replicas, step.reason) == (0, StepReason.FALLBACK)


def test_a_picture_that_is_not_renewed_lowers_nothing_and_may_raise() -> None:
    """Pods may run by now what is not seen; the reason says which watch and why."""
    said = "pods of namespace prod has not been up to date for 75 s: refused"
    idle, busy = (replace(observation(queue(n), replicas=3), outdated=said) for n in (0, 30))
    memory = Memory(busy_at=NOW - 3600)
    held = decide(spec(behavior=free_behavior()), idle, memory, NOW)
    step = held.step(Rule.FRESHNESS)
    assert step is not None
    assert (held.desired_replicas, step.reason) == (3, StepReason.READINGS_LOST)
    assert said in step.message
    assert decide(spec(behavior=free_behavior()), busy, memory, NOW).desired_replicas == 6
