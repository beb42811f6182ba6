"""The commands that read, against a real pool, by an account that may only read."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from controller.cli.exit_status import ExitStatus
from controller.cli.main import app
from tests.support.cluster import wait_for
from tests.system.place import PATIENCE_SECONDS, Place
from tests.system.workloads import deployment, pool


def _reader(place: Place) -> Path:
    """A kubeconfig of an account with the permissions that docs/cli.md lists, and no other."""
    rules = {"pools": ("get,list", "temporalworkerpools.workerpools.dev"), "events": ("list", "events")}
    place.kubectl("create", "serviceaccount", "reader")
    for name, (verbs, resource) in rules.items():
        place.kubectl("create", "role", name, f"--verb={verbs}", f"--resource={resource}")
        account = f"--serviceaccount={place.namespace}:reader"
        place.kubectl("create", "rolebinding", name, f"--role={name}", account)
    return place.cluster.kubeconfig_for_service_account(place.namespace, "reader")


@pytest.mark.usefixtures("operator")
def test_every_command_that_reads_works_by_reading(place: Place) -> None:
    """A pool that was scaled to its least number: each command says so, and needs nothing but to read."""
    kubeconfig = _reader(place)

    def twp(*arguments: str) -> Result:
        connection = ("-n", place.namespace, "--kubeconfig", str(kubeconfig))
        return CliRunner().invoke(app, [*arguments, *connection])

    place.apply(deployment(), pool(place, minReplicas=1))
    waited = twp("status", "orders", "--timeout", f"{PATIENCE_SECONDS:.0f}s")
    assert waited.exit_code == ExitStatus.OK, waited.output
    assert f"{place.namespace}/orders  Ready True" in waited.stdout
    wait_for(lambda: place.replicas("orders") == 1, PATIENCE_SECONDS, "the least number of replicas")
    wait_for(lambda: twp("history", "orders").stdout.count("Scaled 0 → 1") == 1, PATIENCE_SECONDS, "the scale action")
    wait_for(lambda: "SuccessfulRescale" in twp("events", "orders").stdout, PATIENCE_SECONDS, "its Event")

    said = {
        "status": "orders",
        "top": "orders",
        "get -o wide": "orders",
        "get orders -o name": "temporalworkerpool.workerpools.dev/orders",
        "explain orders": "What was decided",
        "explain orders --at 1s": "What was decided",
        "why-not orders 3": "should have 1 replica, not 3",
        "why-not orders 99": "raise spec.maxReplicas, too",
        "history orders": "operator",
    }
    for command, text in said.items():
        result = twp(*command.split())
        assert text in result.stdout, (command, result.output)
        assert not result.stderr, command
    [item] = json.loads(twp("get", "-o", "json").stdout)["items"]
    assert item["status"]["desiredReplicas"] == 1

    place.kubectl("delete", "rolebinding", "events")
    missing = f"not allowed to list events in namespace {place.namespace}"
    wait_for(lambda: missing in twp("history", "orders").stderr, PATIENCE_SECONDS, "the permission to be gone")
    assert "Scaled 0 → 1" in twp("history", "orders").stdout
    assert twp("events", "orders").exit_code == ExitStatus.FORBIDDEN
    assert twp("get", "-A").exit_code == ExitStatus.FORBIDDEN
