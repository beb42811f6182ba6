"""What becomes of a decision that the API server refuses, on the real one."""

import pytest

from controller.api.condition_reasons import AbleToScale
from controller.cluster.client import connect
from controller.operator.actuate.act import rank_pods
from localcluster.cluster import LocalCluster
from tests.operator.builders import pod


@pytest.mark.parametrize("costs", [{"worker-0": -2}, {}], ids=["a mark that is refused", "nothing to mark"])
async def test_pods_that_may_not_be_marked_are_a_finding(
    cluster: LocalCluster, kubernetes_namespace: str, costs: dict[str, int]
) -> None:
    """It names the permission; only the pods that were decided on are touched."""
    cluster.kubectl("create", "serviceaccount", "guest", "--namespace", kubernetes_namespace)
    guest = await connect(cluster.kubeconfig_for_service_account(kubernetes_namespace, "guest"))
    try:
        seen = [pod(name, namespace=kubernetes_namespace) for name in ("worker-0", "worker-1")]
        finding = await rank_pods(guest, seen, costs)
    finally:
        await guest.close()
    if not costs:
        assert finding is None
        return
    assert finding is not None
    assert finding.reason == AbleToScale.FAILED_RANK_PODS
    assert "worker-0 to -2" in finding.message
    assert "permission to patch pods" in finding.message
