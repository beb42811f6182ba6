"""What a page of the SDK's metrics tells of how long tasks waited until they started."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import inf, isnan
from typing import Final

from prometheus_client.samples import Sample

from controller.scaling.objective.started_tasks import NONE_STARTED, StartLatencies, together
from controller.scaling.observation import SlotType
from controller.temporal.metrics_page import seconds_per_unit

_TYPES: Final = {"workflow_task": SlotType.WORKFLOW, "activity": SlotType.ACTIVITY}

_NAME: Final = re.compile(
    rf"(?P<metric>(?:temporal_)?(?P<kind>{'|'.join(_TYPES)})_schedule_to_start_latency\w*)_bucket"
)

LINE_STARTS: Final = tuple(
    f"{prefix}{kind}_schedule_to_start_latency" for prefix in ("temporal_", "") for kind in _TYPES
)
"""How lines of these histograms begin; the prefix is an option of the SDKs."""

_UNITS: Final = ("", "_seconds", "_milliseconds")
"""What may follow the name of a latency."""

Key = tuple[str, SlotType]
"""Task queue and the type of its tasks."""

_Labels = frozenset[tuple[str, str]]
_Buckets = dict[float, float]


class StartLatencyBuckets:
    """The buckets of one page, as its samples come."""

    def __init__(self) -> None:
        """Knows of no task yet."""
        self._buckets: dict[Key, dict[str, dict[_Labels, _Buckets]]] = defaultdict(lambda: defaultdict(dict))
        self._odd: set[Key] = set()

    def add(self, task_queue: str, sample: Sample) -> None:
        """Takes a sample that may be one of a bucket."""
        match = _NAME.fullmatch(sample.name)
        if match is None or not match["metric"].endswith(tuple(f"_latency{unit}" for unit in _UNITS)):
            return
        key = task_queue, _TYPES[match["kind"]]
        bound = _number(sample.labels.get("le", ""))
        labels = frozenset((name, value) for name, value in sample.labels.items() if name != "le")
        buckets = self._buckets[key][match["metric"]].setdefault(labels, {})
        if bound is None or bound in buckets:
            self._odd.add(key)
        else:
            buckets[bound] = sample.value

    def histograms(self, usual_unit: float | None) -> Mapping[Key, StartLatencies | None]:
        """The histograms by task queue and type, all workers of the page together.

        Args:
            usual_unit: Seconds per unit of the page's other latencies, for buckets that the worker's owner chose;
                `None` where that is not known.

        Returns:
            One is `None` where its numbers are none: then it is not known what started.
        """
        return {
            key: None if key in self._odd else _histogram(metrics, usual_unit) for key, metrics in self._buckets.items()
        }


def _histogram(metrics: Mapping[str, Mapping[_Labels, _Buckets]], usual_unit: float | None) -> StartLatencies | None:
    if len(metrics) != 1:  # the same tasks may be exported under two names
        return None
    ((name, series),) = metrics.items()
    unit = seconds_per_unit(name, {bound for buckets in series.values() for bound in buckets}) or usual_unit
    return None if unit is None else _sum(_to_latencies(buckets, unit) for buckets in series.values())


def _to_latencies(buckets: _Buckets, unit: float) -> StartLatencies | None:
    """The histogram of one series; the bucket without an upper bound has all tasks."""
    finite = sorted(bound for bound in buckets if bound < inf)
    if inf not in buckets:
        return None
    return StartLatencies.of([round(bound * unit, 9) for bound in finite], [buckets[b] for b in finite], buckets[inf])


def _sum(histograms: Iterable[StartLatencies | None]) -> StartLatencies | None:
    known: list[StartLatencies] = []
    for histogram in histograms:
        if histogram is None:
            return None
        known.append(histogram)
    return together(known) if known else NONE_STARTED


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return None if isnan(number) else number
