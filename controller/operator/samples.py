"""What the metrics are made of when they are scraped: the pools, the budgets of reads and the process."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry

from controller.cluster.client import Cluster
from controller.operator.leading import Leadership
from controller.operator.pools import KnownPool, PoolTable
from controller.operator.settings import VERSION
from controller.telemetry.definition import Rendered
from controller.telemetry.metrics import POOL_METRICS, PoolSample
from controller.telemetry.process_metrics import BUDGET_METRICS, PROCESS_METRICS, BudgetSample, ProcessSample
from controller.temporal.budget import Budgets


def registry(pools: PoolTable, budgets: Budgets, cluster: Cluster, leadership: Leadership) -> CollectorRegistry:
    """A registry with the metrics of all three; those of pools come from the replica that leads."""

    def pool_samples() -> Iterator[PoolSample]:
        return (_pool_sample(known) for known in (pools if leadership.is_held else ()))

    def budget_samples() -> Iterator[BudgetSample]:
        for address, temporal_namespace, budget in budgets.items():
            yield BudgetSample(address, temporal_namespace, budget.reads, budget.rate, budget.slowdown)

    def process_samples() -> Iterator[ProcessSample]:
        yield ProcessSample(VERSION, leads=leadership.is_held, writes=cluster.writes)

    made = CollectorRegistry()
    made.register(Rendered(POOL_METRICS, pool_samples))
    made.register(Rendered(BUDGET_METRICS, budget_samples))
    made.register(Rendered(PROCESS_METRICS, process_samples))
    return made


def _pool_sample(known: KnownPool) -> PoolSample:
    pool, state = known
    return PoolSample(
        *pool.key,
        None if isinstance(pool.spec, str) else pool.spec,
        state.reported.status,
        state.observation,
        state.counts,
        decision=state.decision,
        attainment=state.attainment,
        reconciled_at=state.reconciled_at,
        read_at=state.read_at,
        certificate_expires_at=state.certificate_expires_at,
    )
