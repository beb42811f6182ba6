"""Whether replicas have too few slots: tasks start too late, more replicas can't be had, and hosts have room."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import inf
from statistics import median

from typing_extensions import override

from controller.scaling.deadline.bottleneck import Phase
from controller.scaling.decision import Proposal, Situation
from controller.scaling.observation import (
    PodObservation,
    QueueStatistics,
    SlotType,
    TaskQueueObservation,
    Unknown,
    Usage,
)
from controller.scaling.rules.demand import backlog_by_task_queue
from controller.scaling.text import brief, counted, does, percent

UNDERUSED_CPU = 0.6
"""Below it a host has room: with half as many tasks again it stays below `SATURATED`, so a raise is not taken back."""

UNDERUSED_MEMORY = 0.75
"""Below it a host has room. Memory does not rise in proportion to the tasks: much of it is the process itself."""

SATURATED = 0.9
"""From this share on, of CPU or memory, tasks slow each other down."""

REPORTED_SHARE = 0.5
"""Share of the ready pods whose usage must be known to speak for all."""


@dataclass(frozen=True, slots=True)
class Share:
    """What the pods use of a resource, 1 being all."""

    median: float
    highest: float


@dataclass(frozen=True, slots=True)
class Hosts:
    """The hosts of the ready pods, as far as they are known."""

    cpu: Share | None
    memory: Share | None

    @property
    def known(self) -> bool:
        """Whether both resources are known."""
        return self.cpu is not None and self.memory is not None

    @property
    def underused(self) -> bool:
        """Whether every host that is known has room for more tasks."""
        if self.cpu is None or self.memory is None:
            return False
        return self.cpu.highest < UNDERUSED_CPU and self.memory.highest < UNDERUSED_MEMORY

    @property
    def saturated(self) -> bool:
        """Whether half of the hosts have no room left in one of the resources."""
        return any(share is not None and share.median > SATURATED for share in (self.cpu, self.memory))

    @property
    def room(self) -> float:
        """By what factor the tasks may grow until the fullest host is saturated, if its use grew in proportion."""
        shares = (share for share in (self.cpu, self.memory) if share and share.highest)
        return min((SATURATED / share.highest for share in shares), default=inf)

    @override
    def __str__(self) -> str:
        """For a sentence, such as `hosts use up to 20 % CPU and 35 % memory`."""
        known = [(share, name) for share, name in ((self.cpu, "CPU"), (self.memory, "memory")) if share]
        if not known:
            return "nothing reports the CPU and memory of the hosts"
        used = " and ".join(f"{percent(share.highest)} {name}" for share, name in known)
        missing = "" if self.known else f", and nothing reports their {'memory' if self.cpu else 'CPU'}"
        return f"hosts use up to {used}{missing}"


def hosts_of(ready: Iterable[PodObservation]) -> Hosts:
    """The hosts of some ready pods."""
    pods = tuple(ready)
    return Hosts(_share(pods, lambda usage: usage.cpu), _share(pods, lambda usage: usage.memory))


def _share(pods: tuple[PodObservation, ...], of: Callable[[Usage], float | None]) -> Share | None:
    known = [share for pod in pods if (share := of(pod.usage)) is not None]
    if not known or len(known) < REPORTED_SHARE * len(pods):
        return None
    return Share(median(known), max(known))


FULL_SHARE = 0.9
"""Slots in use from this share on count as full: reports are a moment old, and between two tasks a slot is free."""


@dataclass(frozen=True, slots=True)
class LateQueue:
    """Tasks of one kind that start too late although every replica that may be there is."""

    name: str
    backlog: int
    backlog_age_seconds: float
    add_rate_per_second: float
    dispatch_rate_per_second: float
    replicas: int
    """Ready ones."""
    reporting: int
    """Those of them that report their slots."""
    slots_used: int
    """On those that report."""
    slots: int
    """Likewise."""
    elsewhere: bool
    """Whether something else than slots holds the tasks back."""

    @override
    def __str__(self) -> str:
        """For a sentence."""
        waiting = f"{does(self.backlog, 'task', 'wait')} in {brief(self.name)}"
        oldest = f"the oldest for {self.backlog_age_seconds:.0f} s"
        return f"{waiting} ({oldest}) at {counted(self.replicas, 'replica')}, as many as there can be"

    @property
    def full(self) -> bool:
        """Whether no slot is left: only then more of them help."""
        return self.slots > 0 and self.slots_used >= FULL_SHARE * self.slots

    @property
    def rate_per_replica(self) -> float:
        """Tasks per second that one replica is given."""
        return self.dispatch_rate_per_second / max(1, self.replicas)

    @property
    def service_seconds(self) -> float | None:
        """How long a task runs, by Little's law for full slots; `None` where none is dispatched."""
        if not self.dispatch_rate_per_second or not self.reporting:
            return None
        return self.slots_used / self.reporting / self.rate_per_replica


def late_queues(
    situation: Situation, proposal: Proposal, queues: Iterable[TaskQueueObservation]
) -> tuple[LateQueue, ...]:
    """Those whose tasks start too late while no more replicas can be had; none while replicas still start."""
    if not _no_more_replicas(situation):
        return ()
    seen = ((queue, queue.statistics) for queue in queues)
    return tuple(
        _late(situation, proposal, queue, statistics)
        for queue, statistics in seen
        if not isinstance(statistics, Unknown) and _misses(situation, queue, statistics)
    )


def _no_more_replicas(situation: Situation) -> bool:
    """Whether all are ready that `maxReplicas` allows, or that the cluster has room for."""
    observation = situation.observation
    ready = len(observation.ready_pods)
    return ready > 0 and (ready >= situation.spec.max_replicas or situation.capacity.is_exhausted)


def _misses(situation: Situation, queue: TaskQueueObservation, statistics: QueueStatistics) -> bool:
    """Whether the objective is missed: the oldest task waits for longer, or the need is above `maxReplicas`.

    While the rates may be too high, nothing can be concluded from them.
    """
    if statistics.rates_young:
        return False
    objective = situation.spec.objective
    if objective.schedule_to_start_seconds is not None:
        return statistics.backlog > 0 and statistics.backlog_age_seconds > objective.schedule_to_start_seconds
    waiting = backlog_by_task_queue(situation.observation.task_queues)[queue.task_queue]
    per_replica = objective.backlog_per_replica or 1
    return statistics.backlog_age_seconds > 0 and waiting > per_replica * situation.spec.max_replicas


def _late(
    situation: Situation, proposal: Proposal, queue: TaskQueueObservation, statistics: QueueStatistics
) -> LateQueue:
    ready = situation.observation.ready_pods
    known = [counts for pod in ready if (counts := _counts(pod, queue)) is not None]
    return LateQueue(
        name=queue.name,
        backlog=statistics.backlog,
        backlog_age_seconds=statistics.backlog_age_seconds,
        add_rate_per_second=statistics.add_rate_per_second,
        dispatch_rate_per_second=statistics.dispatch_rate_per_second,
        replicas=len(ready),
        reporting=len(known),
        slots_used=sum(used for used, _ in known),
        slots=sum(slots for _, slots in known),
        elsewhere=_is_limited(proposal, queue) or bool(statistics.rate_limiting_active),
    )


def _counts(pod: PodObservation, queue: TaskQueueObservation) -> tuple[int, int] | None:
    """Slots in use and in all of one pod, all its workers together; `None` where it does not say."""
    kind = SlotType(queue.task_type)
    reports = [report for report in pod.slots if report.task_queue == queue.task_queue and report.slot_type == kind]
    known = [(r.slots_used, r.slots_used + r.slots_available) for r in reports if r.slots_available is not None]
    if not known or len(known) < len(reports):
        return None
    return sum(used for used, _ in known), sum(slots for _, slots in known)


def _is_limited(proposal: Proposal, queue: TaskQueueObservation) -> bool:
    """Whether step 2 of the deadline policy found, or is finding out, that something else than slots is the limit."""
    learned = proposal.memory.queues.get(queue.name)
    if learned is None:
        return False
    question = learned.bottleneck
    return question.phase is not Phase.NONE or question.capacity_per_second is not None
