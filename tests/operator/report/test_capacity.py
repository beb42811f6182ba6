"""The condition about pods that were requested and cannot start."""

from dataclasses import replace

import pytest

from controller.api.condition_reasons import CapacityAvailable
from controller.api.conditions import ConditionReason
from controller.api.status import ConditionStatus
from controller.operator.passes import ConditionUpdate
from controller.operator.report.capacity import capacity_available
from controller.scaling.decision import Situation
from controller.scaling.memory import Memory
from controller.scaling.observation import Blocker, Observation, PastReport, PodObservation
from controller.scaling.rules.capacity import capacity_of
from tests.operator.builders import conditions
from tests.scaling.builders import NOW, observation, pod, report, spec
from tests.scaling.rules.test_capacity import NO_NODE, PULL, blocked, ready, unschedulable


def _found(seen: Observation, before: ConditionUpdate | None = None) -> ConditionUpdate:
    situation = Situation(spec(), seen, Memory(), NOW)
    capacity = capacity_of(seen, situation.spec.provisioning_deadline_seconds, NOW)
    return capacity_available(situation, capacity, conditions(before) if before else ())


def test_all_is_well_while_pods_are_ready_or_on_their_way() -> None:
    """Both are counted."""
    starting = replace(blocked(PULL), blocker=None)
    assert _found(observation(pods=(ready(), starting))) == ConditionUpdate(
        CapacityAvailable.PODS_COMING, "1 pod is ready, 1 is starting."
    )


def _froze(name: str, seconds: float, *, reports: bool = False) -> PodObservation:
    """A pod that was ready, and last reported 2 minutes ago unless it still does."""
    froze = pod(*([report(2, reported_at=NOW - 4)] if reports else []), name=name, ready_since=None)
    last = None if reports else PastReport(NOW - 190, 8, 10)
    return replace(froze, was_ready=True, unready_since=NOW - seconds, last_report=last)


def test_a_pod_that_was_ready_is_not_starting() -> None:
    """In the first minute its probe may only have failed for a moment."""
    starting = replace(blocked(PULL), blocker=None)
    found = _found(observation(pods=(ready(), starting, _froze("worker-7f9", 59))))
    assert found == ConditionUpdate(
        CapacityAvailable.PODS_COMING, "1 pod is ready, 1 is starting, 1 is no longer ready."
    )


def test_a_pod_that_froze_is_named_with_what_it_last_reported() -> None:
    """The one that froze first, first; one that still reports has its newest numbers."""
    found = _found(observation(pods=(ready(), _froze("b", 70, reports=True), _froze("worker-7f9", 190))))
    assert (found.reason, found.reason.status) == (CapacityAvailable.PODS_NOT_READY, ConditionStatus.FALSE)
    assert found.message == (
        "2 of 3 pods are no longer ready: worker-7f9 for 3 min, which last reported 8 of 10 slots in use 3 min ago; "
        "b for 70 s, which last reported 2 of 10 slots in use 4 s ago. What they may still run counts. "
        f"{CapacityAvailable.PODS_NOT_READY.remedy}"
    )
    unknown = _found(observation(pods=(replace(_froze("a", 61), last_report=None),)))
    assert unknown.message.startswith("1 of 1 pod is no longer ready: a for 61 s. What it may still run counts.")


def test_what_kubernetes_knows_of_a_pod_goes_before() -> None:
    """A crash loop has a cause of its own."""
    crashes = replace(_froze("a", 90), blocker=Blocker("CrashLoopBackOff", "container worker was restarted 4 times"))
    assert _found(observation(pods=(crashes,))).reason == CapacityAvailable.CRASH_LOOP_BACK_OFF
    leaving = replace(_froze("a", 90), terminating=True)
    assert _found(observation(pods=(leaving,))).reason == CapacityAvailable.PODS_COMING


def test_pods_that_wait_for_a_node_are_reported_with_the_time_that_they_have() -> None:
    """Neither well nor a problem: a cluster autoscaler may be at work."""
    waiting = (blocked(unschedulable(30), "a"), blocked(unschedulable(90), "b"))
    found = _found(observation(pods=(ready(), *waiting)))
    message = (
        "2 pods wait for a node, the oldest (b) for 90 s (provisioningDeadlineSeconds 600): "
        f"{NO_NODE} {CapacityAvailable.PROVISIONING.remedy}"
    )
    assert (found, found.reason.status) == (
        ConditionUpdate(CapacityAvailable.PROVISIONING, message),
        ConditionStatus.UNKNOWN,
    )


@pytest.mark.parametrize(
    ("blocker", "reason", "why"),
    [
        (unschedulable(700), CapacityAvailable.UNSCHEDULABLE, f"Unschedulable for 700 s: {NO_NODE}"),
        (
            Blocker("ErrImagePull", "no such host"),
            CapacityAvailable.IMAGE_PULL_BACK_OFF,
            "ErrImagePull: no such host.",
        ),
        (PULL, CapacityAvailable.IMAGE_PULL_BACK_OFF, f"{PULL.reason}: {PULL.message}."),
        (
            Blocker("CrashLoopBackOff", "container worker was restarted 4 times"),
            CapacityAvailable.CRASH_LOOP_BACK_OFF,
            "CrashLoopBackOff: container worker was restarted 4 times.",
        ),
        (
            Blocker("CreateContainerConfigError", 'secret "login" not found'),
            CapacityAvailable.CONTAINER_NOT_CREATED,
            'CreateContainerConfigError: secret "login" not found.',
        ),
    ],
)
def test_what_keeps_pods_from_coming_is_named_with_what_to_do(
    blocker: Blocker, reason: ConditionReason, why: str
) -> None:
    """Which pods, in whose words, and what becomes of growth."""
    logs = "Find the cause with `kubectl logs blocked --previous --container worker`."
    remedy = logs if reason == CapacityAvailable.CRASH_LOOP_BACK_OFF else reason.remedy
    message = f"1 pod cannot start (blocked). {why} No replicas are added meanwhile. {remedy}"
    assert _found(observation(pods=(ready(), blocked(blocker)))) == ConditionUpdate(reason, message)


def test_a_quota_is_named_before_any_pod() -> None:
    """It keeps pods from being there at all."""
    found = _found(replace(observation(pods=(blocked(PULL),)), creation_failure="exceeded quota: few."))
    message = f"Pods can't be created: exceeded quota: few. No replicas are added meanwhile. {found.reason.remedy}"
    assert found == ConditionUpdate(CapacityAvailable.FAILED_CREATE, message)


def test_a_pod_with_a_problem_of_its_own_is_reported_and_stops_nothing() -> None:
    """A younger one became ready."""
    found = _found(observation(pods=(blocked(PULL), ready(created_at=NOW - 60))))
    assert found.reason == CapacityAvailable.IMAGE_PULL_BACK_OFF
    assert "Others start, so replicas are still added." in found.message


CRASH_LOOP = ConditionUpdate(CapacityAvailable.CRASH_LOOP_BACK_OFF, "It crashes.")


@pytest.mark.parametrize(
    ("seconds", "restarts", "lasts"), [(12, 5, True), (299, 2, True), (300, 5, False), (12, 1, False)]
)
def test_a_crash_loop_is_one_finding_until_its_pods_have_run_for_a_while(
    seconds: float, restarts: int, *, lasts: bool
) -> None:
    """A container that crashes every 15 s may be ready in between: that is no recovery, and no pair of Events."""
    again = replace(ready("a"), restarts=restarts, ended_at=NOW - seconds)
    found = _found(observation(pods=(again, ready("b"))), CRASH_LOOP)
    assert found.reason == (CapacityAvailable.CRASH_LOOP_BACK_OFF if lasts else CapacityAvailable.PODS_COMING)
    if lasts:
        assert found.message.startswith(
            f"1 pod runs again after crashes (a: {restarts} restarts, the last end {seconds} s"
        )


def test_pods_that_once_crashed_are_no_crash_loop_where_none_was_found() -> None:
    """Two restarts while a server came up are how many pools begin."""
    again = replace(ready("a"), restarts=3, ended_at=NOW - 12)
    assert _found(observation(pods=(again,))).reason == CapacityAvailable.PODS_COMING
    assert _found(observation(pods=(ready("new"),)), CRASH_LOOP).reason == CapacityAvailable.PODS_COMING


@pytest.mark.parametrize(
    ("others", "stops"), [((), True), ((ready("b"),), False), ((ready("c", replica_set="w-2"),), True)]
)
def test_crashes_stop_a_release_where_no_pod_of_a_template_runs_well(
    others: tuple[PodObservation, ...], *, stops: bool
) -> None:
    """Also while the pods of an older template do."""
    again = replace(ready("a"), restarts=3, ended_at=NOW - 12)
    seen = observation(pods=(again, *others))
    assert capacity_of(seen, 600, NOW).stops_template is stops
    assert not capacity_of(seen, 600, NOW).stops_growth
