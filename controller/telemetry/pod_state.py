"""In which state a pod of the Deployment is: each is in exactly one."""

from enum import StrEnum
from typing import Self

from controller.scaling.decision import Capacity
from controller.scaling.observation import PodObservation


class PodState(StrEnum):
    """What a pod is to the pool."""

    meaning: str

    READY = "ready", "its readiness probe says so"
    STARTING = "starting", "was never ready"
    PROVISIONING = "provisioning", "fits on no node yet"
    CANNOT_START = "cannot_start", "see the condition CapacityAvailable"
    UNREADY = "unready", "was ready before"
    TERMINATING = "terminating", "was asked to stop"

    def __new__(cls, value: str, meaning: str) -> Self:
        """One member of a row: its word, and what it means."""
        state = str.__new__(cls, value)
        state._value_, state.meaning = value, meaning
        return state


def pod_state(pod: PodObservation, capacity: Capacity) -> PodState:
    """The state of a pod, by the same capacity that the decision counted on."""
    if pod.terminating:
        return PodState.TERMINATING
    if any(blocked.pod is pod for blocked in capacity.cannot_start):
        return PodState.CANNOT_START
    if any(blocked.pod is pod for blocked in capacity.provisioning):
        return PodState.PROVISIONING
    if pod.is_ready:
        return PodState.READY
    return PodState.STARTING if pod.is_new else PodState.UNREADY
