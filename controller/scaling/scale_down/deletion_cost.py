"""Which pods get a `controller.kubernetes.io/pod-deletion-cost`, so that idle ones go first, and what that changes.

Costs are few: only as many pods get one as are surplus, and a cost is taken back only when it is no longer true. They
are written ahead, while the surplus is still kept, so that the pass that lowers finds them in place. That pass must not
change them: the ReplicaSet may or may not see a cost that was written together with the number.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby
from math import exp, inf
from typing import Final, Self

from controller.scaling.observation import PodObservation
from controller.scaling.scale_down.idleness import Evidence, Heartbeats, Load
from controller.scaling.server_times import FASTEST_POLL_SECONDS

MAX_CHANGES: Final = 50
"""Annotations written in one pass, each by a request of its own; what is left waits for the next pass."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pod that may be asked to stop."""

    pod: PodObservation
    load: Load
    """As far as is known now."""
    next_load: Load
    """As far as it will be known at the next poll."""
    expected_tasks: float = 0.0
    """Tasks that its stop is expected to cut short now; 0 where they end in time."""
    next_expected_tasks: float = 0.0
    """The same at the next poll."""
    lasting: float = 1.0
    """How likely it is that it still runs nothing then."""

    @property
    def is_idle(self) -> bool:
        """Whether it is known to run nothing."""
        return self.load == Load.IDLE

    @property
    def lowest_cost(self) -> int:
        """The lowest cost that it may have: true at the next poll, or the one that it has and that is true now."""
        return min(self.next_load, max(self.load, self.pod.deletion_cost))


def changed_costs(
    candidates: Iterable[Candidate], surplus: int, *, lightly_used_too: bool, bearable_tasks: float = inf
) -> Mapping[str, int]:
    """The deletion costs to be written, by pod: those that are no longer true first, then the idlest pods.

    Args:
        candidates: The pods that were not asked to stop; those that are not ready go first anyway and need no cost.
        surplus: Pods that are not needed.
        lightly_used_too: Whether lightly used pods may go where there are not enough idle ones.
        bearable_tasks: How many tasks all pods with a cost may be expected to run at the next poll.
    """
    ready = [candidate for candidate in candidates if candidate.pod.is_ready]
    highest = Load.LIGHT if lightly_used_too else Load.IDLE
    fit = sorted((c for c in ready if c.lowest_cost <= highest), key=_preference)
    sums = accumulate(candidate.next_expected_tasks for candidate in fit)
    bearable = [candidate for candidate, tasks in zip(fit, sums, strict=True) if tasks <= bearable_tasks]
    chosen = {candidate.pod.name for candidate in bearable[: max(0, surplus)]}
    costs = {c.pod.name: c.lowest_cost if c.pod.name in chosen else _unchosen(c) for c in ready}
    changes = [(int(costs[c.pod.name]), c.pod) for c in ready if costs[c.pod.name] != c.pod.deletion_cost]
    changes.sort(key=lambda change: (change[0] < change[1].deletion_cost, change[0]))
    return {pod.name: cost for cost, pod in changes[:MAX_CHANGES]}


def _unchosen(candidate: Candidate) -> int:
    """The cost of a pod that need not go: what it has, while that is true and nothing is expected to run on it."""
    true = Load.BUSY if candidate.next_expected_tasks else candidate.load
    return max(candidate.pod.deletion_cost, true)


def harmless_changes(changes: Mapping[str, int], candidates: Iterable[Candidate]) -> Mapping[str, int]:
    """Those that may be written together with a lower number: whichever of them arrive in time, no other pod goes.

    An idle pod may only get ahead by them, and one that may run tasks only fall back.
    """
    by_name = {candidate.pod.name: candidate for candidate in candidates}
    return {
        name: cost
        for name, cost in changes.items()
        if (cost < by_name[name].pod.deletion_cost) == by_name[name].is_idle
    }


def _preference(candidate: Candidate) -> tuple[int, float, bool, float, str]:
    """The idlest first; of equals, one that has its cost already, then the one that reported last.

    Where a task would be cut short, first the pod that is expected to have got the fewest by the next poll. A pod that
    is ready and idle has reported: without a report it counts as busy.
    """
    pod = candidate.pod
    reported_at = min(report.reported_at for report in pod.slots)
    return (
        candidate.lowest_cost,
        candidate.next_expected_tasks,
        pod.deletion_cost != candidate.lowest_cost,
        -reported_at,
        pod.name,
    )


RemovalKey = tuple[bool, bool, bool, int]


def removal_key(pod: PodObservation, deletion_cost: int) -> RemovalKey:
    """What a ReplicaSet compares, as far as the operator knows it: the pod of the lowest key goes first.

    Source: `ActivePodsWithRanks` in Kubernetes' pkg/controller/controller_utils.go: not assigned before assigned,
    Pending before Running, not ready before ready, then the lower `controller.kubernetes.io/pod-deletion-cost`. What
    comes after that (pods on the same node, age in powers of ten, restarts) is left out: pods that are equal up to
    there may go in any order.
    """
    return pod.scheduled_at is not None, not pod.is_pending, pod.ready_since is not None, deletion_cost


def sure_removals(
    pods: Iterable[PodObservation],
    may_go: Callable[[PodObservation], bool],
    deletion_costs: Mapping[str, int] | None = None,
) -> int:
    """How many pods can be removed so that, however ties are broken, only pods go that may.

    Where there are several ReplicaSets, a Deployment may take the removals from any of them.

    Args:
        pods: The pods that were not asked to stop.
        may_go: Whether a pod may go.
        deletion_costs: By pod, costs that count in place of those that were last seen.
    """
    by_replica_set = _by_replica_set(pods)
    heads = []
    for siblings in by_replica_set.values():
        head = _sure_head(_groups(siblings, deletion_costs or {}), may_go)
        if head < len(siblings):
            heads.append(head)
    return min(heads, default=sum(map(len, by_replica_set.values())))


def bearable_removals(
    tasks_by_pod: Sequence[tuple[PodObservation, float]],
    bearable_tasks: float,
    deletion_costs: Mapping[str, int] | None = None,
    *,
    at_most: int,
) -> int:
    """How many pods can be removed so that, however ties are broken, few tasks are expected to run on them.

    Args:
        tasks_by_pod: The pods that were not asked to stop, each with the tasks that it is expected to run.
        bearable_tasks: How many all that go may be expected to run together.
        deletion_costs: By pod, costs that count in place of those that were last seen.
        at_most: No more than so many.
    """
    removed = range(1, at_most + 1)
    unbearable = (n for n in removed if most_tasks(tasks_by_pod, n, deletion_costs) > bearable_tasks)
    return next(unbearable, at_most + 1) - 1


def most_tasks(
    tasks_by_pod: Sequence[tuple[PodObservation, float]], removed: int, deletion_costs: Mapping[str, int] | None = None
) -> float:
    """The tasks that are expected to run on so many pods that go first, whichever of the equal ones these are."""
    tasks = {id(pod): expected for pod, expected in tasks_by_pod}
    if not any(tasks.values()):
        return 0.0
    groups = [
        _groups(siblings, deletion_costs or {}) for siblings in _by_replica_set(p for p, _ in tasks_by_pod).values()
    ]
    reached = (group for siblings in groups for group in _reached(siblings, removed))
    return sum(sorted((tasks[id(pod)] for group in reached for pod in group), reverse=True)[:removed])


def _reached(groups: Iterable[Sequence[PodObservation]], count: int) -> Iterator[Sequence[PodObservation]]:
    """The groups of equals of one ReplicaSet of which a pod may be among the first `count`."""
    for group in groups:
        if count <= 0:
            return
        yield group
        count -= len(group)


def _by_replica_set(pods: Iterable[PodObservation]) -> Mapping[str | None, Sequence[PodObservation]]:
    by_replica_set: dict[str | None, list[PodObservation]] = {}
    for pod in pods:
        by_replica_set.setdefault(pod.replica_set, []).append(pod)
    return by_replica_set


def _groups(
    siblings: Iterable[PodObservation], deletion_costs: Mapping[str, int]
) -> Sequence[Sequence[PodObservation]]:
    """The pods of one ReplicaSet in the order in which it removes them, equals together."""
    keyed = [(removal_key(pod, deletion_costs.get(pod.name, pod.deletion_cost)), pod) for pod in siblings]
    keyed.sort(key=lambda entry: entry[0])
    return [[pod for _, pod in group] for _, group in groupby(keyed, key=lambda entry: entry[0])]


def _sure_head(groups: Iterable[Sequence[PodObservation]], may_go: Callable[[PodObservation], bool]) -> int:
    """Pods at the head of the order of one ReplicaSet, up to the first group of equals with one that may not go."""
    count = 0
    for group in groups:
        if not all(map(may_go, group)):
            return count
        count += len(group)
    return count


COSTS_SEEN_SECONDS: Final = 2.0
"""A cost that is younger may not have reached the ReplicaSet controller, which works from a cache of its own."""

SOONEST_SECONDS: Final = COSTS_SEEN_SECONDS + 0.1
"""No poll comes sooner: costs have to reach the ReplicaSet."""

LATEST_SECONDS: Final = 12.0
"""Nor is one put off for longer, so that what arrives meanwhile is still read in time."""

COMES_BETWEEN_SECONDS: Final = 2.0
"""By how much the next poll may be late."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known of each pod now, and what will be at the next poll: costs are written now and used then.

    Where a task would be cut short, the next poll comes when most pods can go: as soon as costs have reached the
    ReplicaSet, or just after the pods have reported again, when they had the least time to get a task unreported.
    """

    candidates: tuple[Candidate, ...]
    """The pods that were not asked to stop."""
    next_poll_seconds: float | None = None
    """When the next poll is of most use for lowering the number; `None`: at any time."""

    @classmethod
    def of(cls, pods: Sequence[PodObservation], evidence: Evidence) -> Self:
        """Where tasks end in time whatever happens."""
        later = evidence.after(FASTEST_POLL_SECONDS + COMES_BETWEEN_SECONDS)
        return cls(tuple(Candidate(pod, evidence.load_of(pod), later.load_of(pod)) for pod in pods))

    @classmethod
    def at_stake(
        cls,
        pods: Sequence[PodObservation],
        evidence: Evidence,
        heartbeats: Heartbeats,
        surplus: int,
        bearable_tasks: float,
    ) -> Self:
        """Where a task that runs on a pod that is asked to stop is cut short.

        Args:
            pods: The pods that were not asked to stop.
            evidence: What they are judged by.
            heartbeats: When they report.
            surplus: Pods that are not needed.
            bearable_tasks: Tasks that those which go together may be expected to run.
        """
        plain = cls.of(pods, evidence)
        if surplus <= 0 or not any(map(evidence.expected_tasks, pods)):
            return plain
        idle = [candidate.pod for candidate in plain.candidates if candidate.is_idle]
        soonest, latest = evidence.now + SOONEST_SECONDS, evidence.now + LATEST_SECONDS
        times = [soonest, *(time for time in heartbeats.times(idle, soonest) if time <= latest)]
        outlooks = [cls._then(pods, evidence, heartbeats, time) for time in times]
        best = max(outlooks, key=lambda outlook: outlook.removable(surplus, bearable_tasks))
        return best if best.removable(surplus, bearable_tasks) else replace(best, next_poll_seconds=None)

    @classmethod
    def _then(cls, pods: Sequence[PodObservation], evidence: Evidence, heartbeats: Heartbeats, time: float) -> Self:
        later = evidence.after(time - evidence.now)
        then = [heartbeats.next_of(pod, time) for pod in pods]
        candidates = (
            Candidate(
                pod,
                evidence.load_of(pod),
                later.load_of(seen),
                evidence.expected_tasks(pod),
                later.expected_tasks(seen),
                exp(-later.expected_tasks(pod)),
            )
            for pod, seen in zip(pods, then, strict=True)
        )
        return cls(tuple(candidates), time - evidence.now)

    def removable(self, surplus: int, bearable_tasks: float) -> float:
        """How many pods are expected to be removable at the next poll: idle still, and at little risk."""
        idle = sorted((c.next_expected_tasks, c.lasting) for c in self.candidates if c.is_idle)
        sums = accumulate(tasks for tasks, _ in idle)
        lasting = [share for (_, share), total in zip(idle, sums, strict=True) if total <= bearable_tasks]
        return sum(lasting[: max(0, surplus)])
