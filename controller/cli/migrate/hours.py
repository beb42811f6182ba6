"""What a recording shows of some hours: the replicas that were there, those that were recommended, and the tasks.

Tasks are not in a recording one by one. How many came between two polls is known by the server's rates; they are taken
to have come evenly, or where they wait, since the oldest of them came.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from controller.api.spec import Mode, TemporalWorkerPoolSpec
from controller.scaling.objective.attainment import Attainment
from controller.scaling.objective.started_tasks import Judged
from controller.scaling.observation import (
    Observation,
    PodObservation,
    QueueStatistics,
    TaskQueueObservation,
    Unknown,
    used,
)
from controller.scaling.recording import Replayed
from controller.simulator.scenario import Kind
from controller.simulator.tasks import Task

GAP_SECONDS = 120.0
"""Polls that are further apart, and further than twice the polling interval, have something unrecorded between them."""

ASSUMED_SECONDS = 5.0
"""How long a task is taken to run where none was ever measured."""


@dataclass(frozen=True, slots=True)
class Poll:
    """What one poll adds to the score."""

    at: float
    replicas: int
    """Requested by whatever scaled the Deployment."""
    recommended: int
    pods: int
    """All that there were, those that were ending included."""


@dataclass(slots=True)
class Hours:
    """A stretch of a recording without a gap, in one mode."""

    pool: str
    spec: TemporalWorkerPoolSpec
    objective_seconds: float
    polls: list[Poll] = field(default_factory=list)
    judged: Judged = field(default_factory=Judged)
    """Tasks that started, and those in time, by the SDK's latencies or the backlog."""
    at_risk: int | None = 0
    """Tasks that ran on pods when replicas were lowered and these went; `None` where it is not known what pods ran."""
    arrivals: dict[str, list[float]] = field(default_factory=dict)
    """When tasks came, by the name of their queue and type."""
    durations: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    """How long tasks take, as measured from a time on, by the same name."""
    kinds: dict[str, Kind] = field(default_factory=dict)
    """Queue, type and slots of a replica, by the same name; without those whose slots are not known."""
    start_ups: dict[str, float] = field(default_factory=dict)
    """Seconds from creation to readiness of the pods that were created meanwhile, by their names."""
    learned_start_up_seconds: float = 0.0
    """What the pool plans with, where none was."""
    grace_seconds: float = 30.0
    _attainment: Attainment = field(default_factory=Attainment)
    _totals: dict[str, float] = field(default_factory=dict)
    _last: Observation | None = None

    @property
    def since(self) -> float:
        """Of the first poll."""
        return self.polls[0].at

    @property
    def until(self) -> float:
        """Of the last poll."""
        return self.polls[-1].at

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.until - self.since

    @property
    def share(self) -> float | None:
        """Share of the tasks that started within the objective; `None` where none started."""
        return self.judged.in_time / self.judged.tasks if self.judged.tasks else None

    def seconds_of(self, count: str) -> float:
        """The integral of `replicas`, `recommended` or `pods`, each held until the next poll."""
        return sum(float(getattr(first, count)) * (second.at - first.at) for first, second in pairwise(self.polls))

    @property
    def start_up_seconds(self) -> float:
        """How long a pod takes to start."""
        return median(self.start_ups.values()) if self.start_ups else self.learned_start_up_seconds

    def tasks(self) -> list[Task]:
        """All tasks by their arrival, in seconds since the beginning."""
        found = [
            Task(at - self.since, self._duration(name, at), kind)
            for kind, name in enumerate(self.kinds)
            for at in self.arrivals.get(name, ())
        ]
        return sorted(found)

    def continues(self, replayed: Replayed) -> bool:
        """Whether the next poll belongs to it."""
        if not self.polls:
            return True
        spec = replayed.situation.spec
        longest = max(GAP_SECONDS, 2.0 * spec.polling_interval_seconds)
        return 0 <= replayed.now - self.until <= longest and spec.mode == self.spec.mode

    def add(self, replayed: Replayed) -> None:
        """Takes one poll."""
        observation, memory = replayed.situation.observation, replayed.decision.memory
        self._attainment, judged = self._attainment.observe(observation, memory.queues, self.objective_seconds)
        self.judged = self.judged.plus(judged) if self._last else self.judged
        for queue in observation.task_queues:
            if not isinstance(queue.slots_per_replica, Unknown):
                self.kinds[queue.name] = Kind(queue.task_queue, queue.task_type, queue.slots_per_replica)
            if (learned := memory.queues.get(queue.name)) is not None:
                self._arrived(queue, max(learned.arrivals.totals, default=0.0), replayed.now)
                if (measured := learned.service_time.measured_seconds) is not None:
                    self.durations.setdefault(queue.name, []).append((replayed.now, measured))
        self._risk(observation)
        self.learned_start_up_seconds = memory.start_up.cost_seconds
        for pod in observation.pods:
            if self.polls and pod.created_at > self.since and pod.ready_since is not None:
                self.start_ups.setdefault(pod.name, pod.ready_since - pod.created_at)
        self.grace_seconds = self.grace_seconds if observation.grace_seconds is None else observation.grace_seconds
        self.polls.append(Poll(replayed.now, replayed.current, replayed.recorded, len(observation.pods)))
        self._last = observation

    def _arrived(self, queue: TaskQueueObservation, total: float, now: float) -> None:
        """Spreads what came since the last poll; of parts of a task the rest is carried on."""
        before = self._totals.get(queue.name)
        if before is None or self._last is None or total < before:
            self._totals[queue.name] = total
            return
        count = int(total - before)
        self._totals[queue.name] = before + count
        start = max(self._last.observed_at, now - _oldest_seconds(queue)) if _waits(queue) else self._last.observed_at
        step = (now - start) / max(1, count)
        self.arrivals.setdefault(queue.name, []).extend(start + step * number for number in range(count))

    def _risk(self, observation: Observation) -> None:
        """Counts what ran on pods that were there and went since the last poll, where replicas were lowered."""
        if self._last is None or observation.replicas >= self._last.replicas:
            return
        if isinstance(self._last.in_flight, Unknown):
            self.at_risk = None
        if self.at_risk is not None:
            staying = {pod.name for pod in observation.staying_pods}
            self.at_risk += sum(_running(pod) for pod in self._last.staying_pods if pod.name not in staying)

    def _duration(self, name: str, at: float) -> float:
        """As it was last measured then; before the first time, as it was measured first."""
        known = self.durations.get(name, ())
        return next(
            (seconds for since, seconds in reversed(known) if since <= at), known[0][1] if known else ASSUMED_SECONDS
        )


def stretches(replayed: Iterable[Replayed], spec: TemporalWorkerPoolSpec, objective_seconds: float) -> Iterator[Hours]:
    """The parts of a recording between gaps and changes of the mode, in the order of time.

    Args:
        replayed: All of its polls.
        spec: The pool as it was recorded last.
        objective_seconds: Within how many seconds tasks should start.
    """
    hours: Hours | None = None
    for each in replayed:
        if hours is None or not hours.continues(each):
            if hours is not None:
                yield hours
            mode = each.situation.spec.mode
            hours = Hours(each.pool, spec.model_copy(update={"mode": mode}), objective_seconds)
        hours.add(each)
    if hours is not None:
        yield hours


def longest(found: Sequence[Hours]) -> Hours | None:
    """The longest stretch in which the pool only recommended; where there is none, of all."""
    beside = [hours for hours in found if hours.spec.mode == Mode.RECOMMEND]
    return max(beside or found, key=lambda hours: hours.seconds, default=None)


def _running(pod: PodObservation) -> int:
    return used(pod.slots)


def _waits(queue: TaskQueueObservation) -> bool:
    return isinstance(queue.statistics, QueueStatistics) and queue.statistics.backlog > 0


def _oldest_seconds(queue: TaskQueueObservation) -> float:
    return queue.statistics.backlog_age_seconds if isinstance(queue.statistics, QueueStatistics) else 0.0
