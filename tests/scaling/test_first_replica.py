"""A pool whose slots nobody declares wakes, too: the first replica tells how many tasks it takes."""

from controller.scaling.decide import decide
from controller.scaling.decision import Step
from controller.scaling.memory import Memory
from controller.scaling.observation import Unknown, UnknownCause
from controller.scaling.reasons import Rule, StepReason
from tests.scaling.builders import NOW, observation, queue, spec

UNKNOWN = Unknown(UnknownCause.NEVER_THERE, "nobody says.")
DEADLINE = spec(objective={"scheduleToStartSeconds": 10})


def test_a_waiting_task_wakes_one_replica_whose_slots_are_not_known() -> None:
    """The deadline law can't reckon without them."""
    decision = decide(DEADLINE, observation(queue(1, slots=UNKNOWN)), Memory(), NOW)
    assert decision.desired_replicas == 1
    message = "Tasks wait in orders/Activity, and it is not known how many one replica takes at once: one will tell."
    assert decision.step(Rule.ZERO_GATE) == Step(Rule.ZERO_GATE, StepReason.WOKEN, message, 0, 1)


def test_without_waiting_tasks_it_sleeps_on() -> None:
    """Nothing known to wait, nothing to wake for."""
    assert decide(DEADLINE, observation(queue(0, slots=UNKNOWN)), Memory(), NOW).desired_replicas == 0


def test_the_activation_of_the_other_objective_still_counts() -> None:
    """A backlog that the owner lets wait wakes nobody."""
    patient = spec(objective={"backlogPerReplica": 5, "activationBacklog": 100})
    assert decide(patient, observation(queue(50, slots=UNKNOWN)), Memory(), NOW).desired_replicas == 0
