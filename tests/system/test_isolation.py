"""Pools side by side under one operator for the whole cluster."""

import secrets
import socket
from collections.abc import Iterator

import pytest

from examples.burst.result import BurstPlan
from examples.separated.start import TARGET as SEPARATED
from examples.unified.start import TARGET as UNIFIED
from examples.work import Batch
from localcluster.cluster import LocalCluster
from localcluster.operator_process import OperatorProcess, running_operator
from localcluster.ports import LOOPBACK
from tests.system.load import running_burst
from tests.system.operators import assert_log_is_clean, metrics
from tests.system.place import Place
from tests.system.workloads import (
    ACTIVITY_DEPLOYMENT,
    ACTIVITY_POOL,
    UNIFIED_DEPLOYMENT,
    UNIFIED_POOL,
    deployment,
    example,
    pool,
    unified,
)


@pytest.fixture
def neighbor(installed: LocalCluster) -> Iterator[Place]:
    """A second pair of namespaces."""
    name = f"test-{secrets.token_hex(4)}"
    installed.create_temporal_namespace(name)
    installed.kubectl("create", "namespace", name)
    yield Place(installed, name, name)
    installed.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def cluster_operator(place: Place, neighbor: Place) -> Iterator[OperatorProcess]:
    """One operator for the pools of all namespaces."""
    with running_operator(place.cluster, f"operator-all-{neighbor.namespace}") as running:
        yield running
    assert_log_is_clean(running)


@pytest.fixture
def silent_address() -> Iterator[str]:
    """A server that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen()
        yield f"{LOOPBACK}:{listener.getsockname()[1]}"


def test_pools_scale_side_by_side_and_a_bad_one_hurts_none(
    place: Place, neighbor: Place, cluster_operator: OperatorProcess, silent_address: str
) -> None:
    """Each of two namespaces gets replicas for its own work, while a third pool hangs on a dead address."""
    place.apply(deployment(replicas=1), pool(place, connection={"address": silent_address}))
    place.wait_for_reason("orders", "Connected", "ServerUnreachable")
    place.apply(*unified(place, maxReplicas=2))
    neighbor.apply(*example(neighbor, "separated", maxReplicas=2, objective={"backlogPerReplica": 5}))
    with (
        running_burst(place, UNIFIED, BurstPlan(4, Batch(5, 2.0), timeout_seconds=180)) as unified_burst,
        running_burst(neighbor, SEPARATED, BurstPlan(2, Batch(10, 2.0), timeout_seconds=180)) as separated_burst,
    ):
        assert (unified_burst.result().completed, unified_burst.result().retried) == (4, 0)
        assert (separated_burst.result().completed, separated_burst.result().retried) == (2, 0)
    for where, name in ((place, UNIFIED_POOL), (neighbor, ACTIVITY_POOL)):
        assert where.conditions(name)["Ready"]["status"] == "True"
        assert where.warnings(name) == []
    assert place.conditions("orders")["Connected"]["reason"] == "ServerUnreachable"
    assert place.get("deployment", "orders")["metadata"]["generation"] == 1
    assert not any("pass_failures_total" in name for name in metrics(cluster_operator))

    place.wait_for_zero(UNIFIED_DEPLOYMENT)
    neighbor.wait_for_zero(ACTIVITY_DEPLOYMENT)
