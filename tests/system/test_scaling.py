"""From zero to many and back to zero, on the real parts, with work of which none is cut short."""

import pytest

from examples.burst.result import BurstPlan
from examples.separated.start import TARGET as SEPARATED
from examples.unified.start import TARGET as UNIFIED
from examples.work import Batch
from tests.system.load import running_burst
from tests.system.place import Object, Place
from tests.system.workloads import (
    ACTIVITY_DEPLOYMENT,
    ACTIVITY_POOL,
    UNIFIED_DEPLOYMENT,
    UNIFIED_POOL,
    WORKFLOW_DEPLOYMENT,
    WORKFLOW_POOL,
    example,
    unified,
)

pytestmark = pytest.mark.long


def steps_of_replicas(status: Object) -> list[int]:
    """The numbers of replicas that a pool went through; every action starts where the one before ended."""
    actions = status["scaleActions"]
    assert [action["from"] for action in actions[1:]] == [action["to"] for action in actions[:-1]]
    return [actions[0]["from"], *(action["to"] for action in actions)]


def facts_of(event: Object) -> tuple[str, str, str]:
    """From how many replicas to how many, and by which step, as programs read it."""
    facts = event["metadata"]["annotations"]
    names = "from-replicas", "to-replicas", "step"
    before, after, step = (str(facts[f"workerpools.dev/{name}"]) for name in names)
    assert (event["type"], event["message"].startswith(f"Scaled {before} → {after}: ")) == ("Normal", True)
    return before, after, step


def assert_deployment_names_pool(place: Place, reported: list[tuple[str, str, str]]) -> None:
    """By an annotation, and by an Event for each change of replicas."""
    found = place.get("deployment", UNIFIED_DEPLOYMENT)
    assert found["metadata"]["annotations"]["workerpools.dev/scaled-by"] == UNIFIED_POOL
    described = place.kubectl("describe", "deployment", UNIFIED_DEPLOYMENT)
    for before, after, _ in reported:
        assert f"TemporalWorkerPool {UNIFIED_POOL} scaled {before} → {after}: " in described


def assert_explains_itself(status: Object) -> None:
    """The steps lead from the replicas to those desired without a gap, from the need to the bounds, each with words."""
    decision = status["lastDecision"]
    steps = decision["steps"]
    assert [step["before"] for step in steps[1:]] == [step["after"] for step in steps[:-1]]
    assert (steps[0]["before"], steps[-1]["after"]) == (status["replicas"], decision["desiredReplicas"])
    rules = [step["rule"] for step in steps]
    assert rules.index("Demand") < rules.index("Freshness") < rules.index("ZeroGate") < rules.index("Bounds")
    assert all(step["reason"] and step["message"] for step in steps)


@pytest.mark.usefixtures("operator")
def test_the_unified_workers_go_from_zero_to_many_and_back_to_zero(place: Place) -> None:
    """No work is cut short, and status and Events show each step with its reason."""
    place.apply(*unified(place))
    plan = BurstPlan(10, Batch(6, 3.0), timeout_seconds=180)
    with running_burst(place, UNIFIED, plan) as burst:
        result = burst.result()
    place.wait_for_zero(UNIFIED_DEPLOYMENT)
    assert (result.completed, len(result.reports), result.cut_short) == (10, 60, 0)

    place.wait_for_reason(UNIFIED_POOL, "InFlightKnown", "NoReplicas")
    status = place.status(UNIFIED_POOL)
    went_through = steps_of_replicas(status)
    assert (went_through[0], max(went_through), went_through[-1]) == (0, 3, 0)
    reported = [facts_of(event) for event in place.events(UNIFIED_POOL) if event["reason"] == "SuccessfulRescale"]
    assert [int(to) for _, to, _ in reported[:-1]] == [int(before) for before, _, _ in reported[1:]]
    actions = status["scaleActions"]
    assert len(reported) == sum(action.get("count", 1) for action in actions)
    assert {(str(a["to"]), a["reason"]) for a in actions} <= {(to, step) for _, to, step in reported}
    assert_deployment_names_pool(place, reported)
    assert place.warnings(UNIFIED_POOL) == []
    assert_explains_itself(status)
    assert (status["desiredReplicas"], status["replicas"], status["lastDecision"]["desiredReplicas"]) == (0, 0, 0)
    assert reported[0][2] == "BacklogPerReplica"
    assert status["scaleActions"][-1]["reason"] == "Idle"
    ready = place.conditions(UNIFIED_POOL)["Ready"]
    assert (ready["status"], ready["reason"]) == ("True", "Autoscaling")


@pytest.mark.usefixtures("operator")
def test_separated_workers_go_from_zero_and_back_each_by_its_own_queue(place: Place) -> None:
    """Three workflows with many activities: the activity pool grows, the workflow pool stays at one replica."""
    place.apply(*example(place, "separated", maxReplicas=4))
    plan = BurstPlan(3, Batch(25, 3.0), timeout_seconds=180)
    with running_burst(place, SEPARATED, plan) as burst:
        result = burst.result()
    place.wait_for_zero(ACTIVITY_DEPLOYMENT)
    place.wait_for_zero(WORKFLOW_DEPLOYMENT)
    assert (result.completed, len(result.reports), result.cut_short) == (3, 75, 0)
    assert max(steps_of_replicas(place.status(ACTIVITY_POOL))) >= 3
    assert set(steps_of_replicas(place.status(WORKFLOW_POOL))) == {0, 1}
