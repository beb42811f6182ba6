"""Which replica of the operator reconciles: the one that holds the Lease; the others watch, and are ready to."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, NoReturn

import structlog

from controller.cluster.client import Cluster
from controller.cluster.events import MAX_NAME_LENGTH
from controller.cluster.lease import LeaseStore
from controller.operator.election import Election, identity
from controller.operator.pools import PoolTable
from controller.operator.scheduler import Scheduler
from controller.operator.settings import Settings
from controller.operator.tasks import first_to_end, running

log = structlog.get_logger()

LEASE_NAME: Final = "temporal-worker-pools"
"""Of the Lease by which the replicas of an operator for all namespaces elect the one that reconciles."""


class Leadership:
    """Whether this replica reconciles; without an election it always does."""

    def __init__(self, settings: Settings, cluster: Cluster) -> None:
        """With an election, the cluster takes changes only while this replica leads."""
        self._election = Election(_lease(settings, cluster), identity()) if settings.leader_elect else None
        if self._election:
            cluster.fence(self._election.refusal)

    @property
    def is_held(self) -> bool:
        """Whether this replica reconciles now."""
        return self._election is None or self._election.leads

    @property
    def other_holder(self) -> str | None:
        """The pod that reconciles instead, `none` where no replica does; `None`: this replica does."""
        if self._election is None or self._election.leads:
            return None
        return self._election.holder.partition("_")[0] or "none"

    @asynccontextmanager
    async def candidacy(self) -> AsyncIterator[None]:
        """Inside the block the Lease may be taken; then it is given back at once.

        Raises:
            ForbiddenError: A permission is missing; the text has it.
        """
        if self._election is None:
            yield
            return
        await self._election.prepare()
        try:
            yield
        finally:
            await self._election.give_back()

    async def run(self, scheduler: Scheduler, pools: PoolTable) -> NoReturn:
        """Reconciles whenever this replica leads."""
        if self._election is None:
            await scheduler.run()
        async with running(self._election.run()):
            while True:
                await _lead_once(self._election, scheduler, pools)


async def _lead_once(election: Election, scheduler: Scheduler, pools: PoolTable) -> None:
    """Waits until this replica leads, and reconciles until another one does."""
    pools.stand_by()
    await election.gain()
    pools.take_over()
    log.info("leading", identity=election.identity)
    # Passes under way are not waited for: the scheduler starts none of a pool while an earlier one has not ended.
    async with running(scheduler.run(), election.lose()) as tasks:
        await first_to_end(tasks)
    log.warning("no_longer_leading", holder=election.holder)


def _lease(settings: Settings, cluster: Cluster) -> LeaseStore:
    """One Lease for each scope of pools: operators of other namespaces do not wait for one another."""
    scope = ".".join((LEASE_NAME, *sorted(settings.namespaces)))
    if len(scope) > MAX_NAME_LENGTH:
        scope = f"{LEASE_NAME}.{hashlib.sha256(scope.encode()).hexdigest()}"
    return LeaseStore(cluster, settings.lease_namespace or cluster.namespace, scope)
