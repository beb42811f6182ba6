"""Prometheus metrics of the operator's process: what it is, what it reads of Temporal, and what it writes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from prometheus_client import CollectorRegistry, Histogram

from controller.telemetry.definition import PREFIX, Definition, Kind, Samples

BUDGET_LABELS: Final = ("address", "temporal_namespace")


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

    @property
    def labels(self) -> tuple[str, str]:
        """Values of `BUDGET_LABELS`."""
        return self.address, self.temporal_namespace


BUDGET_METRICS: Final[tuple[Definition[BudgetSample], ...]] = (
    Definition(
        "temporal_reads",
        "Requests of the operator to the Temporal namespace.",
        BUDGET_LABELS,
        lambda sample: [(sample.labels, sample.reads)],
        Kind.COUNTER,
    ),
    Definition(
        "temporal_reads_limit_per_second",
        "Requests per second that are allowed now.",
        BUDGET_LABELS,
        lambda sample: [(sample.labels, sample.reads_per_second)],
    ),
    Definition(
        "temporal_slowdown_ratio",
        "Requests per second that the pools ask for, divided by those that are allowed; at least 1.",
        BUDGET_LABELS,
        lambda sample: [(sample.labels, sample.slowdown)],
    ),
)


@dataclass(frozen=True, slots=True)
class ProcessSample:
    """The operator's process."""

    version: str
    leads: bool
    """Whether it reconciles pools: its first lists are complete, and no other process does it."""
    writes: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    """Requests that change something in Kubernetes, by verb, resource and result."""


def _writes(sample: ProcessSample) -> Samples:
    return sample.writes.items()


PROCESS_METRICS: Final[tuple[Definition[ProcessSample], ...]] = (
    Definition("build_info", "Version of the operator, always 1.", ("version",), lambda s: [((s.version,), 1.0)]),
    Definition(
        "leader",
        "1 while this process reconciles pools, 0 while it waits for its first lists or for leadership.",
        (),
        lambda sample: [((), float(sample.leads))],
    ),
    Definition(
        "kubernetes_writes",
        "Requests to the Kubernetes API server that change something, by result: ok, conflict, invalid, refused, "
        "throttled or failed.",
        ("verb", "resource", "result"),
        _writes,
        Kind.COUNTER,
    ),
)

RECONCILE_DURATION: Final = f"{PREFIX}_reconcile_duration_seconds"
RECONCILE_HELP: Final = "Duration of one reconcile of a pool."


class ReconcileMetrics:
    """The time that reconciles take."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Registers the metric there."""
        self.duration_seconds = Histogram(RECONCILE_DURATION, RECONCILE_HELP, registry=registry)
