"""The CRDs of the cluster: they have to be there, and to be those of this operator, or the log and `Ready` say so."""

import asyncio
from collections.abc import Iterable
from typing import Final, NoReturn

import structlog
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_fixed

from controller.api.crd import own_stamps
from controller.cluster.client import Cluster
from controller.cluster.crds import read_stamps
from controller.cluster.errors import ClusterError, ForbiddenError, ThrottledError
from controller.cluster.pools import find_crd
from controller.operator.report.crd import crd_difference
from controller.operator.report.reporter import Reporter

log = structlog.get_logger()

COMPARE_SECONDS: Final = 15.0
"""How often it is seen whether the CRDs were replaced: two requests of metadata alone."""

THROTTLED_SECONDS: Final = 60.0
"""How long an API server is asked again that has too much to do."""

THROTTLED_PAUSE_SECONDS: Final = 1.0
"""Pause before that; it names this time itself."""


async def find_crds(cluster: Cluster, scopes: Iterable[str | None]) -> None:
    """Sees that pools can be listed. An API server that has just learned of the CRD answers 429 for a while.

    Raises:
        ClusterError: The CRD or a permission is not there; the text says what to do.
    """
    patient = AsyncRetrying(
        retry=retry_if_exception_type(ThrottledError),
        stop=stop_after_delay(THROTTLED_SECONDS),
        wait=wait_fixed(THROTTLED_PAUSE_SECONDS),
        reraise=True,
    )
    for namespace in scopes:
        await patient(find_crd, cluster, namespace)


async def keep_comparing(cluster: Cluster, reporter: Reporter) -> NoReturn:
    """Compares again and again, until it is cancelled, unless CRDs may not be read."""
    may_read = True
    while True:
        await asyncio.sleep(COMPARE_SECONDS)
        may_read = may_read and await compare_crds(cluster, reporter)


async def compare_crds(cluster: Cluster, reporter: Reporter) -> bool:
    """Compares by the annotations of the CRDs; a difference that is known is not logged again.

    An operator with rights in one namespace only may not read CRDs: it works without.

    Returns:
        Whether CRDs may be read.
    """
    own = own_stamps()
    try:
        difference = crd_difference(own, await read_stamps(cluster, own))
    except ClusterError as error:
        log.info("crds_not_compared", reason=str(error))
        return not isinstance(error, ForbiddenError)
    if difference and difference != reporter.crd:
        log.warning("crds_differ", reason=difference.reason, message=difference.message)
    elif reporter.crd and difference is None:
        log.info("crds_agree")
    reporter.crd = difference
    return True
