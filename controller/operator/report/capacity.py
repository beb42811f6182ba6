"""The finding about pods that were ordered and are not coming."""

from typing import Final

from controller.api.condition_reasons import CapacityAvailable
from controller.operator.findings import Finding
from controller.scaling.capacity import Capacity, Hindered
from controller.scaling.decision import Situation
from controller.scaling.rules.not_coming import obstacles
from controller.scaling.text import are

_BY_OBSTACLE: Final = {
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


def capacity_available(situation: Situation, capacity: Capacity) -> Finding:
    """Whether every pod that was ordered is ready or on its way, else which are not and why."""
    if capacity.creation_failure or capacity.not_coming:
        reason = _reason(capacity)
        _, why = obstacles(capacity, situation.now)
        growth = "No more are ordered meanwhile." if capacity.stops_growth else "Others come, so more are ordered."
        return Finding(reason, f"{why[0].upper()}{why[1:]} {growth} {reason.remedy}")
    if capacity.provisioning:
        return Finding(CapacityAvailable.PROVISIONING, _provisioning(situation, capacity.provisioning))
    staying = situation.observation.staying_pods
    ready = len(situation.observation.ready_pods)
    return Finding(CapacityAvailable.PODS_COMING, f"{are(ready, 'pod')} ready, {len(staying) - ready} on the way.")


def _reason(capacity: Capacity) -> CapacityAvailable:
    if capacity.creation_failure:
        return CapacityAvailable.FAILED_CREATE
    first = (capacity.blocked or capacity.not_coming)[0]
    return _BY_OBSTACLE.get(first.obstacle.reason, CapacityAvailable.CONTAINER_NOT_CREATED)


def _provisioning(situation: Situation, waiting: tuple[Hindered, ...]) -> str:
    oldest = max(waiting, key=lambda hindered: hindered.seconds(situation.now))
    deadline, seconds = situation.spec.provisioning_deadline_seconds, oldest.seconds(situation.now)
    return (
        f"{are(len(waiting), 'pod')} without a node, the oldest ({oldest.pod.name}) for {seconds:.0f} of the "
        f"{deadline} s for which they count as coming: {oldest.obstacle.message.rstrip('.')}. "
        f"{CapacityAvailable.PROVISIONING.remedy}"
    )
