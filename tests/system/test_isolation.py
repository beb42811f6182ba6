"""Pools side by side under one operator for the whole cluster."""

import secrets
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from itertools import pairwise

import pytest

from examples.burst.result import BurstPlan
from examples.separated.start import TARGET as SEPARATED
from examples.unified.start import TARGET as UNIFIED
from examples.work import Batch
from localcluster.cluster import LocalCluster
from localcluster.operator_process import OperatorProcess, running_operator
from localcluster.ports import LOOPBACK
from tests.system.load import running_burst
from tests.system.operators import assert_log_is_clean, log_lines, metrics
from tests.system.place import Object, Place
from tests.system.workloads import (
    ACTIVITY_DEPLOYMENT,
    ACTIVITY_POOL,
    UNIFIED_DEPLOYMENT,
    UNIFIED_POOL,
    example,
    pool,
    unified,
)

pytestmark = pytest.mark.long

ONE_AFTER_THE_OTHER_SECONDS = 40.0
"""Less than the bad pools take when each waits for the one before: 4 s are given to each poll of Temporal."""


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
    """One operator for the pools of both namespaces, and no others: the cluster is that of other tests, too."""
    scope = [argument for each in (place, neighbor) for argument in ("--namespace", each.namespace)]
    with running_operator(place.cluster, f"operator-of-two-{neighbor.namespace}", *scope) as running:
        yield running
    assert_log_is_clean(running)


@pytest.fixture
def bad_pools(place: Place) -> Iterator[list[Object]]:
    """Pools whose Temporal servers take connections and never say a word, each a server of its own."""
    with ExitStack() as stack:
        listeners = [stack.enter_context(socket.create_server((LOOPBACK, 0))) for _ in range(12)]
        addresses = [f"{LOOPBACK}:{listener.getsockname()[1]}" for listener in listeners]
        yield [pool(place, f"bad-{n}", connection={"address": address}) for n, address in enumerate(addresses)]


def test_pools_scale_side_by_side_and_bad_ones_hurt_none(
    place: Place, neighbor: Place, cluster_operator: OperatorProcess, bad_pools: list[Object]
) -> None:
    """Each of two namespaces gets replicas for its own work, while a dozen pools hang on dead addresses."""
    names = [bad["metadata"]["name"] for bad in bad_pools]
    place.apply(*bad_pools)
    for name in names:
        place.wait_for_reason(name, "Connected", "TimedOut")
    place.apply(*unified(place, maxReplicas=2))
    neighbor.apply(*example(neighbor, "separated", maxReplicas=2, objective={"backlogPerReplica": 5}))
    with (
        running_burst(place, UNIFIED, BurstPlan(4, Batch(5, 2.0), timeout_seconds=180)) as unified_burst,
        running_burst(neighbor, SEPARATED, BurstPlan(2, Batch(10, 2.0), timeout_seconds=180)) as separated_burst,
    ):
        # A change of its spec gives each its turn at once.
        place.apply(*(bad | {"spec": bad["spec"] | {"maxReplicas": 4}} for bad in bad_pools))
        assert (unified_burst.result().completed, unified_burst.result().cut_short) == (4, 0)
        assert (separated_burst.result().completed, separated_burst.result().cut_short) == (2, 0)
    place.wait_for_zero(UNIFIED_DEPLOYMENT)
    neighbor.wait_for_zero(ACTIVITY_DEPLOYMENT)
    for where, name in ((place, UNIFIED_POOL), (neighbor, ACTIVITY_POOL)):
        assert where.conditions(name)["Ready"]["status"] == "True"
        assert where.warnings(name) == []
        assert longest_pause_seconds(cluster_operator, where.namespace, name) < ONE_AFTER_THE_OTHER_SECONDS
    assert {place.conditions(name)["Connected"]["reason"] for name in names} == {"TimedOut"}
    assert not any(count for name, count in metrics(cluster_operator).items() if "ReconcileError" in name)


def longest_pause_seconds(operator: OperatorProcess, namespace: str, name: str) -> float:
    """Longest time between two looks at a pool."""
    times = [
        datetime.fromisoformat(line["timestamp"]).timestamp()
        for line in log_lines(operator)
        if (line.get("namespace"), line.get("pool")) == (namespace, name)
    ]
    return max(later - earlier for earlier, later in pairwise(times))
