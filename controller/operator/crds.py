"""Whether the CRDs of the cluster are those of this operator: one line of the log, and `Ready` of the pools, say so."""

import structlog

from controller.api.crd import own_stamps
from controller.cluster.client import Cluster
from controller.cluster.crds import read_stamps
from controller.cluster.errors import ClusterError
from controller.operator.report.crd import crd_difference
from controller.operator.report.reporter import Reporter

log = structlog.get_logger()


async def compare_crds(cluster: Cluster, reporter: Reporter) -> None:
    """Compares by the annotations of the CRDs; a difference that is known is not logged again.

    An operator with rights in one namespace only may not read CRDs: it works without.
    """
    own = own_stamps()
    try:
        difference = crd_difference(own, await read_stamps(cluster, own))
    except ClusterError as error:
        log.info("crds_not_compared", reason=str(error))
        return
    if difference and difference != reporter.crd:
        log.warning("crds_differ", reason=difference.reason, message=difference.message)
    reporter.crd = difference
