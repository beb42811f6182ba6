"""What keeps a pod from becoming ready, from its status; the real kubelet's and scheduler's words."""

from typing import Any

import pytest

from controller.cluster.convert import blocker, to_pod
from controller.cluster.fields import Fields
from controller.cluster.objects import ContainerEnd
from controller.scaling.observation import Blocker

SCHEDULED = {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-11-24T12:00:00Z"}
NO_NODE = {
    "type": "PodScheduled",
    "status": "False",
    "reason": "Unschedulable",
    "message": "0/1 nodes are available: 1 Insufficient cpu.",
    "lastTransitionTime": "2026-11-24T12:00:00Z",
}
RUNNING = {"running": {"startedAt": "2026-11-24T12:00:00Z"}}


def status(container: dict[str, Any], kind: str = "containerStatuses") -> dict[str, Any]:
    """The status of a pod that has a node."""
    return {"conditions": [SCHEDULED], kind: [{"name": "worker", "state": {}, **container}]}


def in_the_way(status: dict[str, Any]) -> Blocker | None:
    """What blocks the pod by its status."""
    return blocker(Fields(status))


def ended(seconds: int) -> dict[str, Any]:
    """The last run of a container, which lasted so many seconds."""
    finished = f"2026-11-24T12:{seconds // 60:02}:{seconds % 60:02}Z"
    run = {"startedAt": "2026-11-24T12:00:00Z", "finishedAt": finished}
    return {"lastState": {"terminated": {"exitCode": 3, "reason": "Error", **run}}}


def test_a_pod_that_fits_on_no_node_is_unschedulable_since_the_scheduler_reported_it() -> None:
    """With its message, which counts the nodes."""
    found = Blocker("Unschedulable", "0/1 nodes are available: 1 Insufficient cpu.", 1_795_521_600.0)
    assert in_the_way({"conditions": [NO_NODE]}) == found


def test_a_pod_with_a_scheduling_gate_is_not_blocked() -> None:
    """A scheduling gate is set on purpose."""
    assert in_the_way({"conditions": [NO_NODE | {"reason": "SchedulingGated"}]}) is None


@pytest.mark.parametrize("kind", ["containerStatuses", "initContainerStatuses"])
@pytest.mark.parametrize("reason", ["ErrImagePull", "ImagePullBackOff", "CreateContainerConfigError"])
def test_a_container_that_can_not_start_blocks_its_pod(kind: str, reason: str) -> None:
    """Whatever the kubelet calls it, init containers too."""
    waiting = {"state": {"waiting": {"reason": reason, "message": "no such thing"}}}
    assert in_the_way(status(waiting, kind)) == Blocker(reason, "no such thing")


@pytest.mark.parametrize(
    "container",
    [
        pytest.param({"state": {"waiting": {"reason": "ContainerCreating"}}}, id="being created"),
        pytest.param({"state": {"waiting": {"reason": "PodInitializing"}}}, id="after init containers"),
        pytest.param({"state": RUNNING, "restartCount": 0}, id="running and not ready yet"),
        pytest.param({"state": RUNNING, "restartCount": 1, **ended(5)}, id="restarted once"),
        pytest.param({"state": RUNNING, "restartCount": 2, "ready": True, **ended(5)}, id="ready beside another one"),
        pytest.param({"state": RUNNING, "restartCount": 7, **ended(600)}, id="the last run was a long one"),
    ],
)
def test_a_pod_that_starts_is_not_blocked(container: dict[str, Any]) -> None:
    """It may still become ready."""
    assert in_the_way(status(container)) is None


@pytest.mark.parametrize(
    "state",
    [
        pytest.param({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}}, id="in back-off"),
        pytest.param(RUNNING, id="runs for a moment"),
        pytest.param({"waiting": {"reason": "ContainerCreating"}}, id="is created again"),
    ],
)
def test_a_crash_loop_stays_one_between_two_back_offs(state: dict[str, Any]) -> None:
    """Else growth would be set free, for a moment, at each restart."""
    words = "container worker ended with exit code 3 (Error), restarts so far: 2"
    assert in_the_way(status({"state": state, "restartCount": 2, **ended(5)})) == Blocker("CrashLoopBackOff", words)


def test_the_first_back_off_has_how_the_container_ended() -> None:
    """There is no last state yet that another run left."""
    waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}}
    words = "container worker ended with exit code 3 (Error), restarts so far: 1"
    assert in_the_way(status({"state": waiting, "restartCount": 1, **ended(5)})) == Blocker("CrashLoopBackOff", words)


def test_a_ready_pod_is_not_blocked() -> None:
    """Whatever the last state of an init container is."""
    ready = {"type": "Ready", "status": "True"}
    assert in_the_way({"conditions": [SCHEDULED, ready]}) is None


@pytest.mark.parametrize("missing", ["startedAt", "finishedAt"])
def test_an_end_without_a_time_is_no_crash(missing: str) -> None:
    """A container that could not be found any more, as after an eviction, has null there, for weeks."""
    last = ended(5)
    last["lastState"]["terminated"] |= {"exitCode": 137, "reason": "ContainerStatusUnknown", missing: None}
    waiting = {"waiting": {"reason": "ContainerCreating"}}
    assert in_the_way(status({"state": waiting, "restartCount": 2, **last})) is None


def test_the_last_end_of_a_container_has_its_time_and_restarts() -> None:
    """Whichever container it was; one that ended without a time was on a node that was lost."""
    crashed = status({"state": RUNNING, "restartCount": 4, **ended(65)})
    assert to_pod({"status": crashed}).last_end == ContainerEnd(1_795_521_665.0, 4)
    assert to_pod({"status": status({"state": RUNNING, "restartCount": 4})}).last_end is None
    lost = {"lastState": {"terminated": {"exitCode": 137, "finishedAt": None}}}
    assert to_pod({"status": status({"state": RUNNING, "restartCount": 1, **lost})}).last_end is None
