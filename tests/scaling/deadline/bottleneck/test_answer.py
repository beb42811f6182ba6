"""The end of a question: nothing waits, a true burst, or a rate limit that the server tells."""

from dataclasses import replace

import pytest

from controller.scaling.deadline.bottleneck import Bottleneck, Phase, bottleneck
from controller.scaling.reasons import StepReason
from tests.scaling.deadline.bottleneck.builders import ASKING, ELSEWHERE, EXPERIMENTING, look, they_do_not


@pytest.mark.parametrize("phase", [Phase.EXPERIMENT, Phase.ELSEWHERE])
def test_it_ends_when_no_backlog_stands(phase: Phase) -> None:
    """Nothing waits, nothing to ask."""
    assert bottleneck(replace(ELSEWHERE, phase=phase), look(backlog=0))[1].phase == Phase.NONE


def test_a_true_burst_ends_it() -> None:
    """The slots fill while the backlog is twice what it was."""
    finding, memory = bottleneck(ELSEWHERE, look(backlog=100, used=10, ready=2))
    assert (finding.reason, memory.phase) == (StepReason.SLOTS_LIMIT, Phase.NONE)
    assert bottleneck(ELSEWHERE, look(backlog=99, used=10, ready=2))[1].phase == Phase.ELSEWHERE
    assert bottleneck(ELSEWHERE, look(backlog=100, used=9, ready=2))[1].phase == Phase.ELSEWHERE


def test_the_server_says_that_a_limit_holds_tasks_back() -> None:
    """Its word ends the question; the need follows what gets through."""
    finding, memory = bottleneck(EXPERIMENTING, look(rate_limiting_active=True))
    message = "A rate limit lets 10.00 tasks/s through: more replicas would wait for it too."
    assert finding == they_do_not(StepReason.RATE_LIMITED, message)
    assert memory.phase == Phase.NONE


def test_a_limit_that_the_server_tells_answers_a_question_that_was_half_asked() -> None:
    """The polls that raised it count no more."""
    assert bottleneck(ASKING, look(rate_limiting_active=True))[1].idle_polls == 0


def test_full_slots_under_a_limit_get_one_step() -> None:
    """Both may limit: 4 replicas become 6."""
    finding, _ = bottleneck(Bottleneck(), look(used=9, rate_limiting_active=True))
    assert (finding.reason, finding.replicas) == (StepReason.RATE_LIMITED, 6)
    assert finding.message == "A rate limit lets 10.00 tasks/s through, but 90% of the slots are in use: one step up."


def test_slots_that_are_in_use_for_four_fifths_are_full_enough_for_a_step() -> None:
    """8 of 10 slots under a limit: 4 replicas become 6; without a backlog none is added."""
    limited = look(used=8, rate_limiting_active=True)
    assert bottleneck(Bottleneck(), limited)[0].replicas == 6
    assert bottleneck(Bottleneck(), look(0, used=8, rate_limiting_active=True))[0].replicas == 0
