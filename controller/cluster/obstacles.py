"""What keeps a pod from becoming ready, as the scheduler and the kubelet write it into its status."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from controller.scaling.observation import UNSCHEDULABLE, Obstacle

ON_THE_WAY: Final = frozenset({"ContainerCreating", "PodInitializing"})
"""Reasons to wait that belong to every start."""

CRASH_LOOP: Final = "CrashLoopBackOff"

CRASHES: Final = 2
"""Restarts from which on a container that runs again, and is not ready yet, still counts as crashing: the first one
comes at once and often mends it, such as after a server that was not there yet."""

LASTING_RUN: Final = timedelta(minutes=10)
"""After a run that was longer the kubelet starts its back-off anew (twice `MaxContainerBackOff`, 5 minutes)."""


def obstacle(status: Mapping[str, Any]) -> Obstacle | None:
    """What a pod's status says is in the way; `None` when it is on its way, or ready."""
    conditions = {condition["type"]: condition for condition in status.get("conditions", ())}
    if conditions.get("Ready", {}).get("status") == "True":
        return None
    scheduled = conditions.get("PodScheduled", {})
    if scheduled.get("status") == "False" and scheduled.get("reason") == UNSCHEDULABLE:
        since = datetime.fromisoformat(scheduled["lastTransitionTime"]).timestamp()
        return Obstacle(UNSCHEDULABLE, scheduled.get("message", ""), since)
    containers = [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]
    return next((found for container in containers if (found := _of_container(container))), None)


def _of_container(container: Mapping[str, Any]) -> Obstacle | None:
    state, last = container.get("state", {}), container.get("lastState", {}).get("terminated")
    waiting = state.get("waiting", {})
    reason = waiting.get("reason")
    if reason == CRASH_LOOP or (_keeps_crashing(container, last) and reason in {None, *ON_THE_WAY}):
        return Obstacle(CRASH_LOOP, _crashes(container, last or state.get("terminated") or {}))
    if reason is None or reason in ON_THE_WAY:
        return None
    return Obstacle(reason, waiting.get("message", ""))


def _keeps_crashing(container: Mapping[str, Any], last: Mapping[str, Any] | None) -> bool:
    """Whether a container that is not in back-off at this moment was so a moment ago."""
    if container.get("ready") or container.get("restartCount", 0) < CRASHES or not last:
        return False
    began, ended = (datetime.fromisoformat(last[key]) for key in ("startedAt", "finishedAt"))
    return ended - began < LASTING_RUN


def _crashes(container: Mapping[str, Any], last: Mapping[str, Any]) -> str:
    """What is known of the end of a container, in words; the kubelet's own message only names its back-off."""
    why, code = last.get("reason", "Error"), last.get("exitCode")
    restarts = container.get("restartCount", 0)
    return f"container {container['name']} ended with exit code {code} ({why}), restarts so far: {restarts}"
