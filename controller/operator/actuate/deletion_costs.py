"""Marking the pods that should go first: `pod-deletion-cost`, which the ReplicaSet controller goes by."""

import asyncio
from collections.abc import Iterable, Mapping

from controller.api.condition_reasons import AbleToScale
from controller.cluster.client import Cluster
from controller.cluster.errors import ClusterError
from controller.cluster.objects import Pod
from controller.cluster.pods import set_deletion_cost
from controller.operator.passes import ConditionUpdate


async def write_deletion_costs(
    cluster: Cluster, pods: Iterable[Pod], costs: Mapping[str, int]
) -> ConditionUpdate | None:
    """Writes the costs that were decided on, by the pod's name; the next pass tries again what was refused.

    Returns:
        Why one was refused.
    """
    writes = (set_deletion_cost(cluster, pod, costs[pod.name]) for pod in pods if pod.name in costs)
    results = await asyncio.gather(*writes, return_exceptions=True)
    for result in results:
        if isinstance(result, ClusterError):
            reason = AbleToScale.FAILED_SET_DELETION_COSTS
            return ConditionUpdate(reason, f"{result} {reason.remedy}")
        if isinstance(result, BaseException):
            raise result
    return None
