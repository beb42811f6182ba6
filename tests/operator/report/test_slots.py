"""The condition about slots: those in force, what is due, and what workers report."""

from dataclasses import replace

import pytest

from controller.api.condition_reasons import SlotsEffective
from controller.api.conditions import ConditionReason
from controller.api.model import TaskType
from controller.operator.passes import ConditionUpdate, SlotPlan
from controller.operator.report.slots import slots_effective
from tests.scaling.builders import NEVER_THERE, observation, queue

KEY = ("orders", TaskType.ACTIVITY)
PLAN = SlotPlan({KEY: 7})


@pytest.mark.parametrize(
    ("reported", "rolling_out", "reason", "words"),
    [
        (None, False, SlotsEffective.SLOTS_IN_FORCE, "Slots per replica: orders/Activity 7."),
        (7, False, SlotsEffective.SLOTS_IN_FORCE, "Slots per replica: orders/Activity 7 as reported."),
        (5, False, SlotsEffective.SLOTS_DIFFER, "orders/Activity 5 instead of 7"),
        (5, True, SlotsEffective.SLOTS_IN_FORCE, "orders/Activity 5 as reported"),
    ],
)
def test_a_difference_from_what_workers_report_is_named(
    reported: int | None, reason: ConditionReason, words: str, *, rolling_out: bool
) -> None:
    """What they report counts; while pods are being replaced it is no news."""
    seen = observation(replace(queue(slots=reported or 7), slots_reported=reported))
    update = slots_effective(PLAN, seen, rolling_out=rolling_out)
    assert update.reason == reason
    assert words in update.message


def test_slots_that_are_not_declared_are_learned() -> None:
    """A pool needs to name neither a number nor a variable."""
    plan = SlotPlan({KEY: NEVER_THERE})
    waiting = slots_effective(plan, observation(queue(slots=NEVER_THERE)), rolling_out=False)
    assert waiting == ConditionUpdate(
        SlotsEffective.SLOTS_IN_FORCE, "Slots per replica: orders/Activity unknown until a worker reports them."
    )
    learned = slots_effective(plan, observation(replace(queue(slots=9), slots_reported=9)), rolling_out=False)
    assert learned.message == "Slots per replica: orders/Activity 9 as reported."


def test_what_keeps_slots_from_being_written_comes_first() -> None:
    """A variable that can't be used matters more than a difference."""
    problem = ConditionUpdate(SlotsEffective.SLOTS_VARIABLE_NOT_FOUND, "No variable SLOTS.")
    plan = SlotPlan({KEY: 7}, problem=problem)
    assert slots_effective(plan, observation(queue(slots=3)), rolling_out=False) is problem
