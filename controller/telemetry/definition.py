"""What a metric is: its name, its labels, its help text, and where its samples come from."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from typing_extensions import override

PREFIX: Final = "temporal_worker_pool"

Source = TypeVar("Source")
"""What the samples of a metric are made of."""

Samples = Iterable[tuple[tuple[str, ...], float | None]]
"""Values of the labels with a number each; `None` is unknown, and then there is no sample."""


class Kind(StrEnum):
    """Types of metrics."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Definition(Generic[Source]):
    """One metric of many sources, such as pools."""

    name: str
    """Without the prefix, and without the suffix of counters."""
    help: str
    labels: tuple[str, ...]
    samples: Callable[[Source], Samples]
    """The samples of one source; unknown ones are left out."""
    kind: Kind = Kind.GAUGE

    @property
    def series(self) -> str:
        """The name as Prometheus stores it."""
        return f"{PREFIX}_{self.name}{'_total' if self.kind == Kind.COUNTER else ''}"

    def family(self, sources: Iterable[Source]) -> Metric:
        """All samples of all sources."""
        kind = CounterMetricFamily if self.kind == Kind.COUNTER else GaugeMetricFamily
        family = kind(f"{PREFIX}_{self.name}", self.help, labels=self.labels)
        for source in sources:
            for labels, value in self.samples(source):
                if value is not None:
                    family.add_metric(labels, value)
        return family


class Rendered(Collector, Generic[Source]):
    """Renders metrics at each scrape from what there is then, so that nothing stays of what is gone."""

    def __init__(self, definitions: tuple[Definition[Source], ...], sources: Callable[[], Iterable[Source]]) -> None:
        """Calls `sources` at each scrape."""
        self._definitions = definitions
        self._sources = sources

    @override
    def collect(self) -> Iterable[Metric]:
        """All samples of all metrics."""
        sources = tuple(self._sources())
        return [definition.family(sources) for definition in self._definitions]
