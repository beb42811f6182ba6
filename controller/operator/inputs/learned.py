"""What the passes of a pool learned of its workers, and what survives a restart of the operator by way of status."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from controller.api.condition_reasons import InFlightKnown
from controller.api.conditions import ConditionType
from controller.api.status import Condition, ConditionStatus, EvidenceSource, TemporalWorkerPoolStatus
from controller.scaling.observation import PastReport, PodObservation, SlotReport, SlotType
from controller.scaling.plausibility import SlotEvidence
from controller.scaling.traces import Trace
from controller.scaling.traces_codec import TRACES, from_status
from controller.temporal.reader import QueueKey


@dataclass(frozen=True, slots=True)
class AskedHosts:
    """The last question after the workers of pods that don't poll what the pool lists."""

    hosts: tuple[str, ...]
    """Host names of the pods."""
    at: float
    polled: tuple[str, ...] | None
    """What they poll, such as `orders/Activity`; `None`: there was no answer yet."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What is known of the workers from earlier passes. Times are seconds since the Unix epoch."""

    slots: Mapping[QueueKey, int] = field(default_factory=dict)
    """Tasks that one replica runs at once, as it was last reported."""
    reporting_pods: frozenset[str] = frozenset()
    """Names of the pods that are there and ever reported their slots."""
    last_reports: Mapping[str, PastReport] = field(default_factory=dict)
    """By the name of a pod that is there, what it reported last."""
    ready_pods: frozenset[str] = frozenset()
    """Names of the pods that are there and were ever ready."""
    traces: Mapping[QueueKey, Trace] = field(default_factory=dict)
    """When tasks and workers were last seen, of each task queue and type that the pool lists."""
    unpolled: frozenset[QueueKey] = frozenset()
    """What the ready pods were last found not to poll."""
    slot_evidence: SlotEvidence = field(default_factory=SlotEvidence)
    """How many slots the workers that are there reported."""
    asked_hosts: AskedHosts | None = None
    """What the pods poll instead; `None` while they poll what the pool lists."""
    all_reported: bool = False
    """The operator was restarted, and the pods that it finds did report before: as status says."""
    all_polled: bool = False
    """A later version than the one that wrote the status was started, and the pods that it finds did poll before: as
    status says. Of what this version writes the traces say it."""

    @classmethod
    def of(cls, status: TemporalWorkerPoolStatus) -> Self:
        """What status says to a restarted operator."""
        tasks = [(queue.name, task) for queue in status.task_queues for task in queue.tasks]
        conditions = {condition.type: condition for condition in status.conditions}
        written, memory = conditions.get(ConditionType.WORKERS_POLLING), status.memory or {}
        traces = from_status(memory.get(TRACES))
        return cls(
            slots={(name, task.type): task.slots_reported for name, task in tasks if task.slots_reported},
            traces={(name, task.type): trace for name, task in tasks if (trace := traces.get(f"{name}/{task.type}"))},
            all_reported=_had_reports(status, conditions.get(ConditionType.IN_FLIGHT_KNOWN)),
            all_polled=TRACES not in memory and written is not None and written.status == ConditionStatus.TRUE,
        )

    def trace(self, key: QueueKey, now: float) -> Trace:
        """What is known of a queue and type; of one that was not listed before only that it is read now."""
        return self.traces.get(key) or Trace(since=now)

    def after(
        self, pods: Iterable[PodObservation], slots: Mapping[QueueKey, int | None], traces: Mapping[QueueKey, Trace]
    ) -> Self:
        """With what one more pass saw; pods that are gone, and queues that are not listed any more, are forgotten."""
        there = tuple(pods)
        ready = {pod.name for pod in there if pod.ready_since is not None or pod.was_ready}
        before = self.reporting_pods | ready if self.all_reported else self.reporting_pods
        reporting = {pod.name for pod in there if pod.slots or pod.name in before}
        newly_said = {key: count for key, count in slots.items() if count is not None}
        return type(self)(
            slots={**self.slots, **newly_said},
            reporting_pods=frozenset(reporting),
            last_reports={
                pod.name: last
                for pod in there
                if (last := PastReport.of(pod.slots) or self.last_reports.get(pod.name)) is not None
            },
            ready_pods=frozenset(ready),
            traces=traces,
            unpolled=self.unpolled,
            asked_hosts=self.asked_hosts,
            slot_evidence=self.slot_evidence,
        )


def _had_reports(status: TemporalWorkerPoolStatus, known: Condition | None) -> bool:
    """Whether pods had reported when a status was written; of a pool without any it says so, too."""
    if status.in_flight is None or status.in_flight.source == EvidenceSource.NONE:
        return False
    return known is None or known.reason != InFlightKnown.NO_REPLICAS


def reported_slots(pods: Iterable[PodObservation], key: QueueKey) -> int | None:
    """Tasks of a type that one replica runs at once, as the pods report it: what most say, of two the smaller.

    Returns:
        `None` where no pod says it: none reports, or their workers can't say how many slots are free.
    """
    totals = Counter(total for pod in pods if (total := _total(pod.slots, key)))
    return max(sorted(totals), key=lambda total: totals[total], default=None)


def _total(reports: Iterable[SlotReport], key: QueueKey) -> int | None:
    """Slots of one pod, those of all its workers together."""
    task_queue, task_type = key
    mine = [r for r in reports if r.task_queue == task_queue and r.slot_type == SlotType(task_type)]
    parts = [r.slots_used + r.slots_available for r in mine if r.slots_available is not None]
    return sum(parts) if len(parts) == len(mine) else None
