"""The local cluster as one thing: control plane, one node, and a Temporal server; up together, down together."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from localcluster.admin_api import AdminApi
from localcluster.binaries import control_plane_binaries
from localcluster.control_plane import ControlPlane, start_control_plane
from localcluster.credentials import NODE_NAME, write_kubeconfig
from localcluster.errors import LocalClusterError
from localcluster.folders import PROJECT_FOLDER
from localcluster.kubelet.back_off import FIRST_SECONDS
from localcluster.kubelet.node import Capacity
from localcluster.kubelet.sandbox import ensure_sandbox_works
from localcluster.ports import start_on_free_ports
from localcluster.processes import Children, require_linux
from localcluster.temporal_server import TemporalServer, start_temporal_server, temporal_binary
from localcluster.throwaway import throwaway_folder

NODE_SECONDS = 60.0
"""How long the node may take to be ready. 1 s was measured on an idle machine with 2 cores."""

TOKEN_DURATION = "24h"  # noqa: S105 - for how long a token is good
"""Longer than anything that runs here."""

TEMPORAL_DYNAMIC_CONFIG: Mapping[str, object] = {"frontend.enableCancelWorkerPollsOnShutdown": True}
"""Let the server end the polls of a worker that stops. By default the worker breaks them off, and a task that was being
handed over is lost until its time-out: 12 and 14 tasks in 48 stops of busy workers, and 2 and 4 with this."""

_COLLECTED = "nodes,deployments,replicasets,pods,configmaps,horizontalpodautoscalers,resourcequotas,leases"


class KubectlError(LocalClusterError):
    """A kubectl command failed; the message has the command and what it said."""


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


class LocalCluster:
    """A context manager: a running cluster inside the `with` block, nothing left of it afterwards.

    It must be entered in the main thread, because its processes are bound to the thread that starts them. Everything
    is in a temporary folder, which is removed at the end.

    Attributes are set once it is entered:
        folder: The temporary folder.
        logs_folder: A log file for each program, and `pods/<namespace>_<pod>/<container>.log`.
        kubeconfig: The admin's.
        temporal_address: `host:port` of Temporal's frontend.
        temporal_ui_url: Of Temporal's web UI, `None` if it wasn't asked for.
    """

    folder: Path
    logs_folder: Path
    kubeconfig: Path
    temporal_address: str
    temporal_ui_url: str | None

    def __init__(self, options: Options | None = None, say: Callable[[str], None] = print) -> None:
        self._options = options or Options()
        self._say = say

    def __enter__(self) -> Self:
        require_linux()
        ensure_sandbox_works()
        self._binaries = control_plane_binaries(self._say)
        with ExitStack() as stack:
            self.folder = stack.enter_context(throwaway_folder())
            self.logs_folder = self.folder / "logs"
            (self.logs_folder / "pods").mkdir(parents=True)
            self._children = stack.enter_context(Children(self.logs_folder))
            self._start()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def kubectl(self, *arguments: str, input: str | None = None, check: bool = True) -> str:  # noqa: A002 - as subprocess
        """Run kubectl as the admin and return what it printed.

        Args:
            arguments: Such as `"get", "pods", "-o", "json"`.
            input: For its standard input, such as a manifest for `apply -f -`.
            check: Raise when it fails; otherwise what it said on standard error is returned with the rest.

        Raises:
            KubectlError: It failed.
        """
        options = ["--kubeconfig", str(self.kubeconfig), "--cache-dir", str(self.folder / "kubectl-cache")]
        command = [str(self._binaries / "kubectl"), *options, *arguments]
        result = subprocess.run(command, input=input, capture_output=True, text=True, check=False)
        if result.returncode == 0:
            return result.stdout
        if check:
            raise KubectlError(f"`kubectl {' '.join(arguments)}` failed: {result.stderr.strip()}")
        return result.stdout + result.stderr

    @cached_property
    def api(self) -> AdminApi:
        """Requests to the API server without a process of kubectl."""
        return AdminApi(self.kubeconfig)

    def read(self, kind: str, namespace: str, name: str = "", **query: str) -> Any:  # noqa: ANN401 - JSON
        """Read one object, or without a name a list of them, without a process of kubectl; see `AdminApi.read`.

        Raises:
            RefusedError: It isn't there, or the API server refused.
        """
        return self.api.read(kind, namespace, name, **query)

    def shell(self, script: str) -> str:
        """Run a shell script as at a terminal whose `kubectl` is the admin's, and return what it printed.

        Raises:
            subprocess.CalledProcessError: It failed.
        """
        path = f"{self._binaries}{os.pathsep}{os.environ.get('PATH', '')}"
        environment = os.environ | {"PATH": path, "KUBECONFIG": str(self.kubeconfig)}
        command = ["/bin/sh", "-euc", script]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    def kubeconfig_for_service_account(self, namespace: str, name: str) -> Path:
        """Write a kubeconfig with a token of a ServiceAccount, whose namespace is the default one in it.

        Raises:
            KubectlError: There is no such ServiceAccount.
        """
        token = self.kubectl("create", "token", name, "--namespace", namespace, "--duration", TOKEN_DURATION).strip()
        file = self.folder / f"{namespace}_{name}.kubeconfig"
        return write_kubeconfig(file, self._control_plane.server, self._control_plane.certificate, token, namespace)

    def create_temporal_namespace(self, name: str) -> None:
        """Create a Temporal namespace and wait until it can be used.

        Raises:
            LocalClusterError: It exists already, or its name is refused.
        """
        self._temporal.create_namespace(name)

    def ensure_running(self) -> None:
        """Raise when one of the cluster's programs has ended.

        Raises:
            LocalClusterError: Which one, with the end of its log.
        """
        self._children.ensure_running()

    def collect(self, folder: Path) -> None:
        """Write what explains a failure into a folder: logs, Events, and the objects as they are.

        Secrets are left out. What can't be read is written as the error that came instead.
        """
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(self.logs_folder, folder / "logs", dirs_exist_ok=True)
        everywhere = ("--all-namespaces", "--ignore-not-found")
        commands = {
            "events.txt": ("get", "events", *everywhere, "--sort-by=.lastTimestamp", "-o", "wide"),
            "pods.txt": ("get", "pods", *everywhere, "-o", "wide"),
            "objects.yaml": ("get", _COLLECTED, *everywhere, "-o", "yaml"),
            "workerpools.yaml": ("get", "temporalworkerpools", *everywhere, "-o", "yaml"),
        }
        for name, command in commands.items():
            (folder / name).write_text(self.kubectl(*command, check=False))

    def _start(self) -> None:
        self._say("Starting the control plane, the kubelet and Temporal.")
        self._control_plane: ControlPlane = start_control_plane(self._binaries, self.folder, self._children)
        self.kubeconfig = self._control_plane.kubeconfig
        start_on_free_ports(1, self._start_kubelet)
        binary = self._options.temporal_binary or temporal_binary()
        self._temporal: TemporalServer = start_temporal_server(
            self._children, binary, ui=self._options.temporal_ui, dynamic_config=TEMPORAL_DYNAMIC_CONFIG
        )
        self.temporal_address = self._temporal.address
        self.temporal_ui_url = self._temporal.ui_url

    def _start_kubelet(self, port: int) -> None:
        control_plane = self._control_plane
        certificate = control_plane.certificate
        kubeconfig = write_kubeconfig(
            self.folder / "kubelet.kubeconfig", control_plane.server, certificate, control_plane.tokens.kubelet
        )
        options = {
            "kubeconfig": kubeconfig,
            "node-name": NODE_NAME,
            "logs-folder": self.logs_folder / "pods",
            "port": port,
            "certificate": certificate,
            "key": certificate.with_suffix(".key"),
            "cpu": self._options.capacity.cpu,
            "memory": self._options.capacity.memory,
            "pods": self._options.capacity.pods,
            "back-off-seconds": self._options.back_off_seconds,
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        in_project = ["env", "-C", str(PROJECT_FOLDER), sys.executable, "-m", "localcluster.kubelet"]
        child = self._children.start("kubelet", [*in_project, *arguments])
        child.wait_until(self._has_ready_node, NODE_SECONDS)

    def _has_ready_node(self) -> bool:
        nodes = self.read("nodes", "")["items"]
        conditions = [condition for node in nodes for condition in node["status"].get("conditions", ())]
        return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
