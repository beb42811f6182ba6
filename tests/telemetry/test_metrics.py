"""Metrics: what is known has a sample with a unit in its name, what is unknown has none."""

import re
from dataclasses import replace

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from controller.api.condition_reasons import InFlightKnown
from controller.api.status import ObjectiveSource, ObjectiveStatus, TemporalWorkerPoolStatus
from controller.operator.passes import ConditionUpdate
from controller.telemetry.counts import PoolCounts
from controller.telemetry.metrics import BudgetCollector, BudgetSample, PoolCollector, PoolSample, ReconcileMetrics
from localcluster.folders import PROJECT_FOLDER
from tests.operator.builders import conditions
from tests.scaling.builders import LOST, NEVER_THERE, observation, pod, queue, report, spec, statistics

CONDITIONS = conditions(ConditionUpdate(InFlightKnown.HEARTBEATS_LOST, "1 pod does not report."))
SEEN = observation(
    queue(statistics(30, age_seconds=65, add_rate=2.5, dispatch_rate=1.5)),
    replicas=3,
    pods=(pod(report(4), name="a"), pod(name="b")),
)
SAMPLE = PoolSample(
    "prod",
    "orders",
    spec(),
    TemporalWorkerPoolStatus(desired_replicas=4, conditions=CONDITIONS),
    SEEN,
    PoolCounts(scaled_up=3, scaled_down=2, failed_reconciles=1),
)
WITH_OBJECTIVE = TemporalWorkerPoolStatus(
    desired_replicas=4,
    conditions=CONDITIONS,
    objective=ObjectiveStatus(attained_percent=97.5, window_seconds=3600, source=ObjectiveSource.BACKLOG),
)
POOL = 'name="orders",namespace="prod"'
QUEUE = f'{POOL},task_queue="orders",task_type="Activity"'


def _scraped(*samples: PoolSample) -> list[str]:
    registry = CollectorRegistry()
    registry.register(PoolCollector(lambda: samples))
    return [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]


def test_a_pool_has_one_sample_of_each_number() -> None:
    """Replicas, conditions, and the numbers of each task queue and type."""
    assert sorted(_scraped(SAMPLE)) == sorted(
        [
            f"temporal_worker_pool_desired_replicas{{{POOL}}} 4.0",
            f"temporal_worker_pool_replicas{{{POOL}}} 3.0",
            f"temporal_worker_pool_ready_replicas{{{POOL}}} 2.0",
            f"temporal_worker_pool_unreported_replicas{{{POOL}}} 1.0",
            f"temporal_worker_pool_min_replicas{{{POOL}}} 0.0",
            f"temporal_worker_pool_max_replicas{{{POOL}}} 20.0",
            f'temporal_worker_pool_condition{{{POOL},status="true",type="Ready"}} 1.0',
            f'temporal_worker_pool_condition{{{POOL},status="false",type="Ready"}} 0.0',
            f'temporal_worker_pool_condition{{{POOL},status="unknown",type="Ready"}} 0.0',
            f'temporal_worker_pool_condition{{{POOL},status="true",type="InFlightKnown"}} 0.0',
            f'temporal_worker_pool_condition{{{POOL},status="false",type="InFlightKnown"}} 0.0',
            f'temporal_worker_pool_condition{{{POOL},status="unknown",type="InFlightKnown"}} 1.0',
            f"temporal_worker_pool_backlog_tasks{{{QUEUE}}} 30.0",
            f"temporal_worker_pool_backlog_age_seconds{{{QUEUE}}} 65.0",
            f"temporal_worker_pool_tasks_add_rate_per_second{{{QUEUE}}} 2.5",
            f"temporal_worker_pool_tasks_dispatch_rate_per_second{{{QUEUE}}} 1.5",
            f"temporal_worker_pool_slots_used{{{QUEUE}}} 4.0",
            f"temporal_worker_pool_reconcile_errors_total{{{POOL}}} 1.0",
            f'temporal_worker_pool_scale_actions_total{{direction="up",{POOL}}} 3.0',
            f'temporal_worker_pool_scale_actions_total{{direction="down",{POOL}}} 2.0',
        ]
    )


def test_a_lost_reading_has_no_sample() -> None:
    """A dashboard shows a gap, never a zero."""
    lost = replace(SAMPLE, observation=replace(SEEN, task_queues=(queue(LOST),), in_flight=NEVER_THERE))
    names = {line.partition("{")[0] for line in _scraped(lost)}
    assert not names & {"temporal_worker_pool_backlog_tasks", "temporal_worker_pool_slots_used"}


def test_a_pool_without_a_reconcile_has_no_observed_numbers() -> None:
    """Neither has one whose spec cannot be read; counters start at 0."""
    unseen = PoolSample("prod", "orders", None, TemporalWorkerPoolStatus(), None, PoolCounts())
    assert _scraped(unseen) == [
        f"temporal_worker_pool_reconcile_errors_total{{{POOL}}} 0.0",
        f'temporal_worker_pool_scale_actions_total{{direction="up",{POOL}}} 0.0',
        f'temporal_worker_pool_scale_actions_total{{direction="down",{POOL}}} 0.0',
    ]


def test_the_objective_has_counters_for_its_error_budget() -> None:
    """Only where the pool has one by time; without tasks there is no ratio."""
    pool = spec(objective={"scheduleToStartSeconds": 15})
    counts = PoolCounts().with_judged(200, 195)
    lines = _scraped(PoolSample("prod", "orders", pool, WITH_OBJECTIVE, None, counts))
    assert {line for line in lines if "objective" in line} == {
        f"temporal_worker_pool_objective_tasks_total{{{POOL}}} 200.0",
        f"temporal_worker_pool_objective_tasks_in_time_total{{{POOL}}} 195.0",
        f"temporal_worker_pool_objective_attained_ratio{{{POOL}}} 0.975",
    }
    unknown = PoolSample("prod", "orders", pool, TemporalWorkerPoolStatus(), None, PoolCounts())
    assert not any("attained" in line for line in _scraped(unknown))


def test_nothing_is_left_of_a_pool_that_is_gone() -> None:
    """Its counters end with it."""
    assert _scraped() == []


def test_every_metric_is_documented() -> None:
    """docs/metrics.md lists name, type, labels and help text of each metric, and no other."""
    registry = CollectorRegistry()
    objective = replace(SAMPLE, spec=spec(objective={"scheduleToStartSeconds": 15}), status=WITH_OBJECTIVE)
    registry.register(PoolCollector(lambda: [objective]))
    registry.register(BudgetCollector(lambda: [BudgetSample("temporal:7233", "shop", 120, 20.0, 2.5)]))
    ReconcileMetrics(registry)
    served = {
        (
            f"{family.name}_total" if family.type == "counter" else family.name,
            family.type,
            ", ".join(name for name in family.samples[0].labels if name != "le"),
            family.documentation,
        )
        for family in text_string_to_metric_families(generate_latest(registry).decode())
        if not family.name.endswith("_created")
    }
    page = (PROJECT_FOLDER / "docs" / "metrics.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \| (.+?) \|$", page, re.MULTILINE)
    assert {(name, kind, labels.replace("`", ""), text) for name, kind, labels, text in rows} == served
    assert len(rows) == len(served)


def test_changes_of_replicas_are_counted_by_their_direction() -> None:
    """Up with a positive change."""
    counts = PoolCounts().with_scaling(3).with_scaling(-2).with_scaling(1).with_failed_reconcile()
    assert counts == PoolCounts(scaled_up=2, scaled_down=1, failed_reconciles=1)


def test_the_reads_of_each_temporal_namespace_have_a_rate_and_a_factor() -> None:
    """A counter of requests, the allowed rate, and how far the requested one is above it."""
    registry = CollectorRegistry()
    samples = [BudgetSample("temporal:7233", "shop", 120, 20.0, 2.5), BudgetSample("temporal:7233", "bank", 7, 40.0, 1)]
    registry.register(BudgetCollector(lambda: samples))
    shop, bank = (f'address="temporal:7233",temporal_namespace="{name}"' for name in ("shop", "bank"))
    assert [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")] == [
        f"temporal_worker_pool_temporal_reads_total{{{shop}}} 120.0",
        f"temporal_worker_pool_temporal_reads_total{{{bank}}} 7.0",
        f"temporal_worker_pool_temporal_reads_limit_per_second{{{shop}}} 20.0",
        f"temporal_worker_pool_temporal_reads_limit_per_second{{{bank}}} 40.0",
        f"temporal_worker_pool_temporal_slowdown_ratio{{{shop}}} 2.5",
        f"temporal_worker_pool_temporal_slowdown_ratio{{{bank}}} 1.0",
    ]
