"""The annotation of a Deployment that names the pool that scales it: written by that pool, and removed by it."""

from dataclasses import replace
from typing import Final

import structlog

from controller.api.spec import Mode
from controller.cluster.client import Cluster
from controller.cluster.errors import ClusterError
from controller.cluster.objects import Deployment
from controller.cluster.workload import remove_scaled_by, set_scaled_by
from controller.operator.actuate.journal import Journal
from controller.operator.passes import PassResult

log = structlog.get_logger()

RETRY_SECONDS: Final = 600.0
"""How long it is left as it is after it was written, or refused: whatever removes it again wins."""


async def claim(
    cluster: Cluster, journal: Journal, result: PassResult, before: Deployment | None, pool_name: str
) -> PassResult:
    """Names the pool on a Deployment that it has just scaled, and no longer on one that it scales no more.

    Only beside a change of replicas, so that a pool that changes nothing writes nothing. A refusal fails no pass.

    Args:
        cluster: Where the Deployment is.
        journal: When it was last tried is noted in it.
        result: What was done in this pass.
        before: The Deployment as the last pass left it.
        pool_name: Name of the pool.
    """
    deployment = result.deployment
    if before is not None and before.name != deployment.name:
        await release(cluster, before, pool_name)
    if result.situation.spec.mode != Mode.AUTO:
        await release(cluster, deployment, pool_name)
        return result
    tried_at, now = journal.applied.claimed_at, result.situation.now
    tried = tried_at is not None and 0 <= now - tried_at < RETRY_SECONDS
    if result.action is None or deployment.scaled_by == pool_name or tried:
        return result
    journal.applied = replace(journal.applied, claimed_at=now)
    try:
        version = await set_scaled_by(cluster, deployment, pool_name)
    except ClusterError as error:
        log.warning("annotation_not_written", deployment=f"{deployment.namespace}/{deployment.name}", error=str(error))
        return result
    return replace(result, deployment=replace(deployment, scaled_by=pool_name, resource_version=version))


async def release(cluster: Cluster, deployment: Deployment, pool_name: str) -> None:
    """Removes the annotation, if it names this pool."""
    if deployment.scaled_by != pool_name:
        return
    try:
        await remove_scaled_by(cluster, deployment, pool_name)
    except ClusterError as error:
        log.warning("annotation_not_removed", deployment=f"{deployment.namespace}/{deployment.name}", error=str(error))
