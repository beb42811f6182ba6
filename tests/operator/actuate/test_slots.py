"""Slots: what is in force, what is to be written, and when writing restarts no running pod."""

import pytest

from controller.api.condition_reasons import SlotsEffective
from controller.api.conditions import ConditionReason
from controller.api.model import TaskType
from controller.api.spec import Mode, TemporalWorkerPoolSpec
from controller.cluster.objects import Container, Deployment, EnvVar, Owner
from controller.operator.actuate.slots import plan_slots
from controller.operator.inputs.slots import slot_variables
from controller.operator.passes import ConditionUpdate, SlotPlan, Target
from controller.scaling.observation import Unknown
from controller.scaling.slots import fixed_slots
from tests.operator.builders import deployment, env
from tests.scaling.builders import spec

KEY = ("orders", TaskType.ACTIVITY)


def _spec(**task: object) -> TemporalWorkerPoolSpec:
    return spec(taskQueues=[{"name": "orders", "tasks": [{"type": "Activity", **task}]}])


def _plan(spec: TemporalWorkerPoolSpec, deployment: Deployment, container: Container) -> SlotPlan:
    """The plan for what the pool gives, as the decision takes it over."""
    return plan_slots(spec, Target(deployment, container), fixed_slots(spec))


def _problem(plan: SlotPlan) -> ConditionUpdate:
    assert plan.problem is not None
    return plan.problem


def test_slots_alone_declare_and_write_nothing() -> None:
    """Without a variable the pool only says what the image does."""
    plan = _plan(_spec(slots=7), deployment(), Container("worker"))
    assert (plan.in_force, plan.desired, plan.due) == ({KEY: 7}, {}, False)
    assert plan.problem is None


def test_a_variable_alone_is_read_from_the_deployment() -> None:
    """The Deployment's value counts, and the operator owns nothing."""
    plan = _plan(_spec(slotsEnvVar="SLOTS"), deployment(), Container("worker", env(SLOTS="12")))
    assert (plan.in_force, plan.desired, plan.due) == ({KEY: 12}, {}, False)


def test_a_differing_variable_is_due_while_the_old_value_is_in_force() -> None:
    """Until it is written, the decision assumes what the pods really have."""
    plan = _plan(_spec(slots=7, slotsEnvVar="SLOTS"), deployment(), Container("worker", env(SLOTS="12")))
    assert (plan.in_force, plan.desired, plan.due) == ({KEY: 12}, {"SLOTS": 7}, True)
    assert _problem(plan).reason == SlotsEffective.SLOTS_PENDING
    assert "SLOTS=7" in _problem(plan).message


def test_a_missing_variable_is_due_and_the_declared_value_counts() -> None:
    """Nothing better is known than what the pool declares."""
    plan = _plan(_spec(slots=7, slotsEnvVar="SLOTS"), deployment(), Container("worker"))
    assert (plan.in_force, plan.desired, plan.due) == ({KEY: 7}, {"SLOTS": 7}, True)


def test_a_deployment_with_a_controller_above_it_gets_no_variable() -> None:
    """What is written there would be undone, so the owner is named."""
    owned = deployment(owner=Owner("Fleet", "main", "uid"))
    plan = _plan(_spec(slots=7, slotsEnvVar="SLOTS"), owned, Container("worker", env(SLOTS="12")))
    assert (plan.in_force, plan.desired, plan.due) == ({KEY: 12}, {}, False)
    assert _problem(plan).reason == SlotsEffective.SLOTS_CONFLICT
    assert "SLOTS=7" in _problem(plan).message
    assert "Fleet main" in _problem(plan).message


def test_a_recommendation_promises_no_write() -> None:
    """In mode Recommend nothing is ever written, so nothing waits for a moment."""
    recommending = _spec(slots=7, slotsEnvVar="SLOTS").model_copy(update={"mode": Mode.RECOMMEND})
    plan = _plan(recommending, deployment(), Container("worker", env(SLOTS="12")))
    assert _problem(plan).reason == SlotsEffective.SLOTS_PENDING
    assert _problem(plan).message == (
        "Recommended for container worker: SLOTS=7. mode is Recommend, so nothing is written."
    )


def test_an_equal_variable_is_in_force() -> None:
    """What is as it should be is not written again."""
    plan = _plan(_spec(slots=7, slotsEnvVar="SLOTS"), deployment(), Container("worker", env(SLOTS="7")))
    assert (plan.due, plan.problem) == (False, None)


def test_a_variable_that_left_the_spec_is_given_up() -> None:
    """The operator's entry goes at the next free moment, so that the image's default applies again."""
    owned = deployment(applied_env=frozenset({("worker", "OLD"), ("other", "ELSE")}))
    plan = _plan(_spec(slots=7), owned, Container("worker", env(OLD="3")))
    assert (plan.desired, plan.due) == ({}, True)
    assert "OLD removed" in _problem(plan).message
    assert "ELSE" not in _problem(plan).message


@pytest.mark.parametrize(
    ("container", "task", "reason"),
    [
        (Container("worker"), {"slotsEnvVar": "SLOTS"}, SlotsEffective.SLOTS_VARIABLE_NOT_FOUND),
        (Container("worker", env(SLOTS="many")), {"slotsEnvVar": "SLOTS"}, SlotsEffective.SLOTS_VARIABLE_INVALID),
        (Container("worker", env(SLOTS=None)), {"slotsEnvVar": "SLOTS"}, SlotsEffective.SLOTS_VALUE_FROM),
        (Container("worker", env(SLOTS=None)), {"slotsEnvVar": "SLOTS", "slots": 7}, SlotsEffective.SLOTS_VALUE_FROM),
        (
            Container("worker", (EnvVar("SLOTS", "1"), EnvVar("SLOTS", "2"))),
            {"slotsEnvVar": "SLOTS", "slots": 7},
            SlotsEffective.SLOTS_VARIABLE_DUPLICATE,
        ),
    ],
)
def test_a_variable_that_cannot_be_used_is_refused_by_name(
    container: Container, task: dict[str, object], reason: ConditionReason
) -> None:
    """Nothing is written; the condition says what is there and what to do."""
    plan = _plan(_spec(**task), deployment(), container)
    assert (_problem(plan).reason, plan.desired, plan.due) == (reason, {}, False)
    assert "SLOTS" in _problem(plan).message


def test_slots_that_are_not_stated_are_unknown() -> None:
    """A variable that gives no number is not taken for zero or for a default."""
    plan = _plan(_spec(slotsEnvVar="SLOTS"), deployment(), Container("worker"))
    assert isinstance(plan.in_force[KEY], Unknown)


TUNED = {"slotsEnvVar": "SLOTS", "tuning": {"minSlots": 5, "maxSlots": 40}}


def test_slots_that_were_decided_on_go_the_same_road_as_fixed_ones() -> None:
    """What the decision chose is due until the Deployment has it."""
    container = Container("worker", env(SLOTS="12"))
    plan = plan_slots(_spec(**TUNED), Target(deployment(), container), {"SLOTS": 18})
    assert (plan.in_force, plan.desired, plan.due) == ({KEY: 12}, {"SLOTS": 18}, True)
    assert "SLOTS=18" in _problem(plan).message
    done = plan_slots(_spec(**TUNED), Target(deployment(), Container("worker", env(SLOTS="18"))), {"SLOTS": 18})
    assert (done.due, done.problem) == (False, None)


def test_a_variable_that_is_tuned_need_not_be_there() -> None:
    """A missing or malformed value is one that the operator may write; until then workers report what they run."""
    plan = plan_slots(_spec(**TUNED), Target(deployment(), Container("worker")), {})
    assert (plan.due, plan.problem) == (False, None)


@pytest.mark.parametrize(
    ("container", "owner", "reason", "words"),
    [
        (Container("worker", env(SLOTS=None)), None, SlotsEffective.SLOTS_VALUE_FROM, "valueFrom"),
        (
            Container("worker", (EnvVar("SLOTS", "1"), EnvVar("SLOTS", "2"))),
            None,
            SlotsEffective.SLOTS_VARIABLE_DUPLICATE,
            "leave one entry",
        ),
        (
            Container("worker", env(SLOTS="12")),
            Owner("Fleet", "main", "uid"),
            SlotsEffective.SLOTS_CONFLICT,
            "Fleet main owns the Deployment",
        ),
    ],
    ids=["a reference", "listed twice", "a controller above"],
)
def test_what_may_not_be_written_is_refused_to_the_decision_and_to_the_write(
    container: Container, owner: Owner | None, reason: ConditionReason, words: str
) -> None:
    """Tuning stops with the same words that the condition has."""
    target = deployment(owner=owner)
    seen = slot_variables(_spec(**TUNED), Target(target, container), unsafe=None)
    assert words in seen.refused["SLOTS"]
    plan = plan_slots(_spec(**TUNED), Target(target, container), {"SLOTS": 18})
    assert (plan.due, plan.desired, _problem(plan).reason) == (False, {}, reason)
