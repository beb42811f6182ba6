"""What is counted of requests that change something."""

import pytest

from controller.cluster.resources import DEPLOYMENTS, EVENTS, POOLS, SELF_SUBJECT_REVIEWS
from controller.cluster.writes import Result, resource_of, result_of


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        (DEPLOYMENTS.path("shop", "orders", "scale"), "deployments/scale"),
        (DEPLOYMENTS.path("namespaces", "orders"), "deployments"),
        (POOLS.path("shop", "orders", "status"), "temporalworkerpools/status"),
        (EVENTS.path("shop"), "events"),
        (SELF_SUBJECT_REVIEWS.path(), ""),
        ("/version", ""),
    ],
)
@pytest.mark.parametrize("server", ["https://10.0.0.1:6443", "https://proxy/k8s/clusters/c-1"])
def test_a_write_is_counted_by_its_resource(server: str, path: str, resource: str) -> None:
    """As RBAC names it; whatever the object is called, and whatever stands before the path."""
    assert resource_of(f"{server}{path}?fieldManager=temporal-worker-pools") == resource


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (200, Result.OK),
        (201, Result.OK),
        (403, Result.REFUSED),
        (404, Result.REFUSED),
        (409, Result.CONFLICT),
        (422, Result.INVALID),
        (429, Result.THROTTLED),
        (503, Result.FAILED),
    ],
)
def test_a_write_is_counted_by_its_result(status: int, result: Result) -> None:
    """As one of a few words."""
    assert result_of(status) is result
