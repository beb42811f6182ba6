"""Running a local cluster: control plane, one node, and a Temporal server; up together, down together."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from localcluster.admin_api import AdminApi
from localcluster.binaries import control_plane_binaries
from localcluster.cluster import LocalCluster
from localcluster.control_plane import ControlPlane, start_control_plane
from localcluster.credentials import NODE_NAME, write_kubeconfig
from localcluster.folders import PROJECT_FOLDER
from localcluster.kubelet.back_off import FIRST_SECONDS
from localcluster.kubelet.node import Capacity
from localcluster.kubelet.sandbox import ensure_sandbox_works
from localcluster.ports import start_on_free_ports
from localcluster.processes import Children, require_linux
from localcluster.temporal_server import start_temporal_server, temporal_binary
from localcluster.throwaway import throwaway_folder

NODE_SECONDS = 60.0
"""How long the node may take to be ready. 1 s was measured on an idle machine with 2 cores."""

TEMPORAL_DYNAMIC_CONFIG: Mapping[str, object] = {"frontend.enableCancelWorkerPollsOnShutdown": True}
"""Let the server end the polls of a worker that stops. By default the worker breaks them off, and a task that was being
handed over is lost until its time-out: 12 and 14 tasks in 48 stops of busy workers, and 2 and 4 with this."""


@dataclass(frozen=True)
class Options:
    """How a local cluster is to be."""

    capacity: Capacity = field(default_factory=Capacity)
    """What the node says it has."""
    back_off_seconds: float = FIRST_SECONDS
    """First pause after a crash or a failed pull, which doubles up to 5 minutes; tests set it lower than reality."""
    temporal_ui: bool = False
    """Serve Temporal's web UI, too."""
    temporal_binary: Path | None = None
    """Another Temporal command line than that of this Python environment."""


@dataclass(frozen=True)
class RunningCluster(LocalCluster):
    """A cluster that this process runs."""

    children: Children = field(default_factory=lambda: Children(Path()))
    """Its programs."""

    def ensure_running(self) -> None:
        """Raise when one of the cluster's programs has ended.

        Raises:
            LocalClusterError: Which one, with the end of its log.
        """
        self.children.ensure_running()


@contextmanager
def running_cluster(options: Options | None = None, say: Callable[[str], None] = print) -> Iterator[RunningCluster]:
    """A running cluster inside the `with` block, nothing left of it afterwards.

    To be entered in the main thread, because its processes are bound to the thread that starts them. Everything is in
    a temporary folder, which is removed at the end.

    Args:
        options: How it is to be.
        say: Called with each line of progress.

    Raises:
        LocalClusterError: Something of it could not be built or started.
    """
    require_linux()
    ensure_sandbox_works()
    binaries = control_plane_binaries(say)
    with throwaway_folder() as folder:
        logs_folder = folder / "logs"
        (logs_folder / "pods").mkdir(parents=True)
        with Children(logs_folder) as children:
            say("Starting the control plane, the kubelet and Temporal.")
            yield _start(options or Options(), binaries, folder, children)


def _start(options: Options, binaries: Path, folder: Path, children: Children) -> RunningCluster:
    control_plane = start_control_plane(binaries, folder, children)
    start_on_free_ports(1, lambda port: _start_kubelet(options, control_plane, folder, children, port))
    binary = options.temporal_binary or temporal_binary()
    temporal = start_temporal_server(children, binary, ui=options.temporal_ui, dynamic_config=TEMPORAL_DYNAMIC_CONFIG)
    return RunningCluster(
        folder=folder,
        binaries=binaries,
        kubeconfig=control_plane.kubeconfig,
        server=control_plane.server,
        certificate=control_plane.certificate,
        temporal_address=temporal.address,
        temporal_binary=binary,
        temporal_ui_url=temporal.ui_url,
        children=children,
    )


def _start_kubelet(options: Options, control_plane: ControlPlane, folder: Path, children: Children, port: int) -> None:
    certificate = control_plane.certificate
    kubeconfig = write_kubeconfig(
        folder / "kubelet.kubeconfig", control_plane.server, certificate, control_plane.tokens.kubelet
    )
    arguments = {
        "kubeconfig": kubeconfig,
        "node-name": NODE_NAME,
        "logs-folder": children.logs_folder / "pods",
        "volumes-folder": folder / "volumes",
        "port": port,
        "certificate": certificate,
        "key": certificate.with_suffix(".key"),
        "cpu": options.capacity.cpu,
        "memory": options.capacity.memory,
        "pods": options.capacity.pods,
        "back-off-seconds": options.back_off_seconds,
    }
    in_project = ["env", "-C", str(PROJECT_FOLDER), sys.executable, "-m", "localcluster.kubelet"]
    child = children.start(
        "kubelet", [*in_project, *(part for name, value in arguments.items() for part in (f"--{name}", str(value)))]
    )
    api = AdminApi(control_plane.kubeconfig)
    child.wait_until(lambda: _has_ready_node(api), NODE_SECONDS)


def _has_ready_node(api: AdminApi) -> bool:
    nodes = api.read("nodes", "")["items"]
    conditions = [condition for node in nodes for condition in node["status"].get("conditions", ())]
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
