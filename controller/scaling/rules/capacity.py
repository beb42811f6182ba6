"""Capacity that is not there: pods that were ordered and that, by what Kubernetes says, are not coming.

A pod that fits on no node is how a cluster autoscaler is asked for one: it counts as coming for
`provisioningDeadlineSeconds`. After that, and at once where a container can't be started or ends again and again, it is
not coming: nothing may be reckoned with it, and more like it would meet the same obstacle.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from controller.scaling.observation import UNSCHEDULABLE, Observation, Obstacle, PodObservation


@dataclass(frozen=True, slots=True)
class Hindered:
    """A pod with what keeps it from becoming ready."""

    pod: PodObservation
    obstacle: Obstacle

    @property
    def is_unschedulable(self) -> bool:
        """Whether it fits on no node."""
        return self.obstacle.reason == UNSCHEDULABLE

    def seconds(self, now: float) -> float:
        """For how long at most it has been so."""
        return now - (self.pod.created_at if self.obstacle.since is None else self.obstacle.since)


@dataclass(frozen=True, slots=True)
class Capacity:
    """What is known of the pods that take no tasks."""

    provisioning: tuple[Hindered, ...] = ()
    """Pods that fit on no node so far, and still count as coming."""
    not_coming: tuple[Hindered, ...] = ()
    """Pods that something keeps from becoming ready."""
    blocked: tuple[Hindered, ...] = ()
    """Those of `not_coming` that tell what would become of more replicas."""
    creation_failure: str | None = None
    """Why pods that were ordered can't be created."""

    @property
    def stops_growth(self) -> bool:
        """Whether more replicas would not come either."""
        return bool(self.creation_failure or self.blocked)

    @property
    def is_exhausted(self) -> bool:
        """Whether there is no room for more pods: no node, or no quota."""
        return bool(self.creation_failure) or any(hindered.is_unschedulable for hindered in self.blocked)

    def is_coming(self, pod: PodObservation) -> bool:
        """Whether a pod is on its way to take tasks for the first time."""
        return pod.is_new and all(hindered.pod != pod for hindered in self.not_coming)


EVERYTHING_COMES = Capacity()


def capacity_of(observation: Observation, provisioning_deadline_seconds: float, now: float) -> Capacity:
    """Judges the pods that take no tasks.

    Args:
        observation: What was seen.
        provisioning_deadline_seconds: How long a pod that fits on no node counts as coming.
        now: Seconds since the Unix epoch.
    """
    takes_none = [pod for pod in observation.staying_pods if not pod.takes_tasks(now)]
    hindered = [Hindered(pod, pod.obstacle) for pod in takes_none if pod.obstacle]
    provisioning = [h for h in hindered if h.is_unschedulable and h.seconds(now) < provisioning_deadline_seconds]
    not_coming = [each for each in hindered if each not in provisioning]
    came = [pod for pod in observation.staying_pods if pod.takes_tasks(now)]
    blocked = _blocked(came, not_coming)
    return Capacity(tuple(provisioning), tuple(not_coming), tuple(blocked), observation.creation_failure)


def _blocked(came: Iterable[PodObservation], not_coming: Iterable[Hindered]) -> list[Hindered]:
    """The pods that speak for the next ones; none while there is a ReplicaSet whose pods come.

    A pod that is not coming although a younger one of its ReplicaSet takes tasks has a trouble of its own. While a
    rollout is stuck, the pods of the older template still come, and the Deployment gives them most of any growth.
    """
    youngest: dict[str | None, float] = {}
    for pod in came:
        youngest[pod.replica_set] = max(pod.created_at, youngest.get(pod.replica_set, pod.created_at))
    blocked = defaultdict(list)
    for each in not_coming:
        if each.pod.created_at >= youngest.get(each.pod.replica_set, each.pod.created_at):
            blocked[each.pod.replica_set].append(each)
    if youngest.keys() - blocked.keys():
        return []
    return [each for group in blocked.values() for each in group]
