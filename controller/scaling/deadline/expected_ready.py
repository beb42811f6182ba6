"""When a pod that starts will be ready: what was ordered is reckoned with, so that a burst is answered once."""

from controller.scaling.observation import PodObservation


def seconds_until_ready(pod: PodObservation, start_up_seconds: float, node_seconds: float, now: float) -> float:
    """How long a pod is expected to take from now on.

    Args:
        pod: It is on its way.
        start_up_seconds: What a start costs, L, with the wait for a node.
        node_seconds: The part of it that pods wait for a node.
        now: Seconds since the Unix epoch.
    """
    start_seconds = start_up_seconds - node_seconds
    if pod.scheduled_at is None:
        return _left(node_seconds, now - pod.created_at) + start_seconds
    return _left(start_seconds, now - pod.scheduled_at)


def _left(expected_seconds: float, passed_seconds: float) -> float:
    """What is left of an expected time. What is late by some time is expected in as much time again."""
    return abs(expected_seconds - passed_seconds)
