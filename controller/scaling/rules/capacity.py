"""Pods that can't start: more of them could not start either, so none is added.

A pod that fits on no node is how a cluster autoscaler is asked for one: it counts as starting for
`provisioningDeadlineSeconds`. After that, and at once where a container can't be started or ends again and again, it
cannot start: no estimate counts on it, and more like it could not start either.

The rule only stops growth, and only at the replicas that are there: blocked pods never hold up a scale-down, and the
first one that becomes ready sets growth free.
"""

from collections import defaultdict
from collections.abc import Iterable

from controller.api.text import listed
from controller.scaling.decision import BlockedPod, Capacity, Proposal, Situation
from controller.scaling.observation import CRASHES, Observation, PodObservation
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.text import counted, now_and_recommended

NAMED_PODS = 3
"""Pods that a message names."""

SETTLED_SECONDS = 300.0
"""For so long a pod that crashed again and again has to run before it counts as fixed: the kubelet's longest pause
between two restarts. One that crashes every 15 s, and is ready in between, is one finding and not one each time."""


def capacity(situation: Situation, proposal: Proposal) -> Proposal:
    """Holds growth while further replicas could not start."""
    known, current = situation.capacity, situation.observation.replicas
    if not known.stops_growth or proposal.replicas <= current:
        return proposal
    reason, why = why_blocked(known, situation.now)
    message = f"Not adding replicas {now_and_recommended(current, proposal.replicas)}: {why}"
    return proposal.step(Rule.CAPACITY, reason, message, current)


def why_blocked(known: Capacity, now: float) -> tuple[StepReason, str]:
    """What keeps pods from starting: the kind, and which pods with what Kubernetes says of the first."""
    if known.creation_failure:
        return StepReason.FAILED_CREATE, f"pods can't be created: {known.creation_failure.rstrip('.')}."
    blocked = known.next_ones_too or known.cannot_start
    first = blocked[0]
    reason = StepReason.UNSCHEDULABLE if first.is_unschedulable else StepReason.CONTAINERS_NOT_STARTING
    names = listed([each.pod.name for each in blocked], most=NAMED_PODS)
    since = f" for {first.seconds(now):.0f} s" if first.is_unschedulable else ""
    said = f"{first.blocker.reason}{since}: {first.blocker.message.rstrip('.')}."
    return reason, f"{counted(len(blocked), 'pod')} cannot start ({names}). {said}"


def capacity_of(observation: Observation, provisioning_deadline_seconds: float, now: float) -> Capacity:
    """Judges the pods that take no tasks.

    Args:
        observation: What was read.
        provisioning_deadline_seconds: How long a pod that fits on no node counts as starting.
        now: Seconds since the Unix epoch.
    """
    idle = [pod for pod in observation.staying_pods if not pod.takes_tasks(now)]
    blocked = [BlockedPod(pod, pod.blocker) for pod in idle if pod.blocker]
    provisioning = [b for b in blocked if b.is_unschedulable and b.seconds(now) < provisioning_deadline_seconds]
    cannot_start = [each for each in blocked if each not in provisioning]
    working = [pod for pod in observation.staying_pods if pod.takes_tasks(now)]
    speaking = _speaking_for_next(working, cannot_start)
    # While a rollout is stuck, pods of the older template start, and the Deployment gives them most of any growth.
    others_start = {pod.replica_set for pod in working} - speaking.keys()
    next_ones_too = () if others_start else tuple(each for group in speaking.values() for each in group)
    crashed = tuple(pod for pod in working if _crashed(pod, now))
    only_crashed = {pod.replica_set for pod in crashed} - {pod.replica_set for pod in working if pod not in crashed}
    return Capacity(
        provisioning=tuple(provisioning),
        cannot_start=tuple(cannot_start),
        next_ones_too=next_ones_too,
        creation_failure=observation.creation_failure,
        templates=frozenset(speaking.keys() | only_crashed),
        crashed=crashed,
        frozen=tuple(pod for pod in observation.staying_pods if pod.is_frozen(now)),
    )


def _crashed(pod: PodObservation, now: float) -> bool:
    """Whether it crashed again and again until a short while ago."""
    return pod.restarts >= CRASHES and pod.ended_at is not None and now - pod.ended_at < SETTLED_SECONDS


def _speaking_for_next(
    working: Iterable[PodObservation], cannot_start: Iterable[BlockedPod]
) -> dict[str | None, list[BlockedPod]]:
    """By ReplicaSet, the pods that speak for its next ones.

    A pod that cannot start although a younger one of its ReplicaSet takes tasks has a trouble of its own.
    """
    youngest: dict[str | None, float] = {}
    for pod in working:
        youngest[pod.replica_set] = max(pod.created_at, youngest.get(pod.replica_set, pod.created_at))
    speaking = defaultdict(list)
    for each in cannot_start:
        if each.pod.created_at >= youngest.get(each.pod.replica_set, each.pod.created_at):
            speaking[each.pod.replica_set].append(each)
    return dict(speaking)
