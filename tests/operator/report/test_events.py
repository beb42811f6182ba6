"""Events: one for each change that is news, none for what stays."""

from dataclasses import replace
from datetime import timedelta

import pytest

from controller.api.condition_reasons import (
    CapacityAvailable,
    Connected,
    InFlightKnown,
    ScalingLimited,
    SlotsEffective,
    TargetFound,
    WorkersPolling,
)
from controller.api.event_reasons import EventType
from controller.api.status import Condition
from controller.cluster.events import Event
from controller.operator.passes import ConditionUpdate, SlotPlan
from controller.operator.report.events import rescaled, slots_written, transitions
from controller.scaling.decision import Decision, Step
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.reasons import Rule, StepReason
from tests.operator.builders import conditions

FOUND = conditions(ConditionUpdate(TargetFound.TARGET_FOUND, "Scaling Deployment worker."))
MISSING = conditions(ConditionUpdate(TargetFound.TARGET_NOT_FOUND, "No Deployment worker."))
UNCLEAR = conditions(ConditionUpdate(TargetFound.CONTAINER_NOT_FOUND, "No container main."))
PENDING = conditions(ConditionUpdate(SlotsEffective.SLOTS_PENDING, "SLOTS=5 waits."))
ASLEEP = conditions(ConditionUpdate(WorkersPolling.NO_POLLER, "No replica is ready."))
NOT_POLLING = conditions(ConditionUpdate(WorkersPolling.NOT_POLLING, "No worker polls orders."))
LIMITED = conditions(ConditionUpdate(ScalingLimited.TOO_MANY_REPLICAS, "Limited to maxReplicas 5."))
COMING = conditions(ConditionUpdate(CapacityAvailable.PODS_COMING, "3 pods."))
PROVISIONING = conditions(ConditionUpdate(CapacityAvailable.PROVISIONING, "3 pods wait."))
NO_NODE = conditions(ConditionUpdate(CapacityAvailable.UNSCHEDULABLE, "3 pods do not come."))
WARNING = Event(EventType.WARNING, "TargetNotFound", "Reconcile", "No Deployment worker.")


@pytest.mark.parametrize(
    ("before", "after", "events"),
    [
        ((), FOUND, []),
        ((), MISSING, [WARNING]),
        (FOUND, MISSING, [WARNING]),
        (MISSING, MISSING, []),
        (MISSING, UNCLEAR, [Event(EventType.WARNING, "ContainerNotFound", "Reconcile", "No container main.")]),
        (
            MISSING,
            FOUND,
            [
                Event(
                    EventType.NORMAL,
                    "TargetFound",
                    "Reconcile",
                    "TargetFound became True after 0s (last TargetNotFound). Scaling Deployment worker.",
                )
            ],
        ),
        ((), LIMITED, []),
        ((), ASLEEP, []),
        (NOT_POLLING, ASLEEP, []),
        (ASLEEP, NOT_POLLING, [Event(EventType.WARNING, "NotPolling", "Reconcile", "No worker polls orders.")]),
        ((), PENDING, [Event(EventType.NORMAL, "SlotsPending", "Reconcile", "SLOTS=5 waits.")]),
        (COMING, PROVISIONING, [Event(EventType.NORMAL, "Provisioning", "Reconcile", "3 pods wait.")]),
        (PROVISIONING, NO_NODE, [Event(EventType.WARNING, "Unschedulable", "Reconcile", "3 pods do not come.")]),
        (
            NO_NODE,
            COMING,
            [
                Event(
                    EventType.NORMAL,
                    "PodsComing",
                    "Reconcile",
                    "CapacityAvailable became True after 0s (last Unschedulable). 3 pods.",
                )
            ],
        ),
    ],
    ids=[
        "good from the start",
        "bad from the start",
        "turned bad",
        "still bad",
        "bad otherwise",
        "fixed",
        "a limit",
        "at zero",
        "to zero with a problem",
        "woken with a problem",
        "a wait",
        "a wait for nodes",
        "a wait in vain",
        "nodes again",
    ],
)
def test_a_condition_is_announced_when_it_turns(
    before: tuple[Condition, ...], after: tuple[Condition, ...], events: list[Event]
) -> None:
    """A problem is announced once, its end once, and good news from the start not at all."""
    assert [replace(event, facts={}) for event in transitions(before, after)] == events


UNREAD = conditions(
    ConditionUpdate(Connected.SERVER_UNREACHABLE, "temporal:7233 refused."),
    ConditionUpdate(InFlightKnown.HEARTBEATS_LOST, "temporal:7233 refused."),
)
UNREPORTED = conditions(
    ConditionUpdate(Connected.CONNECTED, "It answers."), ConditionUpdate(InFlightKnown.HEARTBEATS_LOST, "1 of 2 pods.")
)
WELL = conditions(
    ConditionUpdate(Connected.CONNECTED, "It answers."),
    ConditionUpdate(InFlightKnown.HEARTBEATS_FOUND, "2 of 2 ready pods."),
)


@pytest.mark.parametrize(
    ("before", "after", "reasons"),
    [
        (WELL, UNREAD, ["ServerUnreachable"]),
        (UNREAD, WELL, ["Connected"]),
        (WELL, UNREPORTED, ["HeartbeatsLost"]),
        (UNREAD, UNREPORTED, ["Connected", "HeartbeatsLost"]),
        (UNREPORTED, UNREAD, ["ServerUnreachable"]),
    ],
)
def test_a_lost_server_is_one_problem(
    before: tuple[Condition, ...], after: tuple[Condition, ...], reasons: list[str]
) -> None:
    """That nothing is known of running work either goes without saying; pods that do not report do not."""
    assert [event.reason for event in transitions(before, after)] == reasons


def test_slots_that_wait_are_no_event_of_their_own_while_temporal_cannot_be_read() -> None:
    """They wait for it, too."""
    lost = ConditionUpdate(Connected.SERVER_UNREACHABLE, "temporal:7233 refused.")
    pending = ConditionUpdate(SlotsEffective.SLOTS_PENDING, "SLOTS=5 is due.")
    assert [event.reason for event in transitions((), conditions(lost, pending))] == ["ServerUnreachable"]
    assert [event.reason for event in transitions((), conditions(pending))] == ["SlotsPending"]


def test_a_rescale_says_from_where_to_where_and_why() -> None:
    """The HPA's word, with both numbers and the reason of the step that decided."""
    action = ScaleAction(0, 4, 7, "BacklogPerReplica", "Limited to maxReplicas 7 (9 recommended).")
    note = "Scaled 4 → 7: limited to maxReplicas 7 (9 recommended)."
    event = rescaled(action)
    assert replace(event, facts={}) == Event(EventType.NORMAL, "SuccessfulRescale", "Scale", note)
    assert event.facts == {
        "workerpools.dev/from-replicas": "4",
        "workerpools.dev/to-replicas": "7",
        "workerpools.dev/step": "BacklogPerReplica",
    }


def test_a_transition_is_there_for_programs_too() -> None:
    """As annotations of the Event: what turned, from what to what."""
    (lost,) = transitions((), MISSING)
    (over,) = transitions(MISSING, FOUND)
    to_missing = {
        "workerpools.dev/condition": "TargetFound",
        "workerpools.dev/to-status": "False",
        "workerpools.dev/to-reason": "TargetNotFound",
    }
    assert lost.facts == to_missing
    assert over.facts == {
        "workerpools.dev/condition": "TargetFound",
        "workerpools.dev/from-status": "False",
        "workerpools.dev/from-reason": "TargetNotFound",
        "workerpools.dev/to-status": "True",
        "workerpools.dev/to-reason": "TargetFound",
    }


def test_the_end_of_a_problem_says_how_long_it_lasted() -> None:
    """By the times of the two transitions."""
    began = MISSING[-1].model_copy(
        update={"last_transition_time": FOUND[-1].last_transition_time - timedelta(minutes=5)}
    )
    (event,) = transitions((began,), FOUND)
    assert event.note == "TargetFound became True after 5m (last TargetNotFound). Scaling Deployment worker."


@pytest.mark.parametrize(
    ("reason", "note"),
    [
        (StepReason.SLOTS_RAISED, "Wrote SLOTS=15. SLOTS: 10 → 15 slots."),
        (StepReason.SLOTS_COOLING_DOWN, "Wrote SLOTS=15."),
        (None, "Wrote SLOTS=15."),
    ],
    ids=["chosen now", "chosen before", "fixed"],
)
def test_slots_that_were_written_are_announced(reason: StepReason | None, note: str) -> None:
    """With why, where the operator chose them in this pass; what is not written is no news."""
    steps = () if reason is None else (Step(Rule.SLOTS, reason, "SLOTS: 10 → 15 slots.", 2, 2),)
    decision = Decision(2, 2, steps, Memory())
    plan = SlotPlan(desired={"SLOTS": 15})
    assert list(slots_written(plan, decision)) == []
    written = list(slots_written(replace(plan, written="SLOTS=15"), decision))
    assert written == [Event(EventType.NORMAL, "SuccessfulUpdateSlots", "UpdateSlots", note)]
