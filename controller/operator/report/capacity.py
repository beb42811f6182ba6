"""What `CapacityAvailable` says: pods that were requested and can't start."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from controller.api.condition_reasons import CapacityAvailable
from controller.api.conditions import ConditionType
from controller.api.status import Condition
from controller.api.text import cut, listed
from controller.operator.passes import ConditionUpdate
from controller.operator.report.last_report import NAMED, age, last_reported
from controller.scaling.decision import BlockedPod, Capacity, Situation
from controller.scaling.observation import Observation, PodObservation
from controller.scaling.rules.capacity import SETTLED_SECONDS, why_blocked
from controller.scaling.text import are, brief, counted, does

_CONTAINER: Final = re.compile(r"container (\S+) ")
"""Which container the message of a blocker names."""

SAID_BYTES: Final = 400
"""What a message quotes of what Kubernetes says."""

_BY_BLOCKER: Final = {
    "Unschedulable": CapacityAvailable.UNSCHEDULABLE,
    "CrashLoopBackOff": CapacityAvailable.CRASH_LOOP_BACK_OFF,
    "ErrImagePull": CapacityAvailable.IMAGE_PULL_BACK_OFF,
    "ImagePullBackOff": CapacityAvailable.IMAGE_PULL_BACK_OFF,
    "ErrImageNeverPull": CapacityAvailable.IMAGE_PULL_BACK_OFF,
    "ImageInspectError": CapacityAvailable.IMAGE_PULL_BACK_OFF,
    "InvalidImageName": CapacityAvailable.IMAGE_PULL_BACK_OFF,
    "RegistryUnavailable": CapacityAvailable.IMAGE_PULL_BACK_OFF,
    "SignatureValidationFailed": CapacityAvailable.IMAGE_PULL_BACK_OFF,
}
"""The scheduler's and the kubelet's words (pkg/kubelet/images/types.go); any other is of a container's creation."""


def capacity_available(situation: Situation, capacity: Capacity, previous: Iterable[Condition] = ()) -> ConditionUpdate:
    """Whether every pod that was requested is ready or starting, else which are not and why.

    Args:
        situation: What was seen.
        capacity: What is known of the pods that take no tasks.
        previous: The conditions as they were last written: a crash loop is over when the pods have run for a while.
    """
    if capacity.creation_failure or capacity.cannot_start:
        reason = _reason(capacity)
        _, why = why_blocked(capacity, situation.now)
        growth = (
            "No replicas are added meanwhile."
            if capacity.stops_growth
            else "Others start, so replicas are still added."
        )
        remedy = reason.remedy if reason != CapacityAvailable.CRASH_LOOP_BACK_OFF else _logs(capacity)
        return ConditionUpdate(reason, f"{cut(why[0].upper() + why[1:], 2 * SAID_BYTES)} {growth} {remedy}")
    if capacity.crashed and _was_crash_loop(previous):
        return ConditionUpdate(CapacityAvailable.CRASH_LOOP_BACK_OFF, _crashed(capacity.crashed, situation.now))
    if capacity.provisioning:
        return ConditionUpdate(CapacityAvailable.PROVISIONING, _provisioning(situation, capacity.provisioning))
    if capacity.frozen:
        return ConditionUpdate(CapacityAvailable.PODS_NOT_READY, _frozen(situation, capacity.frozen))
    return ConditionUpdate(CapacityAvailable.PODS_COMING, _coming(situation.observation))


def _coming(observation: Observation) -> str:
    """How many pods are ready, and how many of the others never were."""
    ready, starting = len(observation.ready_pods), sum(pod.is_new for pod in observation.pods)
    unready = len(observation.staying_pods) - ready - starting
    rest = (
        f", {count} {'is' if count == 1 else 'are'} {what}"
        for count, what in ((starting, "starting"), (unready, "no longer ready"))
        if count
    )
    return f"{are(ready, 'pod')} ready{''.join(rest)}."


def _frozen(situation: Situation, pods: Sequence[PodObservation]) -> str:
    """Which pods are no longer ready, and what they last reported."""
    now, reason = situation.now, CapacityAvailable.PODS_NOT_READY
    be, they = ("is", "it") if len(pods) == 1 else ("are", "they")
    oldest = sorted(pods, key=lambda pod: pod.unready_since or now)
    named = listed([_no_longer_ready(pod, now) for pod in oldest], separator="; ", most=NAMED)
    return (
        f"{len(pods)} of {counted(len(situation.observation.staying_pods), 'pod')} {be} no longer ready: {named}. "
        f"What {they} may still run counts. {reason.remedy}"
    )


def _no_longer_ready(pod: PodObservation, now: float) -> str:
    since = f"{brief(pod.name)} for {age(now - (pod.unready_since or now))}"
    said = last_reported(pod, now)
    return f"{since}, which {said}" if said else since


def _logs(capacity: Capacity) -> str:
    """The command that shows why a container ends, with the names of one that does."""
    reason = CapacityAvailable.CRASH_LOOP_BACK_OFF
    for blocked in capacity.cannot_start:
        if _reason_of(blocked) == reason and (container := _CONTAINER.search(blocked.blocker.message)):
            return (
                f"Find the cause with `kubectl logs {brief(blocked.pod.name)} --previous --container {container[1]}`."
            )
    return reason.remedy


def _was_crash_loop(previous: Iterable[Condition]) -> bool:
    found = (c.reason for c in previous if c.type == ConditionType.CAPACITY_AVAILABLE)
    return CapacityAvailable.CRASH_LOOP_BACK_OFF in found


def _crashed(pods: tuple[PodObservation, ...], now: float) -> str:
    """Of pods that run again: how often they crashed, and until when that counts."""
    worst = max(pods, key=lambda pod: pod.restarts)
    runs = now - (worst.ended_at or now)
    return (
        f"{does(len(pods), 'pod', 'run')} again after crashes ({worst.name}: {worst.restarts} restarts, the last end "
        f"{runs:.0f} s ago); a crash loop counts as over after {SETTLED_SECONDS:.0f} s without one. "
        f"{CapacityAvailable.CRASH_LOOP_BACK_OFF.remedy}"
    )


def _reason(capacity: Capacity) -> CapacityAvailable:
    if capacity.creation_failure:
        return CapacityAvailable.FAILED_CREATE
    return _reason_of((capacity.next_ones_too or capacity.cannot_start)[0])


def _reason_of(blocked: BlockedPod) -> CapacityAvailable:
    return _BY_BLOCKER.get(blocked.blocker.reason, CapacityAvailable.CONTAINER_NOT_CREATED)


def _provisioning(situation: Situation, waiting: tuple[BlockedPod, ...]) -> str:
    oldest = max(waiting, key=lambda blocked: blocked.seconds(situation.now))
    return (
        f"{does(len(waiting), 'pod', 'wait')} for a node, the oldest ({oldest.pod.name}) for "
        f"{oldest.seconds(situation.now):.0f} s (provisioningDeadlineSeconds "
        f"{situation.spec.provisioning_deadline_seconds}): {cut(oldest.blocker.message.rstrip('.'), SAID_BYTES)}. "
        f"{CapacityAvailable.PROVISIONING.remedy}"
    )
