"""What is told of a decision: the step that decides, and the words."""

import pytest

from controller.scaling.decision import Decision, Step
from controller.scaling.memory import Memory
from controller.scaling.reasons import Rule, StepReason

FRESHNESS = Step(Rule.FRESHNESS, StepReason.READINGS_LOST, "Held.", 4, 4)
DEMAND = Step(Rule.DEMAND, StepReason.BACKLOG_PER_REPLICA, "4 are wanted.", 4, 4)
RAISED = Step(Rule.DEMAND, StepReason.BACKLOG_PER_REPLICA, "6 are wanted.", 4, 6)
BOUNDED = Step(Rule.BOUNDS, StepReason.TOO_MANY_REPLICAS, "5 are allowed.", 6, 5)
OTHERS = Step(Rule.OTHERS, StepReason.SCALED_BY_OTHER, "jo set 4.", 4, 4)
CONTENTION = Step(Rule.CONTENTION, StepReason.CONTESTED, "Left.", 5, 5)


def decided(*steps: Step) -> Decision:
    """A decision by some steps."""
    return Decision(steps[0].replicas_before, steps[-1].replicas_after, steps, Memory())


@pytest.mark.parametrize(
    ("steps", "deciding"),
    [
        pytest.param((RAISED, BOUNDED, CONTENTION), BOUNDED, id="the last that moved the number"),
        pytest.param((OTHERS, FRESHNESS, DEMAND, CONTENTION), DEMAND, id="the one that named it"),
        pytest.param((OTHERS, FRESHNESS, CONTENTION), FRESHNESS, id="the one that held it"),
        pytest.param((OTHERS, FRESHNESS), FRESHNESS, id="the one that held it, at last"),
        pytest.param((CONTENTION, OTHERS), OTHERS, id="the last one"),
        pytest.param((OTHERS,), OTHERS, id="the only one"),
    ],
)
def test_the_step_that_decides(steps: tuple[Step, ...], deciding: Step) -> None:
    """Which moved the number last, or, where none did, named or held it."""
    assert decided(*steps).deciding_step == deciding


def test_an_explanation_says_what_is_wanted_what_decided_and_who_else_has_a_say() -> None:
    """Each once, and no step beside."""
    assert decided(OTHERS, RAISED, BOUNDED, CONTENTION).explanation == "6 are wanted. 5 are allowed. Left."
    assert decided(OTHERS, DEMAND).explanation == "4 are wanted."
