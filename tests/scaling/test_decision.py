"""What is said of a decision: the step that decides, and the order of the sentences."""

from dataclasses import replace

import pytest

from controller.scaling.decision import Decision, Proposal, Step
from controller.scaling.memory import Memory
from controller.scaling.reasons import Rule, StepReason

FRESHNESS = Step(Rule.FRESHNESS, StepReason.READINGS_LOST, "Held.", 4, 4)
DEMAND = Step(Rule.DEMAND, StepReason.BACKLOG_PER_REPLICA, "4 are needed.", 4, 4)
RAISED = Step(Rule.DEMAND, StepReason.BACKLOG_PER_REPLICA, "6 are needed.", 4, 6)
BOUNDED = Step(Rule.BOUNDS, StepReason.TOO_MANY_REPLICAS, "5 are allowed.", 6, 5)
OTHERS = Step(Rule.OTHERS, StepReason.SCALED_BY_OTHER, "jo set 4.", 4, 4)
CONTENTION = Step(Rule.CONTENTION, StepReason.CONTESTED, "Left.", 5, 5)


def decided(*steps: Step) -> Decision:
    """A decision by some steps."""
    return Decision(steps[0].replicas_before, steps[-1].replicas_after, steps, Memory())


@pytest.mark.parametrize(
    ("steps", "deciding"),
    [
        pytest.param((RAISED, BOUNDED, CONTENTION), BOUNDED, id="the last that changed the number"),
        pytest.param((OTHERS, FRESHNESS, DEMAND, CONTENTION), DEMAND, id="the one that named it"),
        pytest.param((OTHERS, FRESHNESS, CONTENTION), FRESHNESS, id="the one that held it"),
        pytest.param((OTHERS, FRESHNESS), FRESHNESS, id="the one that held it, at last"),
        pytest.param((CONTENTION, OTHERS), OTHERS, id="the last one"),
        pytest.param((OTHERS,), OTHERS, id="the only one"),
    ],
)
def test_the_step_that_decides(steps: tuple[Step, ...], deciding: Step) -> None:
    """Which changed the number last, or, where none did, named or held it."""
    assert decided(*steps).deciding_step == deciding


def test_on_the_way_to_zero_the_evidence_decides() -> None:
    """Not what the work asks for, which may have been 0 for long; and not where an override asks for 0."""
    fixed = Step(Rule.OVERRIDE, StepReason.OVERRIDDEN, "0 by jo.", 1, 0)
    assert decided(NOT_NEEDED, ASLEEP_SOON).deciding_step == ASLEEP_SOON
    assert decided(NOT_NEEDED, AWAKE, fixed).deciding_step == fixed


NOT_NEEDED = Step(Rule.DEMAND, StepReason.NO_BACKLOG, "No tasks wait.", 4, 0)
KEPT = Step(Rule.KEEP_TIME, StepReason.KEPT, "2 remain.", 0, 2)
ASLEEP_SOON = Step(Rule.ZERO_GATE, StepReason.IDLE, "Idle for 20 s.", 0, 0)
AWAKE = Step(Rule.ZERO_GATE, StepReason.NO_IDLE_EVIDENCE, "1 replica stays.", 0, 1)


@pytest.mark.parametrize(
    ("steps", "explanation"),
    [
        pytest.param((OTHERS, RAISED, BOUNDED, CONTENTION), "Left. 5 are allowed. 6 are needed.", id="another scaler"),
        pytest.param((OTHERS, RAISED, BOUNDED), "5 are allowed. 6 are needed.", id="what had the last word"),
        pytest.param((OTHERS, DEMAND), "4 are needed.", id="the demand once"),
        pytest.param((NOT_NEEDED, KEPT), "No tasks wait. 2 remain.", id="that nothing is needed, which is short"),
        pytest.param((NOT_NEEDED, ASLEEP_SOON), "Idle for 20 s.", id="the evidence for zero alone"),
        pytest.param((NOT_NEEDED, AWAKE), "1 replica stays. No tasks wait.", id="why one replica stays"),
    ],
)
def test_an_explanation_begins_with(steps: tuple[Step, ...], explanation: str) -> None:
    """What decided comes first, and what the work needs after it; each sentence once."""
    assert decided(*steps).explanation == explanation


def test_no_message_is_longer_than_1024_bytes() -> None:
    """However long the names in it are: more would break the status."""
    proposal = Proposal(1, Memory()).step(Rule.DEMAND, StepReason.NO_BACKLOG, "ä" * 3000)
    assert len(proposal.steps[0].message.encode()) <= 1024
    step = replace(DEMAND, message="ä" * 512)
    assert len(decided(step, replace(BOUNDED, message="b" * 1000)).explanation.encode()) <= 1024
