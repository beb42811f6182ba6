"""What an on-call engineer says by annotation, and a shadow run that only recommends."""

import json
import time
from datetime import UTC, datetime

import pytest

from localcluster.operator_process import OperatorProcess
from tests.support.cluster import wait_for
from tests.system.operators import wait_for_passes
from tests.system.place import PATIENCE_SECONDS, Object, Place
from tests.system.workloads import deployment, pool

PAUSED_UNTIL, OVERRIDE = "workerpools.dev/paused-until", "workerpools.dev/override"

SLOW: Object = {"pollingIntervalSeconds": 3600}
"""So slow that whatever happens soon happens because of the annotation, and not because of the next look."""


def annotate(place: Place, **annotations: str | None) -> None:
    """Set annotations of the pool `orders`, or remove those that are `None`."""
    names = {"paused_until": PAUSED_UNTIL, "override": OVERRIDE}
    place.patch("twp", "orders", {"metadata": {"annotations": {names[key]: text for key, text in annotations.items()}}})


def in_seconds(seconds: float) -> str:
    """A time from now, as an annotation has it."""
    return datetime.fromtimestamp(time.time() + seconds, UTC).isoformat()


def wait_until_ordered(place: Place, replicas: int) -> None:
    """Wait until the Deployment `orders` is requested to have that many replicas."""
    wait_for(lambda: place.replicas("orders") == replicas, PATIENCE_SECONDS, f"{replicas} replicas to be requested")


def events(place: Place, *reasons: str) -> list[Object]:
    """The Events about the pool with one of these reasons."""
    return [event for event in place.events("orders") if event["reason"] in reasons]


@pytest.mark.usefixtures("operator")
def test_a_fixed_number_counts_at_once_and_ends_by_itself(place: Place) -> None:
    """Status, condition and Events say who, why and until when; afterwards the pool goes on, at that very time."""
    place.apply(deployment(), pool(place, minReplicas=1, **SLOW))
    wait_until_ordered(place, 1)
    said = {"replicas": 2, "until": in_seconds(40), "reason": "flash sale", "by": "jo"}
    annotate(place, override=json.dumps(said))
    wait_until_ordered(place, 2)
    overridden = place.wait_for_reason("orders", "Overridden", "ReplicasFixed")
    assert overridden["message"].startswith("Fixed at 2 replicas until ")
    assert "(jo: flash sale)" in overridden["message"]
    reported = place.status("orders")["override"]
    assert (reported["replicas"], reported["by"], reported["reason"]) == (2, "jo", "flash sale")
    assert place.status("orders")["scaleActions"][-1]["reason"] == "Overridden"
    assert place.conditions("orders")["Ready"]["status"] == "True"

    over = place.wait_for_reason("orders", "Overridden", "NotOverridden")
    late = datetime.fromisoformat(over["lastTransitionTime"]) - datetime.fromisoformat(str(said["until"]))
    assert -1 <= late.total_seconds() < 20
    assert "Override" not in {step["rule"] for step in place.status("orders")["lastDecision"]["steps"]}
    assert "override" not in place.status("orders")
    wait_for(lambda: events(place, "NotOverridden"), PATIENCE_SECONDS, "its end to be announced")
    assert [e["reason"] for e in events(place, "ReplicasFixed", "NotOverridden")] == ["ReplicasFixed", "NotOverridden"]


@pytest.mark.usefixtures("operator")
def test_a_paused_pool_is_left_alone_until_the_pause_is_over(place: Place) -> None:
    """It would go to its minReplicas; neither that nor its slot variable is written meanwhile."""
    paused = pool(place, minReplicas=2, **SLOW)
    paused["metadata"]["annotations"] = {PAUSED_UNTIL: in_seconds(3600)}
    place.apply(deployment(), paused)
    message = place.wait_for_reason("orders", "Overridden", "Paused")["message"]
    assert message.startswith("Paused until ")
    assert place.status("orders")["override"]["paused"] is True
    found = place.get("deployment", "orders")
    assert (found["metadata"]["generation"], found["spec"]["replicas"]) == (1, 0)
    assert place.conditions("orders")["SlotsEffective"]["reason"] == "SlotsPending"
    assert place.status("orders")["lastDecision"]["steps"][-1]["reason"] == "Paused"

    annotate(place, paused_until=None)
    wait_until_ordered(place, 2)
    place.wait_for_reason("orders", "SlotsEffective", "SlotsInForce")


def test_garbage_in_an_annotation_is_announced_once_and_ignored(place: Place, operator: OperatorProcess) -> None:
    """The pool is scaled as if it were not there."""
    garbled = pool(place, minReplicas=1)
    garbled["metadata"]["annotations"] = {PAUSED_UNTIL: "tomorrow", OVERRIDE: '{"replicas": 3}'}
    place.apply(deployment(), garbled)
    wait_until_ordered(place, 1)
    message = place.wait_for_reason("orders", "AnnotationsValid", "InvalidAnnotation")["message"]
    assert "workerpools.dev/paused-until is ignored: it is no time in RFC 3339" in message
    assert "workerpools.dev/override is ignored: until is missing" in message
    wait_for_passes(operator, 3)
    assert [w for w in place.warnings("orders") if w[0] == "InvalidAnnotation"] == [("InvalidAnnotation", message)]
    assert place.conditions("orders")["Ready"]["status"] == "True"
    annotate(place, paused_until=None, override=None)
    place.wait_for_reason("orders", "AnnotationsValid", "AnnotationsValid")


def test_a_recommendation_is_announced_when_it_changes_and_not_again_soon(
    place: Place, operator: OperatorProcess
) -> None:
    """One Event, although the recommendation changes twice; the Deployment is not touched."""
    place.apply(deployment(), pool(place, minReplicas=1, mode="Recommend"))
    wait_for(lambda: events(place, "Recommendation"), PATIENCE_SECONDS, "the recommendation to be announced")
    place.patch("twp", "orders", {"spec": {"minReplicas": 2}})
    wait_for(lambda: place.status("orders")["desiredReplicas"] == 2, PATIENCE_SECONDS, "another recommendation")
    wait_for_passes(operator, 2)
    (reported,) = events(place, "Recommendation")
    assert reported["message"].startswith("1 replica recommended (0 now): ")
    assert place.get("deployment", "orders")["metadata"]["generation"] == 1
