"""Five hundred pools on one Temporal namespace of a real server: the rate is held, and everybody gets the same."""

import asyncio
import time
from collections import Counter
from contextlib import suppress

import pytest

from controller.api.model import TaskType
from controller.operator.pool import PoolKey
from controller.operator.scheduler import Scheduler
from controller.temporal.budget import BURST_SECONDS, Budgets
from controller.temporal.client import ConnectionIdentity, Connections
from controller.temporal.reader import TemporalReader
from localcluster.cluster import LocalCluster

POOLS = 500
READS_PER_SECOND = 100.0
INTERVAL_SECONDS = 2.0
"""What each pool wants: 2 reads, so 500 a second all together, five times the budget."""

PATIENCE_SECONDS = 300.0
"""What a slow, busy machine may take; the budget alone lets two rounds take 20 s, and the first one 10 s."""


class Pools:
    """Pools without Kubernetes: each turn is one poll of Temporal, as often as a pass would."""

    def __init__(self, reader: TemporalReader, identity: ConnectionIdentity, temporal_namespace: str) -> None:
        self._reader = reader
        self._identity = identity
        self._temporal_namespace = temporal_namespace
        self.budget = reader.budget(identity, temporal_namespace)
        self.looks: Counter[PoolKey] = Counter()
        self.failures: list[str] = []

    async def turn(self, key: PoolKey) -> float:
        """Reads one queue and its workers."""
        reading = await self._reader.read(self._identity, self._temporal_namespace, [(key[1], TaskType.ACTIVITY)])
        if reading.failure:
            self.failures.append(reading.failure.message)
        self.looks[key] += 1
        return self.budget.request_interval(key, 2, INTERVAL_SECONDS)


@pytest.fixture
def keys() -> list[PoolKey]:
    """The names of the pools."""
    return [("shop", f"queue-{number}") for number in range(POOLS)]


async def test_500_pools_keep_to_the_budget_of_their_temporal_namespace(
    connections: Connections, cluster: LocalCluster, temporal_namespace: str, keys: list[PoolKey]
) -> None:
    """They want five times what they may have: no second has more reads than allotted, and no pool is left behind."""
    reader = TemporalReader(connections, time.time, budgets=Budgets(READS_PER_SECOND))
    pools = Pools(reader, ConnectionIdentity(cluster.temporal_address), temporal_namespace)
    scheduler = Scheduler(pools.turn, 20)
    running = asyncio.create_task(scheduler.run())
    for key in keys:
        scheduler.enqueue(key)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(pools.looks) < POOLS:  # the first round loads every queue for the first time
            await asyncio.sleep(0.1)
        before, looks_before, started = pools.budget.reads, Counter(pools.looks), time.monotonic()
        while min(looks := [pools.looks[key] - looks_before[key] for key in keys]) < 2:
            await asyncio.sleep(0.1)
    reads, elapsed = pools.budget.reads - before, time.monotonic() - started
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await reader.close()
    assert len(pools.failures) <= sum(looks) // 10, "a busy machine may let some reads time out, and no more"
    assert reads <= READS_PER_SECOND * (elapsed + BURST_SECONDS)
    assert max(looks) - min(looks) <= 2
    assert pools.budget.slowdown > 1.5
