"""The operator may stop at any moment: what runs goes on, and the next one goes on with what it finds."""

import signal
import socket
import time
from datetime import datetime

import pytest

from examples.burst.result import BurstPlan
from examples.unified.start import TARGET
from examples.work import Batch
from localcluster.operator_process import OperatorProcess
from localcluster.ports import LOOPBACK
from tests.support.cluster import wait_for
from tests.system.load import running_burst
from tests.system.operators import metrics, operator_of
from tests.system.place import PATIENCE_SECONDS, Object, Place
from tests.system.workloads import FAST, UNIFIED_DEPLOYMENT, UNIFIED_POOL, deployment, pool, unified

WINDOW_SECONDS = 15
"""Stabilization window of the restarted pool: long enough to see whether a number is held or dropped at once."""

BEHAVIOR = {
    "scaleUp": FAST["behavior"]["scaleUp"],
    "scaleDown": {**FAST["behavior"]["scaleDown"], "stabilizationWindowSeconds": WINDOW_SECONDS},
}


@pytest.mark.parametrize(
    ("how", "exit_status"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, 0)], ids=["kill -9", "SIGTERM"]
)
def test_a_restart_in_mid_flight_loses_nothing(place: Place, how: signal.Signals, exit_status: int) -> None:
    """No workflow fails, no activity is cut short, and the replicas that are there count as just needed."""
    with running_burst(place, TARGET, BurstPlan(8, Batch(8, 3.0), timeout_seconds=180)) as burst:
        with operator_of(place) as first:
            place.apply(*unified(place, behavior=BEHAVIOR))
            place.wait_for_replicas(UNIFIED_DEPLOYMENT, 3)
            first.child.process.send_signal(how)
            assert first.child.process.wait(60) == exit_status
        restarted = time.time()
        with operator_of(place):
            result = burst.result()
            lowered = wait_for(lambda: lowered_by(place), PATIENCE_SECONDS, "scaling to go on")
    assert (result.completed, len(result.reports), result.cut_short) == (8, 64, 0)
    held_seconds = datetime.fromisoformat(lowered[0]["time"]).timestamp() - restarted
    assert held_seconds >= WINDOW_SECONDS


def lowered_by(place: Place) -> list[Object]:
    """The scale actions in status that took replicas away."""
    return [action for action in place.status(UNIFIED_POOL)["scaleActions"] if action["to"] < action["from"]]


def test_an_operator_ends_well_while_temporal_does_not_answer(place: Place) -> None:
    """The attempt to connect, which fails meanwhile, is no pool's failure any more."""
    with operator_of(place) as operator, socket.create_server((LOOPBACK, 0)) as listener:
        address = f"{LOOPBACK}:{listener.getsockname()[1]}"
        place.apply(deployment(), pool(place, connection={"address": address}))
        connection, _ = listener.accept()
        operator.child.process.send_signal(signal.SIGTERM)
        time.sleep(1)
        connection.close()
        assert operator.child.process.wait(60) == 0


def test_a_pool_is_deleted_while_no_operator_runs(place: Place) -> None:
    """Nothing of the operator's holds it back, and the Deployment stays as it is."""
    with operator_of(place):
        place.apply(deployment(replicas=1), pool(place))
        place.wait_for_reason("orders", "Ready", "Autoscaling")
    before = place.get("deployment", "orders")["metadata"]
    assert "finalizers" not in place.get("twp", "orders")["metadata"]
    place.kubectl("delete", "twp", "orders", "--timeout=30s")
    assert place.kubectl("get", "twp", "--ignore-not-found") == ""
    after = place.get("deployment", "orders")
    assert (after["metadata"]["uid"], after["metadata"]["generation"]) == (before["uid"], before["generation"])
    assert after["spec"]["replicas"] == 1


def test_deleting_a_pool_leaves_the_deployment_as_it_is(place: Place, operator: OperatorProcess) -> None:
    """The operator forgets the pool, and neither scales nor rolls what it scaled."""
    place.apply(deployment(replicas=2), pool(place))
    place.wait_for_reason("orders", "Ready", "Autoscaling")
    before = place.get("deployment", "orders")
    series = f'temporal_worker_pool_max_replicas{{name="orders",namespace="{place.namespace}"}}'
    wait_for(lambda: series in metrics(operator), PATIENCE_SECONDS, "the pool's metrics")
    place.kubectl("delete", "twp", "orders", "--timeout=30s")
    wait_for(lambda: series not in metrics(operator), PATIENCE_SECONDS, "the pool's metrics to be gone")
    assert place.get("deployment", "orders")["spec"] == before["spec"]
