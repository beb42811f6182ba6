"""Prometheus metrics. What is unknown has no sample: it is never a zero.

A condition has a sample for each status, as those of kube-state-metrics: `status="true"`, `"false"` and `"unknown"`, so
that an alert on a condition that is not True (`{status="true"} == 0`) finds those that are Unknown as well.
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
    """What the metrics of one pool are made of."""

    namespace: str
    name: str
    spec: TemporalWorkerPoolSpec | None
    status: TemporalWorkerPoolStatus
    observation: Observation | None
    counts: PoolCounts


class PoolCollector(Collector):
    """Renders the pools at each scrape, so that a pool that is gone leaves no stale series."""

    def __init__(self, samples: Callable[[], Iterable[PoolSample]]) -> None:
        """Asks `samples` at each scrape."""
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
    """What the reads of one Temporal namespace cost."""

    address: str
    temporal_namespace: str
    reads: int
    """Requests made so far."""
    reads_per_second: float
    """Requests a second that are let through now."""
    slowdown: float
    """Reads that its pools ask for, divided by those that they get; at least 1."""


class BudgetCollector(Collector):
    """Renders the budgets of Temporal namespaces at each scrape."""

    def __init__(self, samples: Callable[[], Iterable[BudgetSample]]) -> None:
        """Asks `samples` at each scrape."""
        self._samples = samples

    @override
    def collect(self) -> Iterable[Metric]:
        """Reads, the rate that is let through, and how much more is asked for."""
        labels = ("address", "temporal_namespace")
        reads = CounterMetricFamily(f"{PREFIX}_temporal_reads", "Requests to the Temporal namespace.", labels=labels)
        rate = GaugeMetricFamily(
            f"{PREFIX}_temporal_reads_limit", "Requests per second that are let through now.", labels=labels
        )
        slowdown = GaugeMetricFamily(
            f"{PREFIX}_temporal_slowdown",
            "Reads that the pools of the Temporal namespace ask for, divided by those that they get; at least 1.",
            labels=labels,
        )
        for sample in self._samples():
            values = sample.address, sample.temporal_namespace
            reads.add_metric(values, sample.reads)
            rate.add_metric(values, sample.reads_per_second)
            slowdown.add_metric(values, sample.slowdown)
        yield from (reads, rate, slowdown)


class PassMetrics:
    """How the operator itself is doing."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Registers its metrics there."""
        self.duration_seconds = Histogram(
            f"{PREFIX}_pass_duration_seconds", "Time that one pass over a pool took.", registry=registry
        )


def _replicas(samples: list[PoolSample]) -> Iterator[Metric]:
    desired = GaugeMetricFamily(f"{PREFIX}_desired_replicas", "Replicas last decided on.", labels=POOL_LABELS)
    ordered = GaugeMetricFamily(f"{PREFIX}_replicas", "Replicas that the Deployment asks for.", labels=POOL_LABELS)
    silent = GaugeMetricFamily(
        f"{PREFIX}_silent_replicas", "Ready replicas that have not reported their slots in use.", labels=POOL_LABELS
    )
    ready = GaugeMetricFamily(f"{PREFIX}_ready_replicas", "Replicas that take tasks.", labels=POOL_LABELS)
    lowest = GaugeMetricFamily(f"{PREFIX}_min_replicas", "The pool's minReplicas.", labels=POOL_LABELS)
    highest = GaugeMetricFamily(f"{PREFIX}_max_replicas", "The pool's maxReplicas.", labels=POOL_LABELS)
    for sample in samples:
        labels = sample.namespace, sample.name
        _add(desired, labels, sample.status.desired_replicas)
        if sample.observation:
            _add(ordered, labels, sample.observation.replicas)
            _add(ready, labels, len(sample.observation.ready_pods))
            _add(silent, labels, len(sample.observation.silent_pods))
        if sample.spec:
            _add(lowest, labels, sample.spec.min_replicas)
            _add(highest, labels, sample.spec.max_replicas)
    yield from (desired, ordered, ready, silent, lowest, highest)


def _conditions(samples: list[PoolSample]) -> Metric:
    family = GaugeMetricFamily(
        f"{PREFIX}_condition",
        "Conditions of the pool: 1 for the status that a condition has, 0 for the two that it has not.",
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
        f"{PREFIX}_pass_failures", "Passes that ended in an unexpected error.", labels=POOL_LABELS
    )
    actions = CounterMetricFamily(f"{PREFIX}_scale_actions", "Changes of replicas.", labels=(*POOL_LABELS, "direction"))
    for sample in samples:
        labels = sample.namespace, sample.name
        failures.add_metric(labels, sample.counts.failed_passes)
        actions.add_metric((*labels, "up"), sample.counts.scaled_up)
        actions.add_metric((*labels, "down"), sample.counts.scaled_down)
    yield from (failures, actions)


def _objective(samples: list[PoolSample]) -> Iterator[Metric]:
    """What an alert on the burn rate of an error budget needs: 1 - in time / tasks, over any time."""
    tasks = CounterMetricFamily(
        f"{PREFIX}_objective_tasks",
        "Tasks that were due: dispatched, or waiting for longer than the objective.",
        labels=POOL_LABELS,
    )
    in_time = CounterMetricFamily(
        f"{PREFIX}_objective_tasks_in_time", "Those of them that started within the objective.", labels=POOL_LABELS
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
    backlog = GaugeMetricFamily(f"{PREFIX}_backlog", "Tasks that wait.", labels=QUEUE_LABELS)
    age = GaugeMetricFamily(f"{PREFIX}_backlog_age_seconds", "Age of the oldest waiting task.", labels=QUEUE_LABELS)
    added = GaugeMetricFamily(f"{PREFIX}_tasks_add_rate", "Tasks added per second, mean of 30 s.", labels=QUEUE_LABELS)
    dispatched = GaugeMetricFamily(
        f"{PREFIX}_tasks_dispatch_rate", "Tasks given to workers per second, mean of 30 s.", labels=QUEUE_LABELS
    )
    used = GaugeMetricFamily(
        f"{PREFIX}_slots_used", "Tasks that run, as the workers that report say.", labels=QUEUE_LABELS
    )
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
