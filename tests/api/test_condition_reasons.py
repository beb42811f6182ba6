"""The closed set of condition types and reasons."""

import re

import pytest

from controller.api.condition_reasons import CONDITIONS, REASONS, Overridden, ScalingLimited
from controller.api.conditions import ConditionReason, ConditionType
from controller.api.status import ConditionStatus


@pytest.mark.parametrize("reason", REASONS)
def test_a_reason_documents_itself(reason: ConditionReason) -> None:
    """Each reason is one word of the API, has a status, and says its cause in a sentence."""
    assert re.fullmatch("[A-Z][A-Za-z]+", reason)
    assert isinstance(reason.status, ConditionStatus)
    assert reason.cause.endswith(".")


@pytest.mark.parametrize(
    "reason", sorted(set(REASONS) - {ScalingLimited.DESIRED_WITHIN_RANGE, Overridden.NOT_OVERRIDDEN})
)
def test_whatever_is_not_as_it_should_be_has_a_remedy(reason: ConditionReason) -> None:
    """False and Unknown say what to do; ScalingLimited and Overridden are well when they are False."""
    if reason.status is not ConditionStatus.TRUE:
        assert reason.remedy.endswith(".")


@pytest.mark.parametrize("reasons", CONDITIONS)
def test_a_condition_can_be_true_and_not_true(reasons: type[ConditionReason]) -> None:
    """A condition with one status only would say nothing."""
    statuses = {reason.status for reason in reasons}
    assert ConditionStatus.TRUE in statuses
    assert statuses - {ConditionStatus.TRUE}


def test_each_condition_has_its_reasons_under_its_name() -> None:
    """In the order in which `Ready` looks at them."""
    assert [reasons.condition for reasons in CONDITIONS] == list(ConditionType)
    assert [reasons.__name__ for reasons in CONDITIONS] == list(ConditionType)


def test_a_word_is_the_reason_of_one_condition() -> None:
    """Whoever alerts on it, in a condition or in an Event, means one thing; a pool that is paused says so twice."""
    words = [str(reason) for reason in REASONS]
    assert {word for word in words if words.count(word) > 1} == {"Paused"}
