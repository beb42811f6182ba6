"""The finding about pods that were ordered and are not coming."""

from typing import Final

from controller.api.condition_reasons import CapacityAvailable
from controller.operator.passes import ConditionUpdate
from controller.scaling.decision import BlockedPod, Capacity, Situation
from controller.scaling.rules.capacity import why_blocked
from controller.scaling.text import are

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
    """Whether every pod that was ordered is ready or on its way, else which are not and why."""
    if capacity.creation_failure or capacity.cannot_start:
        reason = _reason(capacity)
        _, why = why_blocked(capacity, situation.now)
        growth = "No more are ordered meanwhile." if capacity.stops_growth else "Others come, so more are ordered."
        return ConditionUpdate(reason, f"{why[0].upper()}{why[1:]} {growth} {reason.remedy}")
    if capacity.provisioning:
        return ConditionUpdate(CapacityAvailable.PROVISIONING, _provisioning(situation, capacity.provisioning))
    staying = situation.observation.staying_pods
    ready = len(situation.observation.ready_pods)
    return ConditionUpdate(
        CapacityAvailable.PODS_COMING, f"{are(ready, 'pod')} ready, {len(staying) - ready} on the way."
    )


def _reason(capacity: Capacity) -> CapacityAvailable:
    if capacity.creation_failure:
        return CapacityAvailable.FAILED_CREATE
    first = (capacity.next_ones_too or capacity.cannot_start)[0]
    return _BY_BLOCKER.get(first.blocker.reason, CapacityAvailable.CONTAINER_NOT_CREATED)


def _provisioning(situation: Situation, waiting: tuple[BlockedPod, ...]) -> str:
    oldest = max(waiting, key=lambda blocked: blocked.seconds(situation.now))
    deadline, seconds = situation.spec.provisioning_deadline_seconds, oldest.seconds(situation.now)
    return (
        f"{are(len(waiting), 'pod')} without a node, the oldest ({oldest.pod.name}) for {seconds:.0f} of the "
        f"{deadline} s for which they count as coming: {oldest.blocker.message.rstrip('.')}. "
        f"{CapacityAvailable.PROVISIONING.remedy}"
    )
