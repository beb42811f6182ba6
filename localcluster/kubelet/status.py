"""A pod's status from what its containers do: pure functions, after the real kubelet's rules.

Sources: `getPhase` in pkg/kubelet/kubelet_pods.go and `GeneratePodReadyCondition` in pkg/kubelet/status/generate.go of
k8s.io/kubernetes v1.37.2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from localcluster.kubelet.pod_spec import Json


@dataclass
class ContainerStatus:
    """What is known about one container; `state` and `last_state` have the API's form."""

    name: str
    image: str
    container_id: str = ""
    """Changes with every start."""
    state: Json = field(default_factory=lambda: waiting("ContainerCreating"))
    last_state: Json = field(default_factory=dict)
    ready: bool = False
    restart_count: int = 0

    def as_json(self) -> Json:
        """The entry of `status.containerStatuses`."""
        return {
            "name": self.name,
            "image": self.image,
            "imageID": "",
            "containerID": self.container_id,
            "state": self.state,
            "lastState": self.last_state,
            "ready": self.ready,
            "started": "running" in self.state,
            "restartCount": self.restart_count,
        }


def timestamp(moment: datetime) -> str:
    """A moment (aware, UTC) in the API's format, which has whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def waiting(reason: str, message: str | None = None) -> Json:
    """The state of a container that doesn't run yet, or not again."""
    return {"waiting": {"reason": reason} | ({"message": message} if message else {})}


def running(started: datetime) -> Json:
    """The state of a container that runs."""
    return {"running": {"startedAt": timestamp(started)}}


def terminated(
    exit_code: int, started: datetime, finished: datetime, container_id: str, reason: str | None = None
) -> Json:
    """The state of a container whose command has ended; without a reason by its exit code."""
    return {
        "terminated": {
            "exitCode": exit_code,
            "reason": reason or ("Completed" if exit_code == 0 else "Error"),
            "startedAt": timestamp(started),
            "finishedAt": timestamp(finished),
            "containerID": container_id,
        }
    }


def start_failed(message: str, moment: datetime, container_id: str) -> Json:
    """The state of a container whose command could not be started, with the exit code that container runtimes give."""
    state = terminated(128, moment, moment, container_id)
    state["terminated"] |= {"reason": "StartError", "message": message}
    return state


def phase(containers: Sequence[ContainerStatus], *, restarts: bool) -> str:
    """The pod's phase.

    Args:
        containers: All of the pod.
        restarts: Whether ended containers are started again; not so under another restart policy or when the pod ends.
    """
    if any("waiting" in each.state and not each.last_state for each in containers):
        return "Pending"
    if any("running" in each.state for each in containers) or restarts:
        return "Running"
    codes = [(each.state.get("terminated") or each.last_state["terminated"])["exitCode"] for each in containers]
    return "Succeeded" if all(code == 0 for code in codes) else "Failed"


def conditions(
    containers: Sequence[ContainerStatus], pod_phase: str, previous: Mapping[str, Json], now: datetime
) -> list[Json]:
    """The kubelet's own pod conditions; a condition that keeps its status keeps its transition time.

    Args:
        containers: All of the pod.
        pod_phase: From `phase`.
        previous: The conditions as last written, by type.
        now: The transition time of those that change.
    """
    unready = [each.name for each in containers if not each.ready]
    ready: Json = {"status": "True"}
    if unready:
        names = " ".join(unready)
        ready = {
            "status": "False",
            "reason": "ContainersNotReady",
            "message": f"containers with unready status: [{names}]",
        }
    if pod_phase == "Succeeded":
        ready = {"status": "False", "reason": "PodCompleted"}
    elif pod_phase == "Failed":
        ready = {"status": "False", "reason": "PodFailed"}
    values = {
        "PodReadyToStartContainers": {"status": "True"},
        "Initialized": {"status": "True"},
        "Ready": ready,
        "ContainersReady": ready,
    }
    return [_condition(kind, value, previous.get(kind), now) for kind, value in values.items()]


def _condition(kind: str, value: Json, previous: Json | None, now: datetime) -> Json:
    unchanged = previous is not None and previous["status"] == value["status"]
    since = previous["lastTransitionTime"] if unchanged and previous else timestamp(now)
    # A reason that is absent must be written as null, or a patch leaves the old one.
    return {"type": kind, "reason": None, "message": None, **value, "lastTransitionTime": since}
