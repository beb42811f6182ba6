"""The order in which a ReplicaSet removes its pods, as far as the operator sees what it goes by.

Source: `ActivePodsWithRanks` in Kubernetes' pkg/controller/controller_utils.go: not assigned before assigned, Pending
before Running, not ready before ready, then the cheaper by `controller.kubernetes.io/pod-deletion-cost`. What comes
after that (pods on the same node, age in powers of ten, restarts) is not looked at: pods that are equal up to there may
go in any order.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from controller.scaling.observation import PodObservation

Rank = tuple[bool, bool, bool, int]


def rank(pod: PodObservation, deletion_cost: int) -> Rank:
    """What a ReplicaSet compares: the pod of the lowest rank goes first."""
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
    ranked = [(rank(pod, deletion_costs.get(pod.name, pod.deletion_cost)), pod) for pod in siblings]
    ranked.sort(key=lambda entry: entry[0])
    return [[pod for _, pod in group] for _, group in groupby(ranked, key=lambda entry: entry[0])]


def _sure_head(groups: Iterable[Sequence[PodObservation]], may_go: Callable[[PodObservation], bool]) -> int:
    """Pods at the head of the order of one ReplicaSet, up to the first group of equals with one that may not go."""
    count = 0
    for group in groups:
        if not all(map(may_go, group)):
            return count
        count += len(group)
    return count
