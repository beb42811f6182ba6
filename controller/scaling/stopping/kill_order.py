"""The order in which a ReplicaSet removes its pods, as far as the operator sees what it goes by.

Source: `ActivePodsWithRanks` in Kubernetes' pkg/controller/controller_utils.go: not assigned before assigned, Pending
before Running, not ready before ready, then the cheaper by `controller.kubernetes.io/pod-deletion-cost`. What comes
after that (pods on the same node, age in powers of ten, restarts) is not looked at: pods that are equal up to there may
go in any order.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
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
    changed = deletion_costs or {}
    by_replica_set: dict[str | None, list[PodObservation]] = {}
    for pod in pods:
        by_replica_set.setdefault(pod.replica_set, []).append(pod)
    heads = []
    for siblings in by_replica_set.values():
        ranked = [(rank(pod, changed.get(pod.name, pod.deletion_cost)), pod) for pod in siblings]
        head = _sure_head(ranked, may_go)
        if head < len(siblings):
            heads.append(head)
    return min(heads, default=sum(map(len, by_replica_set.values())))


def _sure_head(ranked: Sequence[tuple[Rank, PodObservation]], may_go: Callable[[PodObservation], bool]) -> int:
    """Pods at the head of the order of one ReplicaSet, up to the first group of equals with one that may not go."""
    count = 0
    for _, group in groupby(sorted(ranked, key=lambda entry: entry[0]), key=lambda entry: entry[0]):
        equals = [pod for _, pod in group]
        if not all(may_go(pod) for pod in equals):
            return count
        count += len(equals)
    return count
