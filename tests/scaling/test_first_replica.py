"""A pool whose slots are not declared wakes, too: its first replica reports how many it has."""

from controller.scaling.decide import decide
from controller.scaling.memory import Memory
from controller.scaling.observation import Unknown, UnknownCause
from controller.scaling.reasons import Rule, StepReason
from tests.scaling.builders import NOW, observation, outcome, queue, spec

UNKNOWN = Unknown(UnknownCause.NEVER_THERE, "no worker says it.")
DEADLINE = spec(objective={"scheduleToStartSeconds": 10})


def test_a_waiting_task_wakes_one_replica_whose_slots_are_not_known() -> None:
    """The deadline policy can't plan without them."""
    decision = decide(DEADLINE, observation(queue(1, slots=UNKNOWN)), Memory(), NOW)
    assert decision.desired_replicas == 1
    assert outcome(decision.step(Rule.ZERO_GATE)) == (Rule.ZERO_GATE, StepReason.WOKEN, 0, 1)


def test_without_waiting_tasks_it_sleeps_on() -> None:
    """Nothing known to wait, nothing to wake for."""
    assert decide(DEADLINE, observation(queue(0, slots=UNKNOWN)), Memory(), NOW).desired_replicas == 0


def test_the_activation_of_the_other_objective_still_counts() -> None:
    """A backlog that the owner lets wait starts no replica."""
    patient = spec(objective={"backlogPerReplica": 5, "activationBacklog": 100})
    assert decide(patient, observation(queue(50, slots=UNKNOWN)), Memory(), NOW).desired_replicas == 0
