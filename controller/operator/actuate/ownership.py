"""Giving `spec.replicas` an owner again, so that what sets them next has a name."""

from dataclasses import replace

import structlog

from controller.api.spec import Mode
from controller.cluster.client import Cluster
from controller.cluster.errors import ClusterError, ConflictError
from controller.cluster.objects import Deployment
from controller.cluster.workload import own_replicas
from controller.operator.actuate.journal import Journal
from controller.operator.passes import PassResult

log = structlog.get_logger()


async def keep_owned(cluster: Cluster, journal: Journal, result: PassResult) -> None:
    """Gives the replicas an owner where they have none, once for each generation of the Deployment.

    It is no more than a help for messages: a failure is no problem of the pool.
    """
    deployment = result.deployment
    if not _is_due(journal, result, deployment):
        return
    try:
        await own_replicas(cluster, deployment)
    except ConflictError:
        return  # it has changed since: the next pass has its new state
    except ClusterError as error:
        log.debug("replicas_not_owned", deployment=f"{deployment.namespace}/{deployment.name}", error=str(error))
    journal.applied = replace(journal.applied, owned_generation=deployment.generation)


def _is_due(journal: Journal, result: PassResult, deployment: Deployment) -> bool:
    may_write = result.situation.spec.mode == Mode.AUTO and not result.decision.suspended
    is_as_read = result.action is None and result.failure is None and not deployment.unread
    is_unowned = deployment.replicas_manager is None
    return may_write and is_as_read and is_unowned and journal.applied.owned_generation != deployment.generation
