"""Prometheus metrics, listed in docs/metrics.md. An unknown value has no sample, and is never 0.

A condition has a sample for each status, as in kube-state-metrics: `status="true"`, `"false"` and `"unknown"`, so that
an alert on a condition that is not True (`{status="true"} == 0`) includes Unknown.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from controller.api.spec import TemporalWorkerPoolSpec
from controller.api.status import ConditionStatus, TemporalWorkerPoolStatus
from controller.scaling.observation import Observation, SlotType, Unknown
from controller.telemetry.counts import PoolCounts

PREFIX: Final = "temporal_worker_pool"
POOL_LABELS: Final = ("namespace", "name")
QUEUE_LABELS: Final = (*POOL_LABELS, "task_queue", "task_type")


@dataclass(frozen=True, slots=True)
class PoolSample:
    """The data of one pool's metrics."""

    namespace: str
    name: str
    spec: TemporalWorkerPoolSpec | None
    status: TemporalWorkerPoolStatus
    observation: Observation | None
    counts: PoolCounts


class PoolCollector(Collector):
    """Renders the pools at each scrape, so that a deleted pool leaves no stale series."""

    def __init__(self, samples: Callable[[], Iterable[PoolSample]]) -> None:
        """Calls `samples` at each scrape."""
        self._samples = samples

    @override
    def collect(self) -> Iterable[Metric]:
        """All gauges and counters of all pools."""
        samples = list(self._samples())
        yield from _replicas(samples)
        yield _conditions(samples)
        yield from _task_queues(samples)
        yield from _counts(samples)
        yield from _objective(samples)


@dataclass(frozen=True, slots=True)
class BudgetSample:
    """The reads of one Temporal namespace."""

    address: str
    temporal_namespace: str
    reads: int
    """Requests so far."""
    reads_per_second: float
    """Requests a second that are allowed now."""
    slowdown: float
    """Reads a second that its pools ask for, divided by those that are allowed; at least 1."""


class BudgetCollector(Collector):
    """Renders the read budgets of Temporal namespaces at each scrape."""

    def __init__(self, samples: Callable[[], Iterable[BudgetSample]]) -> None:
        """Calls `samples` at each scrape."""
        self._samples = samples

    @override
    def collect(self) -> Iterable[Metric]:
        """Requests, the allowed rate, and how far the requested one is above it."""
        labels = ("address", "temporal_namespace")
        reads = CounterMetricFamily(
            f"{PREFIX}_temporal_reads", "Requests of the operator to the Temporal namespace.", labels=labels
        )
        rate = GaugeMetricFamily(
            f"{PREFIX}_temporal_reads_limit_per_second", "Requests per second that are allowed now.", labels=labels
        )
        slowdown = GaugeMetricFamily(
            f"{PREFIX}_temporal_slowdown_ratio",
            "Requests per second that the pools ask for, divided by those that are allowed; at least 1.",
            labels=labels,
        )
        for sample in self._samples():
            values = sample.address, sample.temporal_namespace
            reads.add_metric(values, sample.reads)
            rate.add_metric(values, sample.reads_per_second)
            slowdown.add_metric(values, sample.slowdown)
        yield from (reads, rate, slowdown)


class ReconcileMetrics:
    """Metrics of the operator itself."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Registers the metrics there."""
        self.duration_seconds = Histogram(
            f"{PREFIX}_reconcile_duration_seconds", "Duration of one reconcile of a pool.", registry=registry
        )


def _replicas(samples: list[PoolSample]) -> Iterator[Metric]:
    desired = GaugeMetricFamily(f"{PREFIX}_desired_replicas", "Replicas of the last decision.", labels=POOL_LABELS)
    current = GaugeMetricFamily(f"{PREFIX}_replicas", "Replicas in the spec of the Deployment.", labels=POOL_LABELS)
    unreported = GaugeMetricFamily(
        f"{PREFIX}_unreported_replicas", "Ready replicas that do not report slots in use.", labels=POOL_LABELS
    )
    ready = GaugeMetricFamily(f"{PREFIX}_ready_replicas", "Ready replicas.", labels=POOL_LABELS)
    lowest = GaugeMetricFamily(f"{PREFIX}_min_replicas", "minReplicas of the pool.", labels=POOL_LABELS)
    highest = GaugeMetricFamily(f"{PREFIX}_max_replicas", "maxReplicas of the pool.", labels=POOL_LABELS)
    for sample in samples:
        labels = sample.namespace, sample.name
        _add(desired, labels, sample.status.desired_replicas)
        if sample.observation:
            _add(current, labels, sample.observation.replicas)
            _add(ready, labels, len(sample.observation.ready_pods))
            _add(unreported, labels, len(sample.observation.pods_without_reports))
        if sample.spec:
            _add(lowest, labels, sample.spec.min_replicas)
            _add(highest, labels, sample.spec.max_replicas)
    yield from (desired, current, ready, unreported, lowest, highest)


def _conditions(samples: list[PoolSample]) -> Metric:
    family = GaugeMetricFamily(
        f"{PREFIX}_condition",
        "Conditions of the pool: 1 for the status of the condition, 0 for the other two.",
        labels=(*POOL_LABELS, "type", "status"),
    )
    for sample in samples:
        for condition in sample.status.conditions:
            for status in ConditionStatus:
                labels = [sample.namespace, sample.name, condition.type, status.lower()]
                family.add_metric(labels, float(condition.status == status))
    return family


def _counts(samples: list[PoolSample]) -> Iterator[Metric]:
    failures = CounterMetricFamily(
        f"{PREFIX}_reconcile_errors", "Reconciles that ended in an unexpected error.", labels=POOL_LABELS
    )
    actions = CounterMetricFamily(f"{PREFIX}_scale_actions", "Changes of replicas.", labels=(*POOL_LABELS, "direction"))
    for sample in samples:
        labels = sample.namespace, sample.name
        failures.add_metric(labels, sample.counts.failed_reconciles)
        actions.add_metric((*labels, "up"), sample.counts.scaled_up)
        actions.add_metric((*labels, "down"), sample.counts.scaled_down)
    yield from (failures, actions)


def _objective(samples: list[PoolSample]) -> Iterator[Metric]:
    """For alerts on the burn rate of the error budget: 1 - tasks in time / tasks, over any time."""
    tasks = CounterMetricFamily(
        f"{PREFIX}_objective_tasks",
        "Tasks dispatched, or waiting for longer than the objective.",
        labels=POOL_LABELS,
    )
    in_time = CounterMetricFamily(
        f"{PREFIX}_objective_tasks_in_time", "Tasks that started within the objective.", labels=POOL_LABELS
    )
    attained = GaugeMetricFamily(
        f"{PREFIX}_objective_attained_ratio",
        "Share of the tasks of the last hour that started within the objective.",
        labels=POOL_LABELS,
    )
    for sample in samples:
        if sample.spec is None or sample.spec.objective.schedule_to_start_seconds is None:
            continue
        labels = sample.namespace, sample.name
        tasks.add_metric(labels, sample.counts.judged_tasks)
        in_time.add_metric(labels, sample.counts.tasks_in_time)
        if sample.status.objective and sample.status.objective.attained_percent is not None:
            attained.add_metric(labels, sample.status.objective.attained_percent / 100)
    yield from (tasks, in_time, attained)


def _task_queues(samples: list[PoolSample]) -> Iterator[Metric]:
    backlog = GaugeMetricFamily(f"{PREFIX}_backlog_tasks", "Tasks that wait.", labels=QUEUE_LABELS)
    age = GaugeMetricFamily(f"{PREFIX}_backlog_age_seconds", "Age of the oldest waiting task.", labels=QUEUE_LABELS)
    added = GaugeMetricFamily(
        f"{PREFIX}_tasks_add_rate_per_second", "Tasks added per second, mean of 30 s.", labels=QUEUE_LABELS
    )
    dispatched = GaugeMetricFamily(
        f"{PREFIX}_tasks_dispatch_rate_per_second", "Tasks dispatched per second, mean of 30 s.", labels=QUEUE_LABELS
    )
    used = GaugeMetricFamily(f"{PREFIX}_slots_used", "Slots in use by the reports of the workers.", labels=QUEUE_LABELS)
    for sample in samples:
        observation = sample.observation
        for queue in observation.task_queues if observation else ():
            labels = sample.namespace, sample.name, queue.task_queue, queue.task_type
            if not isinstance(queue.statistics, Unknown):
                _add(backlog, labels, queue.statistics.backlog)
                _add(age, labels, queue.statistics.backlog_age_seconds)
                _add(added, labels, queue.statistics.add_rate_per_second)
                _add(dispatched, labels, queue.statistics.dispatch_rate_per_second)
            if observation and not isinstance(observation.in_flight, Unknown):
                _add(used, labels, observation.slots_used(queue.task_queue, SlotType(queue.task_type)))
    yield from (backlog, age, added, dispatched, used)


def _add(family: GaugeMetricFamily, labels: tuple[str, ...], value: float | None) -> None:
    if value is not None:
        family.add_metric(labels, value)
