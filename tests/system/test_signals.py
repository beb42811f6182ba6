"""What the workers report, on the whole system: slots that are not declared, and queues that no worker polls."""

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from temporalio.client import Client

from examples.burst.result import BurstPlan
from examples.unified.start import TARGET
from examples.work import Batch
from localcluster.processes import Children
from localcluster.server_versions import binary_of
from localcluster.temporal_server import start_temporal_server
from tests.support.cluster import wait_for
from tests.system.load import running_burst
from tests.system.operators import operator_of, wait_for_passes
from tests.system.place import PATIENCE_SECONDS, Object, Place
from tests.system.workloads import UNIFIED_DEPLOYMENT, UNIFIED_POOL, unified

pytestmark = pytest.mark.long


@pytest.mark.usefixtures("operator")
def test_slots_that_are_not_declared_are_learned_from_the_workers(place: Place) -> None:
    """The pool names neither a number nor a variable; the example's default is reported within a minute."""
    queues = [{"name": "data-processing", "tasks": [{"type": "Workflow"}, {"type": "Activity"}]}]
    place.apply(*unified(place, replicas=1, minReplicas=1, scaleToZero=None, taskQueues=queues))

    def learned() -> bool:
        tasks = place.status(UNIFIED_POOL)["taskQueues"][0]["tasks"]
        return all(task["slotsReported"] == task["slotsPerReplica"] > 0 for task in tasks)

    wait_for(learned, PATIENCE_SECONDS, "the slots of both types to be reported")
    assert place.conditions(UNIFIED_POOL)["SlotsEffective"]["reason"] == "SlotsInForce"
    assert place.conditions(UNIFIED_POOL)["WorkersPolling"]["reason"] == "Polling"


def test_workers_that_do_not_poll_get_no_company(place: Place) -> None:
    """Tasks wait in a queue whose name has a slip; the one replica polls another one, and stays the only one.

    An operator that is restarted before it could find it finds it all the same, and what the pods poll instead.
    """
    hasty = sys.executable, "-m", "tests.system.hasty_operator"
    queues = [{"name": "data-processing-2", "tasks": [{"type": "Workflow", "slots": 5}]}]
    place.apply(*unified(place, replicas=1, minReplicas=1, scaleToZero=None, taskQueues=queues))
    with operator_of(place, program=hasty):
        place.wait_for_replicas(UNIFIED_DEPLOYMENT, 1)
        place.wait_for_reason(UNIFIED_POOL, "WorkersPolling", "Polling")
    with operator_of(place, program=hasty) as restarted:
        reported = place.wait_for_reason(UNIFIED_POOL, "WorkersPolling", "NotPolling")
        assert "no worker polled data-processing-2/Workflow for " in reported["message"]
        assert "The pods poll data-processing; the pool lists data-processing-2." in reported["message"]
        assert place.conditions(UNIFIED_POOL)["InFlightKnown"]["reason"] == "WorkersNotPolling"
        asyncio.run(_start_workflows(place, 40))
        wait_for(lambda: place.status(UNIFIED_POOL).get("backlog") == 40, PATIENCE_SECONDS, "a backlog of 40")
        wait_for_passes(restarted, 2)
        assert place.replicas(UNIFIED_DEPLOYMENT) == 1
    (warning,) = [note for reason, note in place.warnings(UNIFIED_POOL) if reason == "NotPolling"]
    assert "The pods poll data-processing" in warning


@pytest.fixture
def old_place(place: Place, tmp_path: Path) -> Iterator[Place]:
    """The same, with a Temporal server that has no heartbeats."""
    with Children(tmp_path) as children:
        server = start_temporal_server(children, binary_of("1.29.1"), name="old-temporal")
        server.create_namespace(place.temporal_namespace)
        yield replace(place, own_temporal=server.address)


@pytest.mark.usefixtures("operator")
@pytest.mark.parametrize(
    ("source", "where"),
    [("PodMetrics", "place"), ("Auto", "old_place")],
    ids=["PodMetrics is asked for", "Auto, and the server has no heartbeats"],
)
def test_slots_in_use_are_read_from_the_pods_own_metrics(
    request: pytest.FixtureRequest, source: str, where: str
) -> None:
    """Three activities run in the example's worker, whose SDK serves its metrics on a port of the pod."""
    place: Place = request.getfixturevalue(where)
    in_flight = {"source": source, "podMetrics": {"port": 9464}}
    place.apply(*unified(place, replicas=1, minReplicas=1, scaleToZero=None, inFlight=in_flight))
    place.wait_for_reason(UNIFIED_POOL, "InFlightKnown", "PodMetricsFound", "1 of 1 running pod")
    with running_burst(place, TARGET, BurstPlan(1, Batch(3, PATIENCE_SECONDS))):
        wait_for(
            lambda: place.status(UNIFIED_POOL)["inFlight"] == {"source": "PodMetrics", "slotsUsed": 3},
            PATIENCE_SECONDS,
            "3 slots in use by pod metrics",
        )


@pytest.mark.usefixtures("operator")
def test_whether_the_objective_is_met_is_read_from_the_pods_own_metrics(place: Place) -> None:
    """Two slots and six activities of 4 s: the last ones wait for 8 s. The objective of 5 s is a bucket's bound."""
    replicas = {"minReplicas": 1, "maxReplicas": 1, "scaleToZero": None}
    in_flight = {"source": "PodMetrics", "podMetrics": {"port": 9464}}
    objective = {"scheduleToStartSeconds": 5}
    manifests = unified(place, replicas=1, inFlight=in_flight, objective=objective, **replicas)
    _set_variable(manifests, "MAX_CONCURRENT_ACTIVITIES", "2")
    place.apply(*manifests)
    place.wait_for_reason(UNIFIED_POOL, "InFlightKnown", "PodMetricsFound", "1 of 1 running pod")
    with running_burst(place, TARGET, BurstPlan(1, Batch(6, 4.0))) as burst:
        waits = [report.started_time - report.scheduled_time for report in burst.result(PATIENCE_SECONDS).reports]
    late = sum(wait.total_seconds() > 5 for wait in waits)
    assert late

    def shares() -> list[float]:
        """The share for each number of workflow tasks that is possible: one at the start, and up to one an activity."""
        return [round(100 * (6 - late + tasks) / (6 + tasks), 1) for tasks in range(1, 8)]

    def judged() -> bool:
        reported = place.status(UNIFIED_POOL).get("objective", {})
        return reported.get("source") == "SDKLatency" and reported.get("attainedPercent") in shares()

    wait_for(judged, PATIENCE_SECONDS, f"a share of {shares()} by the SDK's latency")
    message = place.conditions(UNIFIED_POOL)["ObjectiveMet"]["message"]
    assert "by the SDK's schedule-to-start latency" in message
    assert "bucket" not in message


def _set_variable(manifests: list[Object], name: str, value: str) -> None:
    """Gives the workers of a Deployment among the manifests an environment variable."""
    (deployment,) = (each for each in manifests if each["kind"] == "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    container["env"].append({"name": name, "value": value})


async def _start_workflows(place: Place, count: int) -> None:
    client = await Client.connect(place.cluster.temporal_address, namespace=place.temporal_namespace)
    for number in range(count):
        await client.start_workflow("Any", id=f"slip-{number}", task_queue="data-processing-2")
