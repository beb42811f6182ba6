"""What the operator writes when there is nothing to write, and when it may only recommend."""

from examples.burst.result import BurstPlan
from examples.unified.start import TARGET
from examples.work import Batch
from localcluster.operator_process import OperatorProcess
from tests.support.cluster import wait_for
from tests.system.load import running_burst
from tests.system.operators import wait_for_passes
from tests.system.place import PATIENCE_SECONDS, Place
from tests.system.workloads import UNIFIED_DEPLOYMENT, UNIFIED_POOL, deployment, pool, unified

QUIET_PASSES = 7
"""More than 30 s at a pass every 5 s: what drifts is written that often, so nothing must drift."""


def test_an_idle_pool_is_not_written(place: Place, operator: OperatorProcess) -> None:
    """Once its slots are set, neither the pool nor its Deployment changes, and no Event comes."""
    place.apply(deployment(), pool(place))
    place.wait_for_reason("orders", "SlotsEffective", "SlotsInForce")
    events = wait_for(lambda: place.events("orders"), PATIENCE_SECONDS, "the Event of the first slots")
    wait_for(lambda: is_observed(place), PATIENCE_SECONDS, "the Deployment controller to see the first slots")
    wait_for_passes(operator, 1)
    before = versions(place)
    wait_for_passes(operator, QUIET_PASSES)
    assert (versions(place), place.events("orders")) == (before, events)
    assert [event["message"] for event in events] == ["Wrote SLOTS=5."]


def is_observed(place: Place) -> bool:
    """Whether the Deployment controller's status is of the present template, so that it has nothing more to write."""
    found = place.get("deployment", "orders")
    return bool(found["status"].get("observedGeneration") == found["metadata"]["generation"])


def versions(place: Place) -> list[str]:
    """The resource versions of pool and Deployment, which each write changes."""
    return [str(place.get(kind, "orders")["metadata"]["resourceVersion"]) for kind in ("twp", "deployment")]


def test_a_recommendation_changes_nothing_but_status(place: Place, operator: OperatorProcess) -> None:
    """Tasks wait and slots differ: both decisions are reported, and the Deployment is left to its owner."""
    place.apply(*unified(place, mode="Recommend"))
    with running_burst(place, TARGET, BurstPlan(12, Batch(1, 0.1))):
        wait_for(
            lambda: place.status(UNIFIED_POOL).get("desiredReplicas") == 3, PATIENCE_SECONDS, "3 replicas recommended"
        )
        wait_for_passes(operator, 1)
    found = place.get("deployment", UNIFIED_DEPLOYMENT)
    assert (found["metadata"]["generation"], found["spec"]["replicas"]) == (1, 0)
    conditions = place.conditions(UNIFIED_POOL)
    assert [(c["type"], c["status"]) for c in conditions.values() if c["reason"] == "RecommendOnly"] == [
        ("Ready", "True"),
        ("ScalingActive", "True"),
    ]
    assert conditions["Ready"]["message"] == "Recommended: 3 replicas, not set (mode is Recommend)."
    assert conditions["SlotsEffective"]["message"].endswith("mode is Recommend, so nothing is written.")
    assert place.status(UNIFIED_POOL)["scaleActions"] == []
    assert place.warnings(UNIFIED_POOL) == []
