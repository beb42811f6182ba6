"""Metrics of the operator's process."""

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from controller.telemetry.definition import Rendered
from controller.telemetry.process_metrics import BUDGET_METRICS, PROCESS_METRICS, BudgetSample, ProcessSample


def _lines(registry: CollectorRegistry) -> list[str]:
    return [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]


def test_the_reads_of_each_temporal_namespace_have_a_rate_and_a_factor() -> None:
    """A counter of requests, the allowed rate, and how far the requested one is above it."""
    registry = CollectorRegistry()
    samples = [BudgetSample("temporal:7233", "shop", 120, 20.0, 2.5), BudgetSample("temporal:7233", "bank", 7, 40.0, 1)]
    registry.register(Rendered(BUDGET_METRICS, lambda: samples))
    shop, bank = (f'address="temporal:7233",temporal_namespace="{name}"' for name in ("shop", "bank"))
    assert _lines(registry) == [
        f"temporal_worker_pool_temporal_reads_total{{{shop}}} 120.0",
        f"temporal_worker_pool_temporal_reads_total{{{bank}}} 7.0",
        f"temporal_worker_pool_temporal_reads_limit_per_second{{{shop}}} 20.0",
        f"temporal_worker_pool_temporal_reads_limit_per_second{{{bank}}} 40.0",
        f"temporal_worker_pool_temporal_slowdown_ratio{{{shop}}} 2.5",
        f"temporal_worker_pool_temporal_slowdown_ratio{{{bank}}} 1.0",
    ]


def test_the_process_says_what_it_is_whether_it_leads_and_what_it_writes() -> None:
    """One series for each kind of write."""
    registry = CollectorRegistry()
    sample = ProcessSample("1.2.3", leads=True, writes={("patch", "deployments/scale", "ok"): 7})
    registry.register(Rendered(PROCESS_METRICS, lambda: [sample]))
    assert _lines(registry) == [
        'temporal_worker_pool_build_info{version="1.2.3"} 1.0',
        "temporal_worker_pool_leader 1.0",
        'temporal_worker_pool_kubernetes_writes_total{resource="deployments/scale",result="ok",verb="patch"} 7.0',
    ]
