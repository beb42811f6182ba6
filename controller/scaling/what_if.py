"""What would change a decision: the backlog at which it asks for more replicas, and when it changes by itself.

No formula of its own: the same `decide` is asked about varied situations, about 20 times. Only one thing is varied:
the backlog of the queue that is closest to its limit, or the time, with each later poll reading what this one read.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from controller.scaling.decide import decide
from controller.scaling.decision import Decision, Situation
from controller.scaling.memory import Memory
from controller.scaling.observation import (
    Observation,
    PodObservation,
    QueueStatistics,
    SlotReport,
    TaskQueueObservation,
    Unknown,
    used,
)

MOST_TASKS: Final = 32_768
"""Further waiting tasks that are tried: a pool that they do not change, no one waits for."""

MOST_SECONDS: Final = 3600
"""How far ahead is tried: the longest window of `behavior`."""

RESOLUTION: Final = 64
"""Numbers are exact up to twice this one, and beyond to within one part in so many."""

FRESH_SECONDS: Final = 1.0
"""How long the oldest of further tasks has waited at least: without an age, the server's count is of none."""


@dataclass(frozen=True, slots=True)
class UpAt:
    """More replicas are desired once so many tasks wait."""

    task_queue: str
    task_type: str
    backlog: int
    """Tasks that wait in this queue, all together."""
    replicas: int
    """Desired replicas then."""


@dataclass(frozen=True, slots=True)
class Later:
    """Other replicas are desired after a while, if all that is read stays the same."""

    at: float
    """Seconds since the Unix epoch."""
    replicas: int
    """Desired replicas then."""


@dataclass(frozen=True, slots=True)
class NextChange:
    """What would change a decision; `None` where nothing was found that does."""

    up: UpAt | None = None
    later: Later | None = None


def next_change(situation: Situation, decision: Decision, memory: Memory) -> NextChange:
    """What would change a decision.

    Args:
        situation: What was decided on, as `decide` got it.
        decision: What was decided.
        memory: What the next pass remembers: with what was done.
    """
    desired = decision.desired_replicas
    up = _up(situation, desired, desired + 1)
    return NextChange(up, None if decision.scales else _later(situation, memory, lambda found: found != desired))


def way_to(situation: Situation, decision: Decision, replicas: int) -> NextChange:
    """What would make the desired replicas so many: more of them by more tasks, fewer by time alone.

    Args:
        situation: What was decided on, as `decide` got it.
        decision: What was decided.
        replicas: More or fewer than were decided.
    """
    if replicas > decision.desired_replicas:
        return NextChange(up=_up(situation, decision.desired_replicas, replicas))
    return NextChange(later=_later(situation, decision.memory, lambda found: found <= replicas))


def with_backlog(situation: Situation, queue: TaskQueueObservation, backlog: int) -> Situation:
    """The situation with so many tasks waiting in a queue, of which those that are added have just arrived."""
    read = queue.statistics
    assert isinstance(read, QueueStatistics)  # noqa: S101 - `_closest` chose it by its backlog
    age = max(read.backlog_age_seconds, FRESH_SECONDS)
    fuller = replace(queue, statistics=replace(read, backlog=backlog, backlog_age_seconds=age))
    queues = tuple(fuller if each == queue else each for each in situation.observation.task_queues)
    return replace(situation, observation=replace(situation.observation, task_queues=queues))


def after(situation: Situation, memory: Memory, seconds: float) -> Situation:
    """The situation at a poll so much later that reads the same: tasks arrive, are dispatched and end as they do now.

    Deletion costs are taken to be in place: they only hold the number from one poll to the next.
    """
    before = situation.observation
    observation = replace(
        before,
        observed_at=before.observed_at + seconds,
        pods=tuple(replace(pod, slots=_reports_after(before, pod, seconds)) for pod in before.pods),
        task_queues=tuple(_read_after(queue, seconds) for queue in before.task_queues),
        external_scale=None,
        can_set_deletion_costs=False,
    )
    return replace(situation, observation=observation, memory=memory, now=situation.now + seconds)


def decided(situation: Situation) -> int:
    """The desired replicas of a situation."""
    return decide(
        situation.spec, situation.observation, situation.memory, situation.now, situation.overrides
    ).desired_replicas


def _up(situation: Situation, desired: int, least: int) -> UpAt | None:
    """The backlog at which at least so many replicas are desired, where it is fewer now."""
    queue = _closest(situation)
    if queue is None or desired >= situation.spec.max_replicas:
        return None
    waiting = queue.statistics.backlog if isinstance(queue.statistics, QueueStatistics) else 0

    def replicas(more: int) -> int:
        return decided(with_backlog(situation, queue, waiting + more))

    found = _first(1, 8, MOST_TASKS, replicas, lambda recommended: recommended >= least)
    if found is None:
        return None
    more, then = found
    return UpAt(queue.task_queue, str(queue.task_type), waiting + more, then)


def _later(situation: Situation, memory: Memory, holds: Callable[[int], bool]) -> Later | None:
    """When the desired replicas are such that it holds, if nothing else changes."""

    def replicas(seconds: int) -> int:
        return decided(after(situation, memory, float(seconds)))

    found = _first(5, 4, MOST_SECONDS, replicas, holds)
    return Later(situation.now + found[0], found[1]) if found else None


def _closest(situation: Situation) -> TaskQueueObservation | None:
    """The queue that is closest to its limit: by its backlog, or by that for each slot of a replica."""
    by_slots = situation.spec.objective.schedule_to_start_seconds is not None
    read = [queue for queue in situation.observation.task_queues if isinstance(queue.statistics, QueueStatistics)]
    return max(read, key=lambda queue: _load(queue, by_slots=by_slots), default=None)


def _load(queue: TaskQueueObservation, *, by_slots: bool) -> float:
    slots = queue.slots_per_replica if by_slots and isinstance(queue.slots_per_replica, int) else 1
    return queue.statistics.backlog / slots if isinstance(queue.statistics, QueueStatistics) else 0.0


def _first(
    first: int, factor: int, most: int, ask: Callable[[int], int], holds: Callable[[int], bool]
) -> tuple[int, int] | None:
    """The lowest number whose answer holds, with the answer: by growing steps up to `most`, and then by halves.

    Of its predecessor, within `RESOLUTION`, it was asked, too: its answer does not hold.
    """
    below, number = 0, first
    while not holds(answer := ask(number)):
        if number == most:
            return None
        below, number = number, min(number * factor, most)
    while number - below > max(1, number // RESOLUTION):
        middle = (below + number) // 2
        if holds(found := ask(middle)):
            number, answer = middle, found
        else:
            below = middle
    return number, answer


def _read_after(queue: TaskQueueObservation, seconds: float) -> TaskQueueObservation:
    read = queue.statistics
    if isinstance(read, Unknown):
        return queue
    pollers = tuple(replace(poller, polled_at=poller.polled_at + seconds) for poller in read.pollers)
    return replace(queue, statistics=replace(read, read_at=read.read_at + seconds, pollers=pollers))


def _reports_after(observation: Observation, pod: PodObservation, seconds: float) -> tuple[SlotReport, ...]:
    """What a pod reports later: as many slots in use, and as many more tasks ended as its share of those dispatched."""
    return tuple(_report_after(report, _ending(observation, report) * seconds, seconds) for report in pod.slots)


def _report_after(report: SlotReport, ended: float, seconds: float) -> SlotReport:
    report = replace(report, reported_at=report.reported_at + seconds)
    if report.tasks_ended is None:
        return report
    total = report.tasks_ended + round(ended)
    took = report.ended_task_seconds
    if took is not None and report.tasks_ended:
        took *= total / report.tasks_ended
    return replace(report, tasks_ended=total, ended_task_seconds=took)


def _ending(observation: Observation, report: SlotReport) -> float:
    """Tasks per second that end in the slots of a report: all running tasks count as equally long."""
    kind = report.task_queue, str(report.slot_type)
    rate = sum(
        queue.statistics.dispatch_rate_per_second
        for queue in observation.task_queues
        if isinstance(queue.statistics, QueueStatistics) and (queue.task_queue, str(queue.task_type)) == kind
    )
    if not rate or not report.slots_used:
        return 0.0
    reports = (each for pod in observation.pods for each in pod.slots)
    return rate * report.slots_used / used(each for each in reports if (each.task_queue, str(each.slot_type)) == kind)
