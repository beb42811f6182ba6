"""The closed set of condition types and reasons."""

import re

import pytest

from controller.api.conditions import ConditionType, Reason
from controller.api.status import ConditionStatus


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_documents_itself(reason: Reason) -> None:
    """Each reason is one word of the API and says its cause in a sentence."""
    assert re.fullmatch("[A-Z][A-Za-z]+", reason)
    assert reason.cause.endswith(".")


@pytest.mark.parametrize("reason", sorted(set(Reason) - {Reason.DESIRED_WITHIN_RANGE, Reason.NOT_OVERRIDDEN}))
def test_whatever_is_not_as_it_should_be_has_a_remedy(reason: Reason) -> None:
    """False and Unknown say what to do; ScalingLimited and Overridden are well when they are False."""
    if reason.status is not ConditionStatus.TRUE:
        assert reason.remedy.endswith(".")


@pytest.mark.parametrize("condition", ConditionType)
def test_a_condition_can_be_true_and_not_true(condition: ConditionType) -> None:
    """A condition with one status only would say nothing."""
    statuses = {reason.status for reason in Reason if reason.condition is condition}
    assert ConditionStatus.TRUE in statuses
    assert statuses - {ConditionStatus.TRUE}


def test_a_reason_is_found_by_its_word() -> None:
    """What was written to status can be looked up again."""
    reason = Reason("TargetNotFound")  # type: ignore[call-arg] # a look-up, not a construction
    assert reason is Reason.TARGET_NOT_FOUND
    assert (reason.condition, reason.status) == (ConditionType.TARGET_FOUND, ConditionStatus.FALSE)
