"""Once a minute: what a watch can miss."""

import asyncio
from typing import Final, NoReturn

import structlog

from controller.cluster.client import Cluster
from controller.cluster.errors import ClusterError
from controller.cluster.pools import list_pool_uids
from controller.operator.pools import PoolTable
from controller.operator.settings import Settings

log = structlog.get_logger()

SWEEP_SECONDS: Final = 60.0


async def sweep(cluster: Cluster, settings: Settings, pools: PoolTable) -> NoReturn:
    """Sweeps every `SWEEP_SECONDS`."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        await _forget_deleted(cluster, settings, pools)


async def _forget_deleted(cluster: Cluster, settings: Settings, pools: PoolTable) -> None:
    """Lists the pools, because a watch can miss a deletion."""
    known = pools.uids()  # before the list: a pool that comes meanwhile need not be in it
    try:
        lists = [await list_pool_uids(cluster, scope) for scope in settings.scopes]
    except ClusterError as error:
        log.warning("pools_not_listed", error=str(error))
        return
    there = {key: uid for uids in lists for key, uid in uids.items()}
    for key, uid in known.items():
        if there.get(key) != uid:
            pools.forget(key, uid)
