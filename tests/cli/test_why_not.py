"""`twp why-not`: the step that stands between a pool and a number, and what would make it so."""

import pytest

from controller.cli.explain import of_now
from controller.cli.pool_text import decision_from
from controller.cli.why_not import answer, between
from controller.scaling.reasons import Rule
from controller.scaling.rules.demand import STEPS
from tests.cli.scene import NOW, pool

NEVER_BETWEEN = {*STEPS, Rule.MEMORY, Rule.OTHERS, Rule.START_UP, Rule.DEMAND, Rule.SLOTS}
"""Rules that leave the number alone, and what the work itself asks for."""


def _steps(*numbers: int) -> list[dict[str, object]]:
    rules = ["Demand", "Behavior", "Bounds", "Override"]
    steps = zip(rules, numbers, numbers[1:], strict=False)
    return [{"rule": rule, "reason": "x", "message": "m", "before": a, "after": b} for rule, a, b in steps]


@pytest.mark.parametrize(
    ("numbers", "expected", "rule"),
    [
        ((4, 12, 6), 8, "Behavior"),
        ((4, 12, 6, 3), 5, "Bounds"),
        ((4, 12, 12, 3), 20, "Demand"),
        ((4, 2, 2, 5), 3, "Bounds"),
        ((4, 2, 6, 8), 2, "Behavior"),
        ((4, 4, 4, 4), 2, "Demand"),
        ((4, 2, 2, 2, 9), 3, "Override"),
    ],
)
def test_the_step_between_is_the_last_one_that_led_across_the_number(
    numbers: tuple[int, ...], expected: int, rule: str
) -> None:
    """Where none did, it is what the work asks for."""
    status = pool("orders", lastDecision={"time": "2026-11-30T11:59:20Z", "desiredReplicas": numbers[-1],
                                          "steps": _steps(*numbers)})  # fmt: skip
    assert status.status.last_decision is not None
    decision = decision_from(status.status.last_decision.steps, numbers[-1])
    assert between(decision, expected).rule == rule


def test_a_bound_is_named_with_the_field_to_change() -> None:
    """And no override, which is bound by it, too."""
    lines = answer(pool("mails"), 12, NOW)
    assert lines[0] == "prod/mails should have 3 replicas, not 12: Bounds lowers 31 to 3."
    assert lines[2] == "- Raise spec.maxReplicas to 12."
    assert not any("twp override" in line for line in lines)


@pytest.mark.parametrize("rule", [rule for rule in Rule if rule not in NEVER_BETWEEN])
def test_every_rule_that_can_stand_between_has_a_way_around(rule: Rule) -> None:
    """A new rule needs one, too."""
    steps = [{"rule": rule, "reason": "x", "message": "m", "before": 9, "after": 4}]
    lines = answer(
        pool("orders", lastDecision={"time": "2026-11-30T11:59:20Z", "desiredReplicas": 4, "steps": steps}), 6, NOW
    )
    assert [line for line in lines[2:] if "twp override" not in line]


def test_what_the_work_asks_for_is_named_with_what_would_change_it_in_that_direction() -> None:
    """More by more tasks, fewer by time; and the override."""
    up, down = answer(pool("orders"), 6, NOW), answer(pool("orders"), 3, NOW)
    assert up[2] == "- 5 replicas once 261 tasks wait in orders/Activity (24 now)."
    assert down[2].startswith("- 3 replicas in 40s")
    assert up[3].endswith("`twp override orders 6 -n prod --for 1h`.")


def test_a_number_above_the_highest_names_that_too() -> None:
    """Else a reader would meet it next."""
    assert answer(pool("orders"), 30, NOW)[-1].startswith("- More than maxReplicas 20")


def test_a_trouble_of_the_pool_is_named_too() -> None:
    """A decision that is not carried out, or is of an operator that is gone, explains nothing by itself."""
    gone = pool("orders", lastReconcileTime="2026-11-30T11:30:00Z")
    assert answer(gone, 6, NOW)[-1].startswith(
        "Note: OperatorNotReporting: No operator has reconciled the pool for 30m"
    )
    assert of_now(gone, NOW).trouble[0].startswith("OperatorNotReporting")
    assert of_now(pool("orders"), NOW).trouble == ()


def test_the_number_that_is_desired_may_not_be_there_yet() -> None:
    """What is there is said, with what stands in the way."""
    assert answer(pool("orders"), 4, NOW) == ["prod/orders should have 4 replicas: 4 requested, 4 ready."]
    assert len(answer(pool("orders", readyReplicas=2), 4, NOW)) == 2
