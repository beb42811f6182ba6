"""What containers share: that of their node, and that of their pod."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from localcluster.kubelet.api import Api
from localcluster.kubelet.node import Capacity
from localcluster.kubelet.pod_spec import Json
from localcluster.kubelet.recorder import Recorder
from localcluster.kubelet.volumes import Volumes


@dataclass(frozen=True)
class Node:
    """What the containers of all pods share."""

    api: Api
    recorder: Recorder
    http: aiohttp.ClientSession
    logs_folder: Path
    volumes_folder: Path
    """Gets a folder for each pod with volumes."""
    back_off_seconds: float
    """First pause after a crash or a failed pull; it doubles from then on."""
    capacity: Capacity


@dataclass(frozen=True)
class PodContext:
    """What the containers of one pod share."""

    node: Node
    pod: Json
    address: str
    """`status.podIP`."""
    changed: Callable[[], None]
    """To be called whenever the status of a container changes."""
    volumes: Volumes

    @property
    def name(self) -> str:
        """The pod's name, which is its host name, too."""
        return str(self.pod["metadata"]["name"])

    @property
    def full_name(self) -> str:
        """As the real kubelet names pods in messages."""
        metadata = self.pod["metadata"]
        return f"{metadata['name']}_{metadata['namespace']}({metadata['uid']})"

    @property
    def grace_seconds(self) -> float:
        """The grace period of a container that is ended for another reason than the pod's deletion."""
        return float(self.pod["spec"].get("terminationGracePeriodSeconds", 30))

    def normal(self, reason: str, message: str, container: str) -> None:
        """Record something that belongs to a container's life."""
        self.node.recorder.normal(self.pod, reason, message, container)

    def warning(self, reason: str, message: str, container: str) -> None:
        """Record something that a person may have to fix."""
        self.node.recorder.warning(self.pod, reason, message, container)


def container_log_file(logs_folder: Path, namespace: str, pod: str, container: str) -> Path:
    """Where a container's output goes, that of restarts after each other."""
    return logs_folder / f"{namespace}_{pod}" / f"{container}.log"
