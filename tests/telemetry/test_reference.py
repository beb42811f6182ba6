"""The reference page of metrics: all that is served, and nothing else."""

import re

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from controller.telemetry.definition import Rendered
from controller.telemetry.metrics import POOL_METRICS, PoolSample
from controller.telemetry.process_metrics import (
    BUDGET_METRICS,
    PROCESS_METRICS,
    BudgetSample,
    ProcessSample,
    ReconcileMetrics,
)
from controller.telemetry.reference import PAGE, metrics_page, rows
from localcluster.folders import PROJECT_FOLDER


def test_the_page_is_generated() -> None:
    """`make docs` writes it."""
    assert (PROJECT_FOLDER / PAGE).read_text(encoding="utf-8") == metrics_page()


def test_what_is_served_is_on_the_page() -> None:
    """With its help text and its type."""
    registry = CollectorRegistry()
    registry.register(Rendered(POOL_METRICS, tuple[PoolSample, ...]))
    registry.register(Rendered(BUDGET_METRICS, tuple[BudgetSample, ...]))
    registry.register(Rendered(PROCESS_METRICS, tuple[ProcessSample, ...]))
    ReconcileMetrics(registry)
    text = generate_latest(registry).decode()
    served = set(re.findall(r"^# HELP (\w+?)(?:_total)? (.*)$", text, re.MULTILINE))
    listed = {(row.series.removesuffix("_total"), row.help) for row in rows()}
    assert {each for each in served if not each[0].endswith("_created")} == listed
