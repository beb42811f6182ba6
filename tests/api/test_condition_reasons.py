"""The closed set of condition types and reasons."""

import re

import pytest

from controller.api.condition_reasons import CONDITIONS, Overridden, ScalingLimited
from controller.api.conditions import ConditionReason, ConditionType
from controller.api.status import ConditionStatus

REASONS = [reason for condition in CONDITIONS for reason in condition]


@pytest.mark.parametrize("reason", REASONS)
def test_a_reason_documents_itself(reason: ConditionReason) -> None:
    """Each reason is one word of the API, has a status, and says its cause in a sentence."""
    assert re.fullmatch("[A-Z][A-Za-z]+", reason)
    assert isinstance(reason.status, ConditionStatus)
    assert reason.cause.endswith(".")


FINE_WHEN_FALSE = (ScalingLimited.DESIRED_WITHIN_RANGE, Overridden.NOT_OVERRIDDEN)


@pytest.mark.parametrize(
    "reason", [r for r in REASONS if r.status != ConditionStatus.TRUE and r not in FINE_WHEN_FALSE]
)
def test_whatever_is_not_as_it_should_be_has_a_remedy(reason: ConditionReason) -> None:
    """False and Unknown say what to do."""
    assert reason.remedy.endswith(".")


@pytest.mark.parametrize("reasons", CONDITIONS)
def test_a_condition_can_be_true_and_not_true(reasons: type[ConditionReason]) -> None:
    """A condition with one status only would say nothing."""
    statuses = {reason.status for reason in reasons}
    assert ConditionStatus.TRUE in statuses
    assert statuses - {ConditionStatus.TRUE}


def test_each_condition_has_its_reasons_under_its_name() -> None:
    """In the order in which `Ready` takes them."""
    assert [reasons.condition for reasons in CONDITIONS] == list(ConditionType)
    assert [reasons.__name__ for reasons in CONDITIONS] == list(ConditionType)


def test_a_word_is_the_reason_of_one_condition() -> None:
    """An alert on it, in a condition or in an Event, means one thing; a paused pool has it in two conditions."""
    words = [str(reason) for reason in REASONS]
    assert {word for word in words if words.count(word) > 1} == {"Paused"}
