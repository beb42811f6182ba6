"""A pod's status from what its containers do."""

from datetime import UTC, datetime, timedelta

import pytest

from localcluster.kubelet.status import ContainerStatus, conditions, phase, running, start_failed, terminated, waiting

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
END = START + timedelta(seconds=5)


def container(
    state: dict[str, object], last_state: dict[str, object] | None = None, *, ready: bool = False
) -> ContainerStatus:
    """The status of a container named `worker`."""
    return ContainerStatus("worker", "image", "process://1", state, last_state or {}, ready)


RUNNING = container(running(START), ready=True)
CREATING = container(waiting("ContainerCreating"))
SUCCEEDED = container(terminated(0, START, END, "process://1"))
FAILED = container(terminated(3, START, END, "process://1"))
CRASHED = container(waiting("CrashLoopBackOff"), FAILED.state)


@pytest.mark.parametrize(
    ("containers", "restarts", "expected"),
    [
        pytest.param([CREATING], True, "Pending", id="not started yet"),
        pytest.param([RUNNING, CREATING], True, "Pending", id="one of two not started yet"),
        pytest.param([RUNNING], True, "Running", id="runs"),
        pytest.param([CRASHED], True, "Running", id="waits for its restart"),
        pytest.param([RUNNING, FAILED], False, "Running", id="one of two still runs"),
        pytest.param([SUCCEEDED], False, "Succeeded", id="ended well for good"),
        pytest.param([SUCCEEDED, FAILED], False, "Failed", id="one of two ended badly for good"),
        pytest.param([CRASHED], False, "Failed", id="deleted while waiting for its restart"),
        pytest.param([CREATING], False, "Pending", id="deleted before it started"),
    ],
)
def test_the_phase_follows_the_containers(containers: list[ContainerStatus], expected: str, *, restarts: bool) -> None:
    """Rows of the real kubelet's `getPhase`."""
    assert phase(containers, restarts=restarts) == expected


def test_conditions_name_the_containers_that_are_not_ready() -> None:
    """`kubectl describe` shows which."""
    ready = {each["type"]: each for each in conditions([CREATING], "Pending", {}, START)}["Ready"]
    assert ready == {
        "type": "Ready",
        "status": "False",
        "reason": "ContainersNotReady",
        "message": "containers with unready status: [worker]",
        "lastTransitionTime": "2026-11-24T12:00:00Z",
    }


@pytest.mark.parametrize(("state", "reason"), [("Succeeded", "PodCompleted"), ("Failed", "PodFailed")])
def test_an_ended_pod_is_not_ready_because_it_ended(state: str, reason: str) -> None:
    """The reason is the phase, not the containers."""
    ready = {each["type"]: each for each in conditions([SUCCEEDED], state, {}, START)}["Ready"]
    assert (ready["status"], ready["reason"]) == ("False", reason)


def test_a_condition_keeps_its_time_until_its_status_changes() -> None:
    """Readiness since when: the operator and `kubectl describe` rely on it."""
    first = {each["type"]: each for each in conditions([CREATING], "Pending", {}, START)}
    second = {each["type"]: each for each in conditions([RUNNING], "Running", first, END)}
    assert second["Ready"]["lastTransitionTime"] == "2026-11-24T12:00:05Z"
    assert second["Initialized"]["lastTransitionTime"] == "2026-11-24T12:00:00Z"


def test_a_status_has_the_fields_that_kubectl_shows() -> None:
    """State and last state, restarts, readiness."""
    crashed = container(waiting("CrashLoopBackOff", "back-off"), FAILED.state)
    crashed.restart_count = 2
    assert crashed.as_json() == {
        "name": "worker",
        "image": "image",
        "imageID": "",
        "containerID": "process://1",
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}},
        "lastState": {
            "terminated": {
                "exitCode": 3,
                "reason": "Error",
                "startedAt": "2026-11-24T12:00:00Z",
                "finishedAt": "2026-11-24T12:00:05Z",
                "containerID": "process://1",
            }
        },
        "ready": False,
        "started": False,
        "restartCount": 2,
    }


def test_a_command_that_can_not_be_started_says_why() -> None:
    """With the exit code of container runtimes."""
    ended = start_failed("no such file", START, "process://1")["terminated"]
    assert (ended["exitCode"], ended["reason"], ended["message"]) == (128, "StartError", "no such file")
