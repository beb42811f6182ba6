"""What `CapacityAvailable` says: pods that were requested and can't start."""

from typing import Final

from controller.api.condition_reasons import CapacityAvailable
from controller.api.text import cut
from controller.operator.passes import ConditionUpdate
from controller.scaling.decision import BlockedPod, Capacity, Situation
from controller.scaling.rules.capacity import why_blocked
from controller.scaling.text import are, does

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


def capacity_available(situation: Situation, capacity: Capacity) -> ConditionUpdate:
    """Whether every pod that was requested is ready or starting, else which are not and why."""
    if capacity.creation_failure or capacity.cannot_start:
        reason = _reason(capacity)
        _, why = why_blocked(capacity, situation.now)
        growth = (
            "No replicas are added meanwhile."
            if capacity.stops_growth
            else "Others start, so replicas are still added."
        )
        return ConditionUpdate(reason, f"{cut(why[0].upper() + why[1:], 2 * SAID_BYTES)} {growth} {reason.remedy}")
    if capacity.provisioning:
        return ConditionUpdate(CapacityAvailable.PROVISIONING, _provisioning(situation, capacity.provisioning))
    ready = len(situation.observation.ready_pods)
    starting = len(situation.observation.staying_pods) - ready
    rest = f", {starting} {'is' if starting == 1 else 'are'} starting." if starting else "."
    return ConditionUpdate(CapacityAvailable.PODS_COMING, f"{are(ready, 'pod')} ready{rest}")


def _reason(capacity: Capacity) -> CapacityAvailable:
    if capacity.creation_failure:
        return CapacityAvailable.FAILED_CREATE
    first = (capacity.next_ones_too or capacity.cannot_start)[0]
    return _BY_BLOCKER.get(first.blocker.reason, CapacityAvailable.CONTAINER_NOT_CREATED)


def _provisioning(situation: Situation, waiting: tuple[BlockedPod, ...]) -> str:
    oldest = max(waiting, key=lambda blocked: blocked.seconds(situation.now))
    return (
        f"{does(len(waiting), 'pod', 'wait')} for a node, the oldest ({oldest.pod.name}) for "
        f"{oldest.seconds(situation.now):.0f} s (provisioningDeadlineSeconds "
        f"{situation.spec.provisioning_deadline_seconds}): {cut(oldest.blocker.message.rstrip('.'), SAID_BYTES)}. "
        f"{CapacityAvailable.PROVISIONING.remedy}"
    )
