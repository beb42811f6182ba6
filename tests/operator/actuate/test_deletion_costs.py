"""Deletion costs that the API server refuses, on the real one."""

import pytest

from controller.api.condition_reasons import AbleToScale
from controller.cluster.client import connect
from controller.operator.actuate.deletion_costs import write_deletion_costs
from localcluster.cluster import LocalCluster
from tests.operator.builders import pod


@pytest.mark.parametrize("costs", [{"worker-0": -2}, {}], ids=["a mark that is refused", "nothing to mark"])
async def test_a_deletion_cost_that_is_refused_is_reported(
    cluster: LocalCluster, kubernetes_namespace: str, costs: dict[str, int]
) -> None:
    """It names the permission; only the pods that were decided on are touched."""
    cluster.kubectl("create", "serviceaccount", "guest", "--namespace", kubernetes_namespace)
    guest = await connect(cluster.kubeconfig_for_service_account(kubernetes_namespace, "guest"))
    try:
        seen = [pod(name, namespace=kubernetes_namespace) for name in ("worker-0", "worker-1")]
        update = await write_deletion_costs(guest, seen, costs)
    finally:
        await guest.close()
    if not costs:
        assert update is None
        return
    assert update is not None
    assert update.reason == AbleToScale.FAILED_SET_DELETION_COSTS
    assert "worker-0 to -2" in update.message
    assert "permission to patch pods" in update.message
