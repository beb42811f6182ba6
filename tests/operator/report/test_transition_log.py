"""The log has one line for each transition of a condition, and none for what stays."""

import pytest
from structlog.testing import capture_logs

from controller.api.condition_reasons import CapacityAvailable, ObjectiveMet, ScalingLimited, TargetFound
from controller.api.conditions import ConditionReason
from controller.operator.passes import ConditionUpdate
from controller.operator.report.transition_log import log_transitions
from tests.operator.builders import conditions, pool


def logged(before: ConditionReason | None, after: ConditionReason) -> list[tuple[str, str, object]]:
    """Level, reason, and the reason before, of the lines about other conditions than `Ready`."""
    past = conditions(ConditionUpdate(before, "Before.")) if before else ()
    with capture_logs() as lines:
        log_transitions(pool(), past, conditions(ConditionUpdate(after, "After.")))
    return [
        (line["log_level"], line["reason"], line["reason_before"]) for line in lines if line["condition"] != "Ready"
    ]


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (None, TargetFound.TARGET_FOUND, []),
        (None, TargetFound.TARGET_NOT_FOUND, [("warning", "TargetNotFound", None)]),
        (TargetFound.TARGET_FOUND, TargetFound.TARGET_NOT_FOUND, [("warning", "TargetNotFound", "TargetFound")]),
        (
            TargetFound.TARGET_NOT_FOUND,
            TargetFound.CONTAINER_NOT_FOUND,
            [("warning", "ContainerNotFound", "TargetNotFound")],
        ),
        (TargetFound.TARGET_NOT_FOUND, TargetFound.TARGET_FOUND, [("info", "TargetFound", "TargetNotFound")]),
        (TargetFound.TARGET_NOT_FOUND, TargetFound.TARGET_NOT_FOUND, []),
        (CapacityAvailable.PODS_COMING, CapacityAvailable.PROVISIONING, [("info", "Provisioning", "PodsComing")]),
        (
            ObjectiveMet.STARTED_IN_TIME,
            ObjectiveMet.AT_MAX_REPLICAS,
            [("warning", "AtMaxReplicas", "StartedInTime")],
        ),
        (ScalingLimited.TOO_MANY_REPLICAS, ScalingLimited.TOO_FEW_REPLICAS, []),
    ],
    ids=str,
)
def test_a_transition_is_one_line(
    before: ConditionReason | None, after: ConditionReason, lines: list[tuple[str, str, object]]
) -> None:
    """A warning where something is to be done."""
    assert logged(before, after) == lines


def test_a_line_names_the_pool_and_says_what_the_condition_says() -> None:
    """For whoever has only the log."""
    with capture_logs() as lines:
        log_transitions(pool(), (), conditions(ConditionUpdate(TargetFound.TARGET_NOT_FOUND, "No Deployment worker.")))
    line = lines[-1]
    assert (line["event"], line["pool"], line["namespace"]) == ("condition_changed", "orders", "prod")
    assert (line["condition"], line["status"], line["message"]) == ("TargetFound", "False", "No Deployment worker.")
