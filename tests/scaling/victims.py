"""Which pods a ReplicaSet may remove, by the ranks that it may know."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, combinations

from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.decision import Decision, Situation
from controller.scaling.observation import Observation, PodObservation
from controller.scaling.scale_down.deletion_cost import removal_key
from controller.scaling.scale_down.grace import why_idle_only


def only_idle_pods_go(spec: TemporalWorkerPoolSpec, seen: Observation, decision: Decision, now: float) -> bool:
    """Whether a decision lets only pods go that report no slot in use."""
    return why_idle_only(Situation(spec, seen, decision.memory, now), decision) is not None


def possible_victims(
    pods: Sequence[PodObservation], removed: int, deletion_costs: Mapping[str, int] | None = None
) -> list[PodObservation]:
    """Every pod that goes in some order in which so many are removed: not fewer of a lower rank than that go first.

    `deletion_costs`, by pod, count in place of those that were seen.
    """
    costs = {pod.name: pod.deletion_cost for pod in pods} | dict(deletion_costs or {})

    def goes_before(one: PodObservation, other: PodObservation) -> bool:
        siblings = one.replica_set == other.replica_set
        return siblings and removal_key(one, costs[one.name]) < removal_key(other, costs[other.name])

    return [pod for pod in pods if sum(goes_before(other, pod) for other in pods) < removed]


def arrivals(deletion_costs: Mapping[str, int]) -> Iterator[Mapping[str, int]]:
    """What a ReplicaSet may know of the costs that are written together with the number: any part of them."""
    items = list(deletion_costs.items())
    return map(dict, chain.from_iterable(combinations(items, count) for count in range(len(items) + 1)))
