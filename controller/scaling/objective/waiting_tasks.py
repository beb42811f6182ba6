"""Which tasks of a queue started within the objective, as far as its statistics show.

The age of the oldest waiting task says when it arrived, the count of waiting tasks how many came since, and the rates
how many were dispatched between two polls. Tasks are handed out in the order of their arrival, so those that were
dispatched are the oldest, and each waited from its arrival to its dispatch: between two polls both are taken to be
even. A task is judged once: when it is dispatched, or when it has waited for longer than the objective.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Final, NamedTuple, Self

from controller.scaling.objective.started_tasks import Judged
from controller.scaling.observation import QueueStatistics

FORGET_SECONDS: Final = 300.0
"""Between two readings that are so far apart anything may have happened: what waits is judged anew."""

PARTS: Final = 8
"""Parts of a group that are judged apart, since tasks need not be dispatched as evenly as they came."""

MOVED_SECONDS: Final = 1.0
"""By so much the arrival of the oldest task must move to be another task: ages are not exact."""

MAX_GROUPS: Final = 64
"""Groups of waiting tasks that are kept apart; of more, neighbors are joined."""


@dataclass(frozen=True, slots=True)
class Group:
    """Tasks that arrived evenly within some time."""

    since: float
    until: float
    count: float

    def first(self, count: float) -> Self:
        """The oldest of them, so many."""
        share = count / self.count
        return replace(self, until=self.since + share * (self.until - self.since), count=count)

    def without_first(self, count: float) -> Self:
        """The others."""
        share = count / self.count
        return replace(self, since=self.since + share * (self.until - self.since), count=self.count - count)

    def arrived_before(self, time: float) -> float:
        """How many of them had arrived by then."""
        return self.count * _share_below(self.since, self.until, time)


class Flow(NamedTuple):
    """Tasks that came and went up to some reading, counted from any moment on."""

    added: float = 0.0
    dispatched: float = 0.0


@dataclass(frozen=True, slots=True)
class Oldest:
    """The oldest waiting task: one that stays while all others go is one that no worker may take."""

    since: float = -inf
    """When it arrived."""
    others: float = 0.0
    """How many of those that waited when it was first read have not been dispatched so far."""

    @property
    def is_stuck(self) -> bool:
        """Whether it stayed although so many were dispatched as waited beside it."""
        return self.others < 0

    def observe(self, statistics: QueueStatistics, dispatched: float) -> Self:
        """After a reading, and so many dispatches since the last one."""
        if not (waiting := _backlog(statistics)):
            return type(self)()
        if (oldest := _oldest_at(statistics)) > self.since + MOVED_SECONDS:
            return replace(self, since=oldest, others=waiting)
        return replace(self, others=self.others - dispatched)


@dataclass(frozen=True, slots=True)
class WaitingTasks:
    """The waiting tasks of one (task queue, task type), by their arrival."""

    groups: tuple[Group, ...] = ()
    """Oldest first."""
    late: float = 0.0
    """How many of the oldest are judged already, because they wait for longer than the objective."""
    flow: Flow = field(default_factory=Flow)
    """Tasks that came and went up to the last reading."""
    oldest: Oldest = field(default_factory=Oldest)
    statistics: QueueStatistics | None = None
    """The last reading."""

    def observe(
        self, statistics: QueueStatistics, flow: Flow, pods: "ReadyPods", objective_seconds: float
    ) -> tuple[Self, tuple[Judged, Judged]]:
        """What waits after one more reading, and the tasks that are judged by it.

        Args:
            statistics: The reading.
            flow: Tasks that came and went up to it.
            pods: Those that take tasks.
            objective_seconds: Within how many seconds tasks should start.

        Returns:
            What waits now, and two groups of tasks: those that were dispatched, and those that became late while they
            wait.
        """
        last, read_at = self.statistics, statistics.read_at
        if last is not None and (read_at <= last.read_at or statistics.repeats(last)):
            return self, (Judged(), Judged())
        dispatched = max(0.0, flow.dispatched - self.flow.dispatched)
        seen = replace(self, flow=flow, statistics=statistics, oldest=self.oldest.observe(statistics, dispatched))
        if last is None or read_at - last.read_at > FORGET_SECONDS:
            anew = replace(seen, groups=_waiting((), statistics), late=0.0)
            after, overdue = anew.with_overdue(read_at - objective_seconds)
            return after, (Judged(), overdue)
        added = max(0.0, flow.added - self.flow.added)
        gone, rest = _split(seen, last.read_at, statistics, Flow(added, dispatched))
        count = _count(gone)
        dispatches = DispatchTimes.between(last.read_at, read_at, pods, count)
        judged = _judge(gone, self.late, dispatches, objective_seconds)
        left = replace(seen, groups=rest, late=max(0.0, self.late - count))
        after, overdue = left.with_overdue(read_at - objective_seconds)
        return after, (judged, overdue)

    def with_overdue(self, arrival: float) -> tuple[Self, Judged]:
        """Judges tasks that wait and arrived before a time."""
        overdue = sum(group.arrived_before(arrival) for group in self.groups)
        return replace(self, late=max(self.late, overdue)), Judged(max(0.0, overdue - self.late), 0.0)


def _split(
    known: WaitingTasks, since: float, statistics: QueueStatistics, flow: Flow
) -> tuple[tuple[Group, ...], tuple[Group, ...]]:
    """Tasks that were dispatched since the last reading, and those that wait now.

    Args:
        known: What waited then.
        since: When that was.
        statistics: What is read now.
        flow: Tasks that came and went since.
    """
    oldest, waiting, waited = _oldest_at(statistics), _backlog(statistics), _count(known.groups)
    passed = sum(group.arrived_before(oldest) for group in known.groups)
    dispatched = max(min(flow.dispatched, waited - waiting + flow.added), passed, waited - waiting)
    added = max(0.0, waiting - waited + dispatched)
    if oldest >= since:  # what came before is gone, and what came since is in two parts
        return (*known.groups, Group(since, oldest, max(0.0, added - waiting))), _waiting((), statistics)
    stuck = (Group(oldest, oldest, 1.0),) if known.oldest.is_stuck else ()
    groups = _take(known.groups, _count(stuck))[1]
    gone, rest = _take((*groups, Group(since, statistics.read_at, added)), dispatched)
    if not stuck:  # they came no later than what is the oldest now
        gone = tuple(Group(min(group.since, oldest), min(group.until, oldest), group.count) for group in gone)
    return gone, _waiting((*stuck, *rest), statistics)


def _count(groups: Iterable[Group]) -> float:
    return sum(group.count for group in groups)


def _backlog(statistics: QueueStatistics) -> float:
    """Tasks that wait; the server's count lags, and one without an age is of tasks that are gone."""
    return float(statistics.backlog) if statistics.backlog_age_seconds > 0 else 0.0


def _oldest_at(statistics: QueueStatistics) -> float:
    """When the oldest waiting task arrived; the time of the reading where none waits."""
    return statistics.read_at - (statistics.backlog_age_seconds if statistics.backlog else 0.0)


def _waiting(groups: Iterable[Group], statistics: QueueStatistics) -> tuple[Group, ...]:
    """Groups made to agree with what the server says: their number, and the arrival of the oldest."""
    oldest, backlog = _oldest_at(statistics), _backlog(statistics)
    kept = [replace(group, since=max(group.since, oldest)) for group in groups if group.until >= oldest]
    if not backlog:
        return ()
    if not (total := _count(kept)):
        return (Group(oldest, statistics.read_at, backlog),)
    kept[0] = replace(kept[0], since=oldest)
    scaled = tuple(replace(group, count=group.count * backlog / total) for group in kept if group.count > 0)
    return scaled if len(scaled) <= MAX_GROUPS else tuple(_joined(scaled))


def _joined(groups: tuple[Group, ...]) -> Iterable[Group]:
    """Each two neighbors as one."""
    for i in range(0, len(groups), 2):
        pair = groups[i : i + 2]
        yield Group(pair[0].since, pair[-1].until, _count(pair))


def _take(groups: Iterable[Group], count: float) -> tuple[tuple[Group, ...], tuple[Group, ...]]:
    """The oldest tasks, so many, and the rest."""
    taken: list[Group] = []
    rest: list[Group] = []
    for group in groups:
        if count <= 0:
            rest.append(group)
        elif group.count <= count:
            taken.append(group)
        else:
            taken.append(group.first(count))
            rest.append(group.without_first(count))
        count -= group.count
    return tuple(taken), tuple(rest)


def _judge(gone: tuple[Group, ...], late: float, dispatches: "DispatchTimes", objective_seconds: float) -> Judged:
    """How many of the tasks that were dispatched between two readings waited for no longer than allowed.

    The first `late` of them are judged already.
    """
    total = _count(gone)
    judged, position = Judged(), min(late, total)
    for part in _parts(_take(gone, late)[1]):
        first_wait = dispatches.begin_of(position / total) - part.since
        position += part.count
        last_wait = dispatches.end_of(position / total) - part.until
        in_time = part.count * _share_below(first_wait, last_wait, objective_seconds)
        judged = judged.plus(Judged(part.count, in_time))
    return judged


def _parts(groups: Iterable[Group]) -> Iterable[Group]:
    """The groups in parts that are small enough for an even dispatch within each."""
    for group in groups:
        for i in range(PARTS if group.count > 0 else 0):
            start, end = (group.since + share / PARTS * (group.until - group.since) for share in (i, i + 1))
            yield Group(start, end, group.count / PARTS)


@dataclass(frozen=True, slots=True)
class ReadyPods:
    """The pods that take tasks."""

    ready_since: tuple[float, ...] = ()
    """Since when each of the pods is ready; empty where none is known."""
    slots: int = 1
    """Tasks that one of them runs at once."""


@dataclass(frozen=True, slots=True)
class DispatchTimes:
    """When tasks were dispatched between two readings: a pod that gets ready fills its slots, then all go on evenly."""

    times: tuple[float, ...]
    counts: tuple[float, ...]
    """How many were dispatched by then."""

    @classmethod
    def between(cls, since: float, until: float, pods: ReadyPods, count: float) -> Self:
        """So many dispatches between two times."""
        new = sorted(at for at in pods.ready_since if since < at < until)
        first = min(count, float(pods.slots * len(new)))
        ready = sum(at <= since for at in pods.ready_since)
        pod_seconds = ready * (until - since) + sum(until - at for at in new)
        if not pod_seconds:
            return cls((since, until), (0.0, count))
        times, counts = [since], [0.0]
        for at in (*new, until):
            times.append(at)
            counts.append(counts[-1] + (count - first) * ready * (at - times[-2]) / pod_seconds)
            if at < until:
                times.append(at)
                counts.append(counts[-1] + first / len(new))
                ready += 1
        return cls(tuple(times), tuple(counts))

    def begin_of(self, share: float) -> float:
        """When the first task after this share of them was dispatched."""
        return self._time_of(share, bisect_right)

    def end_of(self, share: float) -> float:
        """When the last task of this share was dispatched."""
        return self._time_of(share, bisect_left)

    def _time_of(self, share: float, bisect: Callable[[Sequence[float], float], int]) -> float:
        count = share * self.counts[-1]
        i = min(max(1, bisect(self.counts, count)), len(self.counts) - 1)
        before, after = self.counts[i - 1], self.counts[i]
        within = min(1.0, max(0.0, (count - before) / (after - before))) if after > before else 0.0
        return self.times[i - 1] + within * (self.times[i] - self.times[i - 1])


def _share_below(first: float, last: float, bound: float) -> float:
    """Share of what goes evenly from `first` to `last` that is at most `bound`."""
    low, high = min(first, last), max(first, last)
    if bound >= high:
        return 1.0
    if bound < low:
        return 0.0
    return (bound - low) / (high - low) if high - low < inf else 0.0
