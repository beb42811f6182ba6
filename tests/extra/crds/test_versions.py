"""The CRD is replaced under a running operator: it is seen where people look, and the pool is scaled all the same."""

import copy
import json
import time
from collections.abc import Callable, Iterator

import pytest
from typer.testing import CliRunner

from controller.api.crd import RELEASE, SCHEMA_HASH, worker_pool_crd
from controller.cli.main import app
from localcluster.operator_process import OperatorProcess, install, running_operator
from localcluster.running import running_cluster
from tests.extra.incidents.staging import worker_pool, workers
from tests.support.cluster import wait_for
from tests.system.operators import log_lines
from tests.system.place import Object, Place

WITHIN_SECONDS = 45.0
"""Until all of it is seen: CRDs are compared every 15 s, and the pool is polled every 5 s, on a busy machine."""


@pytest.fixture
def place() -> Iterator[Place]:
    """A cluster of the test's own."""
    with running_cluster(say=lambda _: None) as cluster:
        install(cluster)
        yield Place(cluster, "default", "default")


def older() -> Object:
    """The CRD as an earlier version had it: steps had fields, and there was no summary of the replicas."""
    crd = stamped("0.0.9")
    status = schema(crd)["properties"]["status"]["properties"]
    del status["replicaSummary"]
    status["lastDecision"]["properties"]["steps"]["items"] = {
        "type": "object",
        "properties": {"rule": {"type": "string"}, "message": {"type": "string"}},
    }
    return crd


def newer() -> Object:
    """The CRD as a later version may have it: with one more field."""
    crd = stamped("99.0.0")
    schema(crd)["properties"]["spec"]["properties"]["invented"] = {"type": "string"}
    return crd


def stamped(release: str) -> Object:
    """This version's CRD that says that it is of another one."""
    crd = copy.deepcopy(worker_pool_crd())
    crd["metadata"]["annotations"] |= {RELEASE: release, SCHEMA_HASH: f"of-{release}"}
    return crd


def schema(crd: Object) -> Object:
    """That of the one version."""
    found: Object = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return found


def replace_crd(place: Place, crd: Object) -> float:
    """Apply a CRD over the one that is there, and give the time."""
    place.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", input=json.dumps(crd))
    return time.monotonic()


def printed(place: Place, *command: str) -> str:
    """What a command of `twp` says."""
    where = ["--namespace", place.namespace, "--kubeconfig", str(place.cluster.kubeconfig)]
    return " ".join(CliRunner().invoke(app, [*command, *where]).output.split())


def is_logged(operator: OperatorProcess, event: str, word: str = "") -> bool:
    """Whether the operator's log has it."""
    return any(line["event"] == event and word in json.dumps(line) for line in log_lines(operator))


def assert_seen(place: Place, operator: OperatorProcess, reason: str, since: float) -> None:
    """`get`, `explain` and the log have it in time; an Event for each pool would repeat one fact of the cluster."""
    expected: dict[str, Callable[[], bool]] = {
        "get": lambda: reason in place.kubectl("get", "twp", "orders"),
        "explain": lambda: place.conditions("orders")["Ready"]["message"][:40] in printed(place, "explain", "orders"),
        "log": lambda: is_logged(operator, "crds_differ", reason),
    }
    for where, is_there in expected.items():
        wait_for(is_there, WITHIN_SECONDS, f"{reason} in {where}")
    assert time.monotonic() - since < WITHIN_SECONDS
    assert reason not in {event["reason"] for event in place.events("orders")}


def assert_scaled(place: Place, replicas: int) -> None:
    """The pool goes on, and its status says so."""
    place.patch("twp", "orders", {"spec": {"minReplicas": replicas}})
    wait_for(lambda: place.replicas("orders") == replicas, WITHIN_SECONDS, f"{replicas} replicas to be requested")
    wait_for(lambda: place.status("orders")["desiredReplicas"] == replicas, WITHIN_SECONDS, "its status to say so")


def test_a_crd_that_is_replaced_under_a_running_operator_is_seen_and_stops_nothing(place: Place) -> None:
    """Older, with a status that it refuses in part, then newer, then the operator's own again."""
    place.apply(*workers(place, "orders"), worker_pool(place, "orders"))
    # Its log is not held to be clean: kopf calls it an error that it watches again after the CRD was replaced.
    with running_operator(place.cluster, "operator-crds", "--namespace", place.namespace) as operator:
        place.wait_for_reason("orders", "Ready", "Autoscaling")
        assert_scaled(place, 2)

        assert_seen(place, operator, "CRDOutdated", replace_crd(place, older()))
        assert "is of version 0.0.9" in place.conditions("orders")["Ready"]["message"]
        assert_scaled(place, 3)
        assert is_logged(operator, "status_fields_refused", "lastDecision")
        assert "It is older than this version, and lacks status.replicaSummary" in printed(place, "check")

        assert_seen(place, operator, "CRDNewer", replace_crd(place, newer()))
        assert_scaled(place, 2)
        assert "It is newer than this version, and has spec.invented" in printed(place, "check")

        replace_crd(place, worker_pool_crd())
        place.wait_for_reason("orders", "Ready", "Autoscaling")
        assert is_logged(operator, "crds_agree")
        wait_for(lambda: place.status("orders")["lastDecision"]["steps"], WITHIN_SECONDS, "the steps to be written")
