"""Slots: what is in force, what is to be written, and when writing restarts no running pod."""

from dataclasses import replace
from typing import Any

import pytest

from controller.api.condition_reasons import SlotsEffective
from controller.api.conditions import ConditionReason
from controller.api.model import TaskType
from controller.api.spec import Mode, TemporalWorkerPoolSpec
from controller.cluster.objects import Container, Deployment, EnvVar, Owner
from controller.operator.actuate.slots import SlotPlan, compare, is_free_moment, plan_slots, slot_variables
from controller.operator.findings import Finding
from controller.scaling.observation import SlotVariables, Unknown
from controller.scaling.slots import fixed_slots
from tests.operator.builders import deployment, env
from tests.scaling.builders import observation, queue, spec

KEY = ("orders", TaskType.ACTIVITY)


def _spec(**task: object) -> TemporalWorkerPoolSpec:
    return spec(taskQueues=[{"name": "orders", "tasks": [{"type": "Activity", **task}]}])


def _plan(spec: TemporalWorkerPoolSpec, deployment: Deployment, container: Container) -> SlotPlan:
    """The plan for what the pool gives, as the decision takes it over."""
    return plan_slots(spec, deployment, container, fixed_slots(spec))


def test_slots_alone_declare_and_write_nothing() -> None:
    """Without a variable the pool only says what the image does."""
    plan = _plan(_spec(slots=7), deployment(), Container("worker"))
    assert (plan.in_force, plan.wanted, plan.due) == ({KEY: 7}, {}, False)
    assert plan.finding.reason == SlotsEffective.SLOTS_IN_FORCE
    assert plan.finding.message == "Slots per replica: orders/Activity 7."


def test_a_variable_alone_is_read_from_the_deployment() -> None:
    """The Deployment's value counts, and the operator owns nothing."""
    plan = _plan(_spec(slotsEnvVar="SLOTS"), deployment(), Container("worker", env(SLOTS="12")))
    assert (plan.in_force, plan.wanted, plan.due) == ({KEY: 12}, {}, False)


def test_a_differing_variable_is_due_while_the_old_value_is_in_force() -> None:
    """Until it is written, the decision reckons with what the pods really have."""
    plan = _plan(_spec(slots=7, slotsEnvVar="SLOTS"), deployment(), Container("worker", env(SLOTS="12")))
    assert (plan.in_force, plan.wanted, plan.due) == ({KEY: 12}, {"SLOTS": 7}, True)
    assert plan.finding.reason == SlotsEffective.SLOTS_PENDING
    assert "SLOTS=7" in plan.finding.message


def test_a_missing_variable_is_due_and_the_declared_value_is_reckoned_with() -> None:
    """Nothing better is known than what the pool declares."""
    plan = _plan(_spec(slots=7, slotsEnvVar="SLOTS"), deployment(), Container("worker"))
    assert (plan.in_force, plan.wanted, plan.due) == ({KEY: 7}, {"SLOTS": 7}, True)


def test_a_deployment_with_a_controller_above_it_gets_no_variable() -> None:
    """What is written there would be undone, so the owner is named."""
    owned = deployment(owner=Owner("Fleet", "main", "uid"))
    plan = _plan(_spec(slots=7, slotsEnvVar="SLOTS"), owned, Container("worker", env(SLOTS="12")))
    assert (plan.in_force, plan.wanted, plan.due) == ({KEY: 12}, {}, False)
    assert plan.finding.reason == SlotsEffective.SLOTS_CONFLICT
    assert "SLOTS=7" in plan.finding.message
    assert "Fleet main" in plan.finding.message


def test_a_recommendation_promises_no_write() -> None:
    """In mode Recommend nothing is ever written, so nothing waits for a moment."""
    recommending = _spec(slots=7, slotsEnvVar="SLOTS").model_copy(update={"mode": Mode.RECOMMEND})
    plan = _plan(recommending, deployment(), Container("worker", env(SLOTS="12")))
    assert plan.finding.reason == SlotsEffective.SLOTS_PENDING
    assert plan.finding.message == "Container worker would be given SLOTS=7; mode is Recommend, so nothing is written."


def test_an_equal_variable_is_in_force() -> None:
    """What is as it should be is not written again."""
    plan = _plan(_spec(slots=7, slotsEnvVar="SLOTS"), deployment(), Container("worker", env(SLOTS="7")))
    assert (plan.due, plan.finding.reason) == (False, SlotsEffective.SLOTS_IN_FORCE)


def test_a_variable_that_left_the_spec_is_given_up() -> None:
    """The operator's entry goes at the next free moment, so that the image's default applies again."""
    owned = deployment(applied_env=frozenset({("worker", "OLD"), ("other", "ELSE")}))
    plan = _plan(_spec(slots=7), owned, Container("worker", env(OLD="3")))
    assert (plan.wanted, plan.due) == ({}, True)
    assert "OLD removed" in plan.finding.message
    assert "ELSE" not in plan.finding.message


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
    assert (plan.finding.reason, plan.wanted, plan.due) == (reason, {}, False)
    assert "SLOTS" in plan.finding.message


def test_slots_that_nobody_states_are_unknown() -> None:
    """A variable that gives no number is not taken for zero or for a default."""
    plan = _plan(_spec(slotsEnvVar="SLOTS"), deployment(), Container("worker"))
    assert isinstance(plan.in_force[KEY], Unknown)


@pytest.mark.parametrize(
    ("changes", "free"),
    [
        ({"replicas": 0}, True),
        ({"replicas": 0, "total_replicas": 2, "updated_replicas": 2}, False),  # the last pods still finish
        ({"replicas": 3}, False),
        ({"replicas": 3, "updated_replicas": 1}, True),  # a rollout replaces the other two anyway
        ({"replicas": 3, "generation": 2}, False),  # a scale that was not looked at yet is no rollout
    ],
)
def test_only_a_change_that_restarts_no_running_pod_is_free(changes: dict[str, Any], *, free: bool) -> None:
    """A settled Deployment with pods is never rolled."""
    assert is_free_moment(deployment(**changes)) is free


@pytest.mark.parametrize(
    ("reported", "rolling_out", "reason", "words"),
    [
        (None, False, SlotsEffective.SLOTS_IN_FORCE, "Slots per replica: orders/Activity 7."),
        (7, False, SlotsEffective.SLOTS_IN_FORCE, "Slots per replica: orders/Activity 7 as reported."),
        (5, False, SlotsEffective.SLOTS_DIFFER, "orders/Activity has 5, not 7"),
        (5, True, SlotsEffective.SLOTS_IN_FORCE, "orders/Activity 5 as reported"),
    ],
)
def test_a_difference_from_what_workers_report_is_told(
    reported: int | None, reason: ConditionReason, words: str, *, rolling_out: bool
) -> None:
    """What they report counts; while pods are being replaced it is no news."""
    plan = _plan(_spec(slots=7), deployment(), Container("worker"))
    seen = observation(replace(queue(slots=reported or 7), slots_reported=reported))
    finding = compare(plan, seen, rolling_out=rolling_out)
    assert finding.reason == reason
    assert words in finding.message


def test_slots_that_nobody_declares_are_learned() -> None:
    """A pool needs to name neither a number nor a variable."""
    plan = _plan(_spec(), deployment(), Container("worker"))
    stated = plan.in_force[KEY]
    assert isinstance(stated, Unknown)
    waiting = compare(plan, observation(queue(slots=stated)), rolling_out=False)
    assert waiting == Finding(
        SlotsEffective.SLOTS_IN_FORCE, "Slots per replica: orders/Activity not known until a worker reports them."
    )
    learned = compare(plan, observation(replace(queue(slots=9), slots_reported=9)), rolling_out=False)
    assert learned.message == "Slots per replica: orders/Activity 9 as reported."


def test_what_keeps_slots_from_being_written_is_told_first() -> None:
    """A variable that can't be used matters more than a difference."""
    plan = _plan(_spec(slotsEnvVar="SLOTS"), deployment(), Container("worker"))
    assert compare(plan, observation(queue(slots=3)), rolling_out=False) is plan.finding


TUNED = {"slotsEnvVar": "SLOTS", "tuning": {"minSlots": 5, "maxSlots": 40}}


def test_slots_that_were_decided_on_go_the_same_road_as_fixed_ones() -> None:
    """What the decision chose is due until the Deployment has it."""
    container = Container("worker", env(SLOTS="12"))
    plan = plan_slots(_spec(**TUNED), deployment(), container, {"SLOTS": 18})
    assert (plan.in_force, plan.wanted, plan.due) == ({KEY: 12}, {"SLOTS": 18}, True)
    assert "SLOTS=18" in plan.finding.message
    done = plan_slots(_spec(**TUNED), deployment(), Container("worker", env(SLOTS="18")), {"SLOTS": 18})
    assert (done.due, done.finding.reason) == (False, SlotsEffective.SLOTS_IN_FORCE)


def test_a_variable_that_is_tuned_need_not_be_there() -> None:
    """A missing or malformed value is one that the operator may write; until then workers report what they run."""
    plan = plan_slots(_spec(**TUNED), deployment(), Container("worker"), {})
    assert (plan.due, plan.finding.reason) == (False, SlotsEffective.SLOTS_IN_FORCE)


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
            "belongs to Fleet main",
        ),
    ],
    ids=["a reference", "listed twice", "a controller above"],
)
def test_what_may_not_be_written_is_refused_to_the_decision_and_to_the_write(
    container: Container, owner: Owner | None, reason: ConditionReason, words: str
) -> None:
    """Tuning stops with the same words with which the condition tells it."""
    target = deployment(owner=owner)
    seen = slot_variables(_spec(**TUNED), target, container, unsafe=None)
    assert words in seen.refused["SLOTS"]
    plan = plan_slots(_spec(**TUNED), target, container, {"SLOTS": 18})
    assert (plan.due, plan.wanted, plan.finding.reason) == (False, {}, reason)


def test_the_decision_sees_the_variables_of_the_template() -> None:
    """Values, whose they are, and whether the moment is free; one that gives no number is not in it."""
    owned = deployment(applied_env=frozenset({("worker", "SLOTS"), ("other", "ELSE")}), updated_replicas=1)
    seen = slot_variables(_spec(**TUNED), owned, Container("worker", env(SLOTS="12")), unsafe="no readiness probe")
    assert seen == SlotVariables(
        values={"SLOTS": 12},
        owned=frozenset({"SLOTS"}),
        rolling_out=True,
        is_free_moment=True,
        unsafe="no readiness probe",
    )
    assert slot_variables(_spec(**TUNED), deployment(), Container("worker"), unsafe=None) == SlotVariables()
