"""The commands on a real pool: check, pause, override, wake, resume and eject."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from controller.cli.main import app
from localcluster.operator_process import OperatorProcess
from tests.support.cluster import wait_for
from tests.system.operators import metrics
from tests.system.place import PATIENCE_SECONDS, Place
from tests.system.workloads import deployment, pool


def twp(place: Place, *arguments: str) -> str:
    """What a command prints that ends well."""
    command, *rest = arguments
    connection = ("--kubeconfig", str(place.cluster.kubeconfig), "--namespace", place.namespace)
    result = CliRunner().invoke(app, [command, *connection, *rest])
    assert result.exit_code == 0, result.output
    return str(result.stdout)


def wait_for_replicas(place: Place, replicas: int) -> None:
    """Wait until the Deployment is requested to have that many."""
    wait_for(lambda: place.replicas("orders") == replicas, PATIENCE_SECONDS, f"{replicas} replicas to be requested")


@pytest.mark.usefixtures("operator")
def test_a_pool_is_checked_overridden_woken_paused_and_resumed(place: Place) -> None:
    """Each at once, though the pool is polled once an hour."""
    place.apply(deployment(), pool(place, minReplicas=0, maxReplicas=5, pollingIntervalSeconds=3600))
    place.wait_for_reason("orders", "Connected", "Connected")
    checks: list[dict[str, Any]] = json.loads(twp(place, "check", "orders", "-o", "json"))["checks"]
    assert {each["outcome"] for each in checks} <= {"ok", "warning"}
    assert {each["group"] for each in checks} == {"cluster", "CRDs", "permissions", "operator", "pool"}

    assert "Without it the pool would have 0 replicas (0 now)" in twp(place, "wake", "orders", "--for", "1h")
    wait_for_replicas(place, 1)
    twp(place, "override", "orders", "2", "--for", "1h")
    wait_for_replicas(place, 2)
    twp(place, "pause", "orders", "--for", "1h", "--reason", "migration")
    paused = place.wait_for_reason("orders", "Overridden", "Paused")
    assert ": migration)" in paused["message"]
    assert "fixed at 2 replicas" in twp(place, "resume", "orders")
    place.wait_for_reason("orders", "Overridden", "NotOverridden")


def test_an_ejected_pool_leaves_its_deployment_running(place: Place, operator: OperatorProcess) -> None:
    """Woken, without the operator's variable, beside an operator that would scale it back to zero."""
    place.apply(deployment(), pool(place))
    place.wait_for_reason("orders", "SlotsEffective", "SlotsInForce")
    place.wait_for_reason("orders", "Ready", "Autoscaling")
    assert [each["name"] for each in _variables(place)] == ["SLOTS"]

    assert "scaled 0 → 2 (dry run)" in twp(place, "eject", "orders", "--replicas", "2", "--remove-slots", "--dry-run")
    assert (place.replicas("orders"), len(place.status("orders")["conditions"]) > 0) == (0, True)
    ejected = twp(place, "eject", "orders", "--replicas", "2", "--remove-slots", "--yes")
    assert "no operator confirmed" not in ejected
    series = f'temporal_worker_pool_max_replicas{{name="orders",namespace="{place.namespace}"}}'
    wait_for(lambda: series not in metrics(operator), PATIENCE_SECONDS, "the operator to forget the pool")
    assert place.kubectl("get", "twp", "--ignore-not-found") == ""
    assert (place.replicas("orders"), _variables(place)) == (2, [])


def _variables(place: Place) -> list[Any]:
    """Variables of the container of the Deployment `orders`."""
    (container,) = place.get("deployment", "orders")["spec"]["template"]["spec"]["containers"]
    return list(container.get("env", ()))
