"""Reports of slots that contradict themselves: more slots in use and free than a worker has.

SDKs built on Core of before July 2026 (Python 1.20 to 1.30) count one slot as in use that was just let go, until the
next one is taken: an idle worker of 10 slots reports 1 in use and 10 free, for good. What is free is right.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from controller.api.text import listed
from controller.scaling.observation import Observation, SlotReport, TaskQueueObservation
from controller.scaling.text import does

Key = tuple[str, str]
"""Task queue, and type of slots or tasks: one word for both."""
Reports = Mapping[str, tuple[SlotReport, ...]]
"""What the workers of each pod report, by its name."""

WORST_EXCESS: Final = 1
"""Slots that one worker counts too many at most: where it is more, what the pool or the Deployment states is wrong."""

_RIGHT: Final = re.compile(r"temporal-(go|java)\b|temporal-python (1\.(3[1-9]|[4-9]\d|\d{3,})\b|[2-9]|\d{2,})")
"""SDKs whose reports don't contradict themselves: beside theirs, what is stated is wrong."""


@dataclass(frozen=True, slots=True)
class SlotEvidence:
    """What earlier reports show of how many slots there are, as long as their worker is there."""

    fewest: Mapping[tuple[str, Key], int] = field(default_factory=dict)
    """By worker and type, the fewest slots in use and free together that it reported."""
    most_free: Mapping[tuple[str, Key], int] = field(default_factory=dict)
    """By pod and type, the most free slots that it reported."""

    def after(self, reports: Reports) -> "SlotEvidence":
        """With one more pass."""
        fewest: dict[tuple[str, Key], int] = {}
        most_free: dict[tuple[str, Key], int] = {}
        for pod, of_pod in reports.items():
            for report in of_pod:
                total, who = slots_of(report), (report.worker, _key(report))
                if report.worker and total is not None:
                    fewest[who] = min(total, self.fewest.get(who, total))
            for key in {_key(report) for report in of_pod}:
                most_free[pod, key] = max(_free(of_pod, key), self.most_free.get((pod, key), 0))
        return SlotEvidence(fewest, most_free)

    def refutes(self, slots: int, key: Key) -> bool:
        """Whether more were free in a pod than it should have."""
        return any(free > slots for (_, of_type), free in self.most_free.items() if of_type == key)


def resolve(
    reports: Reports, stated: Mapping[Key, int], evidence: SlotEvidence, sdks: Mapping[str, str]
) -> tuple[Reports, str | None]:
    """Takes contradictions out of reports: in use is what of the slots is not free.

    Args:
        reports: Of all pods.
        stated: How many slots one replica has, as the pool or the Deployment says; not in it what neither says.
        evidence: What was reported up to now.
        sdks: Name and version of the SDK, by worker.

    Returns:
        The reports, and what was found, as a sentence for people; `None` if nothing was.
    """
    resolved: dict[str, tuple[SlotReport, ...]] = {}
    for pod, of_pod in reports.items():
        by_itself = tuple(_as_before(report, evidence, sdks) for report in of_pod)
        resolved[pod] = by_itself
        for key, slots in stated.items():
            if not evidence.refutes(slots, key):
                resolved[pod] = _within(resolved[pod], key, slots, sdks)
    changed = [pod for pod in reports if resolved[pod] != reports[pod]]
    if not changed:
        return resolved, None
    named = sorted({sdks.get(report.worker) or "an SDK" for pod in changed for report in reports[pod]})
    return resolved, (
        f"{does(len(changed), 'pod', 'report')} more slots than {'it has' if len(changed) == 1 else 'they have'} "
        f"({listed(named)}); the free ones are taken as right. Upgrade the SDK (Python: to 1.31 or later)."
    )


def without_contradictions(observation: Observation, declared: Mapping[Key, int]) -> Observation:
    """An observation whose reports were not judged yet, without contradictions to what the pool declares.

    Where `slots_reported` is known the operator has judged them, which also knows the SDKs and earlier reports.
    """
    judged = {_key_of(queue) for queue in observation.task_queues if queue.slots_reported}
    stated = {key: slots for key, slots in declared.items() if key not in judged}
    reports = {pod.name: pod.slots for pod in observation.pods}
    resolved, contradiction = resolve(reports, stated, SlotEvidence().after(reports), {})
    if contradiction is None:
        return observation
    changed = {_key(report) for pod in reports for report in set(reports[pod]) - set(resolved[pod])}
    return replace(
        observation,
        pods=tuple(replace(pod, slots=resolved[pod.name]) for pod in observation.pods),
        task_queues=tuple(
            replace(queue, slots_per_replica=stated[key])
            if (key := _key_of(queue)) in changed & stated.keys()
            else queue
            for queue in observation.task_queues
        ),
    )


def _key_of(queue: TaskQueueObservation) -> Key:
    return queue.task_queue, str(queue.task_type)


def _as_before(report: SlotReport, evidence: SlotEvidence, sdks: Mapping[str, str]) -> SlotReport:
    """A report that has more slots than its worker had in an earlier one."""
    total, fewest = slots_of(report), evidence.fewest.get((report.worker, _key(report)))
    if total is None or fewest is None or not 0 < total - fewest <= WORST_EXCESS or _is_right(report, sdks):
        return report
    return _less(report, total - fewest)


def _within(reports: tuple[SlotReport, ...], key: Key, slots: int, sdks: Mapping[str, str]) -> tuple[SlotReport, ...]:
    """The reports of one pod that has so many slots of a type."""
    mine = [report for report in reports if _key(report) == key]
    excess = _excess(mine, slots)
    if not excess or any(_is_right(report, sdks) for report in mine):
        return reports
    less: dict[int, int] = {}
    for at in sorted(range(len(reports)), key=lambda at: slots_of(reports[at]) or 0, reverse=True):
        if _key(reports[at]) == key:
            less[at] = min(WORST_EXCESS, reports[at].slots_used, excess - sum(less.values()))
    return tuple(_less(report, less.get(at, 0)) for at, report in enumerate(reports))


def _excess(reports: Sequence[SlotReport], slots: int) -> int:
    totals = [total for report in reports if (total := slots_of(report)) is not None]
    excess = sum(totals) - slots if len(totals) == len(reports) else 0
    return excess if 0 < excess <= WORST_EXCESS * len(reports) else 0


def _less(report: SlotReport, slots: int) -> SlotReport:
    return replace(report, slots_used=max(0, report.slots_used - slots))


def _is_right(report: SlotReport, sdks: Mapping[str, str]) -> bool:
    return _RIGHT.match(sdks.get(report.worker, "")) is not None


def slots_of(report: SlotReport) -> int | None:
    """Slots in use and free; `None` where the worker can't say how many are free."""
    return None if report.slots_available is None else report.slots_used + report.slots_available


def _free(reports: Iterable[SlotReport], key: Key) -> int:
    return sum(report.slots_available or 0 for report in reports if _key(report) == key)


def _key(report: SlotReport) -> Key:
    return report.task_queue, str(report.slot_type)
