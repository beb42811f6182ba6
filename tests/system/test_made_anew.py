"""What is deleted and made anew under its name starts anew; what a person does again and again is counted."""

import time

from typer.testing import CliRunner

from controller.cli.main import app
from localcluster.operator_process import OperatorProcess
from tests.support.cluster import wait_for
from tests.system.operators import log_lines
from tests.system.place import PATIENCE_SECONDS, Place
from tests.system.workloads import deployment, pool

WITHIN_SECONDS = 30.0
"""Until it is seen, on a busy machine; the pool is polled once an hour, so that only watches can see it."""


def wait_until_requested(place: Place, replicas: int) -> None:
    """Wait until the Deployment is requested to have so many."""
    awaited = f"{replicas} replicas to be requested"
    wait_for(lambda: place.replicas("orders") == replicas, WITHIN_SECONDS, awaited)


def reasons(place: Place) -> list[str]:
    """Of the Events about the pool."""
    return [event["reason"] for event in place.events("orders")]


def explained(place: Place) -> str:
    """What `twp explain` says of the pool."""
    where = ["--namespace", place.namespace, "--kubeconfig", str(place.cluster.kubeconfig)]
    return " ".join(CliRunner().invoke(app, ["explain", "orders", *where]).output.split())


def is_logged(place: Place, operator: OperatorProcess, **words: str) -> bool:
    """Whether a line about the pool has all of these."""
    wanted = {"namespace": place.namespace, "pool": "orders", **words}
    return any(all(line.get(key) == value for key, value in wanted.items()) for line in log_lines(operator))


def test_a_deployment_and_a_pool_that_are_made_anew_start_anew(place: Place, operator: OperatorProcess) -> None:
    """No field manager scaled the one, and the other one knows nothing of what its predecessor did."""
    manifest = pool(place, minReplicas=1, pollingIntervalSeconds=3600)
    place.apply(deployment(), manifest)
    wait_until_requested(place, 1)
    place.wait_for_reason("orders", "Ready", "Autoscaling")

    place.kubectl("delete", "deployment", "orders", "--wait=false")
    gone_at = time.monotonic()
    place.wait_for_reason("orders", "Ready", "TargetNotFound", "orders")
    wait_for(lambda: "TargetNotFound" in reasons(place), PATIENCE_SECONDS, "the Event")
    assert is_logged(place, operator, event="condition_changed", condition="Ready", reason="TargetNotFound")
    assert "TargetNotFound" in place.kubectl("get", "twp", "orders")
    assert place.conditions("orders")["Ready"]["message"] in explained(place)
    assert time.monotonic() - gone_at < WITHIN_SECONDS
    place.apply(deployment())
    wait_until_requested(place, 1)
    place.wait_for_reason("orders", "Ready", "Autoscaling")
    assert "ScaledByOther" not in reasons(place)

    before = place.get("twp", "orders")
    assert len(place.status("orders")["scaleActions"]) > 0
    place.kubectl("delete", "twp", "orders")
    place.apply(manifest)
    place.wait_for_reason("orders", "Ready", "Autoscaling")
    after = place.get("twp", "orders")
    assert after["metadata"]["uid"] != before["metadata"]["uid"]
    assert place.status("orders").get("scaleActions", []) == []
    assert place.replicas("orders") == 1


def test_a_person_who_scales_again_and_again_is_counted(place: Place, operator: OperatorProcess) -> None:
    """From the third time on; each time is an Event within seconds."""
    place.apply(deployment(), pool(place, pollingIntervalSeconds=3600))
    place.wait_for_reason("orders", "AbleToScale", "ReadyForNewScale")
    for count, replicas in enumerate((2, 3, 2), start=1):
        place.kubectl("scale", "deployment", "orders", f"--replicas={replicas}")
        wait_for(lambda: reasons(place).count("ScaledByOther") == count, WITHIN_SECONDS, f"Event {count}")  # noqa: B023
    place.wait_for_reason("orders", "AbleToScale", "ScaledByOther", "kubectl-scale set the replicas 3 times in ")
    assert is_logged(place, operator, event="scaled_by_other", by="kubectl-scale")
    assert "ScaledByOther" in place.kubectl("get", "twp", "orders")
    assert "kubectl-scale set the replicas 3 times in " in explained(place)
