"""What keeps a pod from becoming ready, as the scheduler and the kubelet write it into its status."""

from typing import Final

from controller.cluster.fields import Fields
from controller.scaling.observation import UNSCHEDULABLE, Obstacle

ON_THE_WAY: Final = frozenset({"ContainerCreating", "PodInitializing"})
"""Reasons to wait that belong to every start."""

CRASH_LOOP: Final = "CrashLoopBackOff"

CRASHES: Final = 2
"""Restarts from which on a container that runs again, and is not ready yet, still counts as crashing: the first one
comes at once and often mends it, such as after a server that was not there yet."""

LASTING_RUN_SECONDS: Final = 600.0
"""After a run that was longer the kubelet starts its back-off anew (twice `MaxContainerBackOff`, 5 minutes)."""


def obstacle(status: Fields) -> Obstacle | None:
    """What a pod's status says is in the way; `None` when it is on its way, or ready."""
    conditions = {condition.text("type"): condition for condition in status.items("conditions")}
    nothing = Fields(None)
    if conditions.get("Ready", nothing).text("status") == "True":
        return None
    scheduled = conditions.get("PodScheduled", nothing)
    if scheduled.text("status") == "False" and scheduled.text("reason") == UNSCHEDULABLE:
        return Obstacle(UNSCHEDULABLE, scheduled.text("message"), scheduled.time("lastTransitionTime"))
    containers = [*status.items("initContainerStatuses"), *status.items("containerStatuses")]
    return next((found for container in containers if (found := _of_container(container))), None)


def _of_container(container: Fields) -> Obstacle | None:
    ended, waiting = container.part("lastState", "terminated"), container.part("state", "waiting")
    reason = waiting.text("reason")
    if reason == CRASH_LOOP or (_keeps_crashing(container, ended) and reason in {"", *ON_THE_WAY}):
        return Obstacle(CRASH_LOOP, _crashes(container, ended if ended.raw else container.part("state", "terminated")))
    if not reason or reason in ON_THE_WAY:
        return None
    return Obstacle(reason, waiting.text("message"))


def _keeps_crashing(container: Fields, ended: Fields) -> bool:
    """Whether a container that is not in back-off at this moment was so a moment ago.

    An end without times is that of a container whose node was lost, and no crash.
    """
    if container.flag("ready") or container.count("restartCount") < CRASHES:
        return False
    began_at, ended_at = ended.time("startedAt"), ended.time("finishedAt")
    return began_at is not None and ended_at is not None and ended_at - began_at < LASTING_RUN_SECONDS


def _crashes(container: Fields, ended: Fields) -> str:
    """What is known of the end of a container, in words; the kubelet's own message only names its back-off."""
    why, code = ended.text("reason") or "Error", ended.raw.get("exitCode")
    restarts = container.count("restartCount")
    return f"container {container.text('name')} ended with exit code {code} ({why}), restarts so far: {restarts}"
