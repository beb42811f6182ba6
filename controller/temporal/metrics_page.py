"""Parses a page of the SDK's metrics in Prometheus' text format: slots, ended tasks, pollers and start latencies."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import inf, isfinite, isnan
from typing import Final

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from controller.scaling.objective.started_tasks import NONE_STARTED, StartLatencies, together
from controller.scaling.observation import SlotReport, SlotType

_USED: Final = "temporal_worker_task_slots_used"
_AVAILABLE: Final = "temporal_worker_task_slots_available"
_POLLERS: Final = "temporal_num_pollers"

_SLOT_TYPES: Final = {
    "WorkflowWorker": SlotType.WORKFLOW,
    "ActivityWorker": SlotType.ACTIVITY,
    "NexusWorker": SlotType.NEXUS,
    "LocalActivityWorker": SlotType.LOCAL_ACTIVITY,
}
"""Values of the label `worker_type`, the same in every SDK."""

_POLLER_TYPES: Final = {
    "workflow_task": SlotType.WORKFLOW,
    "sticky_workflow_task": SlotType.WORKFLOW,
    "activity_task": SlotType.ACTIVITY,
    "nexus_task": SlotType.NEXUS,
}
"""Values of the label `poller_type`; a worker polls for workflow tasks on the task queue and on one of its own."""

_LATENCIES: Final = {
    "temporal_workflow_task_execution_latency": SlotType.WORKFLOW,
    "temporal_activity_execution_latency": SlotType.ACTIVITY,
    "temporal_nexus_task_execution_latency": SlotType.NEXUS,
    "temporal_local_activity_execution_latency": SlotType.LOCAL_ACTIVITY,
}
"""How long ended tasks took, failed ones included: one count for each attempt."""

_UNITS: Final = ("", "_seconds", "_milliseconds")
"""What may follow the name of a latency."""

_START_LATENCY_TYPES: Final = {"workflow_task": SlotType.WORKFLOW, "activity": SlotType.ACTIVITY}

_START_LATENCY: Final = re.compile(
    rf"(?P<metric>(?:temporal_)?(?P<kind>{'|'.join(_START_LATENCY_TYPES)})_schedule_to_start_latency"
    rf"(?:{'|'.join(_UNITS)}))_bucket"
)
"""How long tasks waited until they started; the prefix is an option of the SDKs."""

_LINE_STARTS: Final = (
    f"{_USED}{{",
    f"{_AVAILABLE}{{",
    f"{_POLLERS}{{",
    *(f"{name}{unit}_{what}{{" for name in _LATENCIES for unit in _UNITS for what in ("count", "sum", "bucket")),
    *(f"{prefix}{kind}_schedule_to_start_latency" for prefix in ("temporal_", "") for kind in _START_LATENCY_TYPES),
)
"""How the lines begin that are parsed."""

_MILLISECOND: Final = 0.001

_NAMED: Final = {"seconds": 1.0, "milliseconds": _MILLISECOND}
"""Units in seconds, by the end of the metric's name. The SDKs for Go and Java name seconds there."""

_MILLISECOND_BUCKETS: Final = (
    (50, 100, 500, 1000, 5000, 10_000, 60_000),
    (1, 10, 20, 50, 100, 200, 500, 1000),
    (50, 100, 500, 1000, 2500, 10_000),
    (100, 500, 1000, 5000, 10_000, 100_000, 1_000_000),
)
"""Upper bounds of the buckets that SDKs built on Core (Python, TypeScript, .NET, Ruby) give execution latencies and, in
the last row, schedule-to-start latencies, in milliseconds. With durations in seconds they are a thousandth of these;
the name of the metric stays."""

SlotKey = tuple[str, SlotType]
"""Task queue and type of slots."""

_Numbers = dict[SlotKey, float]
_Labels = frozenset[tuple[str, str]]
_Buckets = dict[float, float]


def seconds_per_unit(name: str, bounds: Collection[float]) -> float | None:
    """How many seconds one unit of a metric is. It depends on the SDK and its options, and only some name it.

    Args:
        name: Of the metric, without the suffix of its parts (`_sum`, `_count`).
        bounds: Upper bounds of its buckets.

    Returns:
        `None` where neither name nor buckets show it: a guess could be wrong by a factor of a thousand.
    """
    if unit := _NAMED.get(name.rpartition("_")[2]):
        return unit
    finite = sorted(bound for bound in bounds if bound < inf)
    for known in _MILLISECOND_BUCKETS:
        for unit in (_MILLISECOND, 1.0):
            if finite == [round(bound * _MILLISECOND / unit, 9) for bound in known]:
                return unit
    return None


class StartLatencyBuckets:
    """Collects the buckets of start latencies on one page."""

    def __init__(self) -> None:
        """Starts without a sample."""
        self._buckets: dict[SlotKey, dict[str, dict[_Labels, _Buckets]]] = defaultdict(lambda: defaultdict(dict))
        self._invalid: set[SlotKey] = set()

    def add(self, task_queue: str, sample: Sample) -> None:
        """Adds a sample, if it is one of a bucket."""
        match = _START_LATENCY.fullmatch(sample.name)
        if match is None:
            return
        key = task_queue, _START_LATENCY_TYPES[match["kind"]]
        bound = _number(sample.labels.get("le", ""))
        labels = frozenset((name, value) for name, value in sample.labels.items() if name != "le")
        buckets = self._buckets[key][match["metric"]].setdefault(labels, {})
        if bound is None or bound in buckets:
            self._invalid.add(key)
        else:
            buckets[bound] = sample.value

    def histograms(self, usual_unit: float | None) -> Mapping[SlotKey, StartLatencies | None]:
        """The histograms by task queue and type, all workers of the page together.

        Args:
            usual_unit: Seconds per unit of the page's other latencies, for buckets that the worker configures;
                `None` where not known.

        Returns:
            `None` for one whose samples are not valid: how many tasks started is then unknown.
        """
        return {
            key: None if key in self._invalid else _histogram(metrics, usual_unit)
            for key, metrics in self._buckets.items()
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


@dataclass(slots=True)
class _Latency:
    """One metric of latencies, by task queue: those of several activity types and workers are added up."""

    count: _Numbers = field(default_factory=lambda: defaultdict(float))
    total: _Numbers = field(default_factory=lambda: defaultdict(float))
    """In the unit of the metric."""
    bounds: set[float] = field(default_factory=set)
    """Upper bounds of the buckets."""


@dataclass(slots=True)
class _Page:
    """What was parsed, by task queue and type; several workers are added up."""

    used: _Numbers = field(default_factory=lambda: defaultdict(float))
    available: _Numbers = field(default_factory=lambda: defaultdict(float))
    pollers: _Numbers = field(default_factory=lambda: defaultdict(float))
    latencies: dict[str, _Latency] = field(default_factory=lambda: defaultdict(_Latency))
    """By the name of the metric, unit and all."""
    starts: StartLatencyBuckets = field(default_factory=StartLatencyBuckets)


def to_reports(page: str, temporal_namespace: str, now: float) -> tuple[SlotReport, ...]:
    """The reports of a page, by task queue and type.

    A type without slots, which the worker does not poll, is left out, as in a heartbeat. A page on which slots in use
    are not a number gives no report: the rest of it would make a busy worker look idle.
    """
    try:
        found = _read(page, temporal_namespace)
    except ValueError:
        return ()
    if any(_whole(count) is None for count in found.used.values()):
        return ()
    ended, starts = dict(_ended(found.latencies)), found.starts.histograms(_usual_unit(found.latencies))
    return tuple(
        SlotReport(
            *key,
            slots_used=int(count),
            slots_available=_whole(found.available.get(key)),
            reported_at=now,
            tasks_ended=ended.get(key, _NOTHING).tasks,
            ended_task_seconds=ended.get(key, _NOTHING).seconds,
            pollers=_whole(found.pollers.get(key)),
            start_latencies=_start_latencies(starts, key),
        )
        for key, count in found.used.items()
        if count or found.available.get(key) != 0
    )


def _start_latencies(histograms: Mapping[SlotKey, StartLatencies | None], key: SlotKey) -> StartLatencies | None:
    """How long the tasks of a type waited; no SDK measures it for Nexus tasks and local activities."""
    return histograms.get(key, NONE_STARTED) if key[1] in {SlotType.WORKFLOW, SlotType.ACTIVITY} else None


@dataclass(frozen=True, slots=True)
class _Ended:
    tasks: int | None = None
    seconds: float | None = None


_NOTHING: Final = _Ended()


def _usual_unit(latencies: Mapping[str, _Latency]) -> float | None:
    """Seconds per unit of the latencies without a unit in their names: one option of the SDK sets it for all."""
    units = {seconds_per_unit(name, each.bounds) for name, each in latencies.items() if name in _LATENCIES} - {None}
    return units.pop() if len(units) == 1 else None


def _ended(latencies: Mapping[str, _Latency]) -> Iterator[tuple[SlotKey, _Ended]]:
    for name, latency in latencies.items():
        unit = seconds_per_unit(name, latency.bounds)
        for key, count in latency.count.items():
            total = latency.total.get(key)
            known = total is not None and isfinite(total) and total >= 0
            yield key, _Ended(_whole(count), total * unit if total is not None and known and unit else None)


def _read(page: str, temporal_namespace: str) -> _Page:
    found = _Page()
    for family in text_string_to_metric_families("\n".join(_lines(page))):
        for sample in family.samples:
            if sample.labels.get("namespace", temporal_namespace) == temporal_namespace:
                _add(found, sample)
    return found


def _add(found: _Page, sample: Sample) -> None:
    labels, task_queue = sample.labels, sample.labels.get("task_queue")
    if not task_queue:
        return
    if sample.name in {_USED, _AVAILABLE}:
        if slot_type := _SLOT_TYPES.get(labels.get("worker_type", "")):
            numbers = found.used if sample.name == _USED else found.available
            numbers[task_queue, slot_type] += sample.value
    elif sample.name == _POLLERS:
        if slot_type := _POLLER_TYPES.get(labels.get("poller_type", "")):
            found.pollers[task_queue, slot_type] += sample.value
    else:
        _add_latency(found.latencies, task_queue, sample)
        found.starts.add(task_queue, sample)


def _add_latency(latencies: dict[str, _Latency], task_queue: str, sample: Sample) -> None:
    name, _, what = sample.name.rpartition("_")
    slot_type = next((kind for metric, kind in _LATENCIES.items() if name.startswith(metric)), None)
    if slot_type is None:
        return
    if what == "count":
        latencies[name].count[task_queue, slot_type] += sample.value
    elif what == "sum":
        latencies[name].total[task_queue, slot_type] += sample.value
    elif what == "bucket":
        latencies[name].bounds.add(float(sample.labels.get("le", "inf")))


def _lines(page: str) -> Iterable[str]:
    """Only the lines that are used: a page has thousands, and its histograms are slow to parse."""
    return (line for line in page.splitlines() if line.startswith(_LINE_STARTS))


def _whole(number: float | None) -> int | None:
    """A number of slots, tasks or polls; `None` for any other value, such as the -1 of a worker without a number."""
    return int(number) if number is not None and isfinite(number) and number >= 0 else None
