"""One operator for several namespaces: each of them is watched by itself, and no other is touched."""

import secrets
from collections.abc import Iterator
from dataclasses import replace

import pytest

from localcluster.operator_process import running_operator
from tests.support.cluster import wait_for
from tests.system.operators import assert_log_is_clean, wait_for_passes
from tests.system.place import PATIENCE_SECONDS, Place
from tests.system.workloads import deployment, pool


@pytest.fixture
def places(place: Place) -> Iterator[list[Place]]:
    """Three namespaces."""
    names = [f"test-{secrets.token_hex(4)}" for _ in range(2)]
    for name in names:
        place.cluster.api.create_namespace(name)
    yield [place, *(replace(place, namespace=name) for name in names)]
    for name in names:
        place.cluster.api.delete_namespace(name)


def test_the_pools_of_the_named_namespaces_are_scaled_and_no_others(places: list[Place]) -> None:
    """The Deployment of each pool is read where the pool is."""
    for place in places:
        place.apply(deployment(), pool(place, minReplicas=1))
    first, second, other = places
    scope = "--namespace", first.namespace, "--namespace", second.namespace
    with running_operator(first.cluster, f"operator-{first.namespace}", *scope) as operator:
        wait_for(lambda: first.replicas("orders") == second.replicas("orders") == 1, PATIENCE_SECONDS, "1 replica each")
        second.patch("twp", "orders", {"spec": {"minReplicas": 2}})
        wait_for(lambda: second.replicas("orders") == 2, PATIENCE_SECONDS, "2 replicas")
        wait_for_passes(operator, 2)
        assert (first.replicas("orders"), other.replicas("orders")) == (1, 0)
        assert other.status("orders").get("lastReconcileTime") is None
    assert_log_is_clean(operator)
