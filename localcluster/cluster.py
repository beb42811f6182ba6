"""A running local cluster as its users have it: kubectl, objects, accounts, Temporal namespaces, and its traces."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

from localcluster.admin_api import AdminApi
from localcluster.credentials import write_kubeconfig
from localcluster.errors import LocalClusterError
from localcluster.temporal_server import TemporalClient

TOKEN_DURATION: Final = "24h"  # noqa: S105 - for how long a token is good
"""Longer than anything that runs here."""

_COLLECTED: Final = "nodes,deployments,replicasets,pods,configmaps,horizontalpodautoscalers,resourcequotas,leases"


class KubectlError(LocalClusterError):
    """A kubectl command failed; the message has the command and what it said."""


@dataclass(frozen=True)
class LocalCluster:
    """A running cluster, of this process or of another one."""

    folder: Path
    """The temporary folder that all of it is in."""
    binaries: Path
    """Folder of the control plane's programs and kubectl."""
    kubeconfig: Path
    """The admin's."""
    server: str
    """URL of the API server."""
    certificate: Path
    """The API server's certificate with its authority (PEM)."""
    temporal_address: str
    """`host:port` of Temporal's frontend."""
    temporal_binary: Path
    """Temporal's command line."""
    temporal_ui_url: str | None = None
    """Of Temporal's web UI, `None` if it wasn't asked for."""

    def to_json(self) -> str:
        """What another process on this machine reads it from."""
        return json.dumps({each.name: getattr(self, each.name) for each in fields(LocalCluster)}, default=str)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """A cluster that another process runs."""
        paths = ("folder", "binaries", "kubeconfig", "certificate", "temporal_binary")
        read = json.loads(text)
        return cls(**(read | {name: Path(read[name]) for name in paths}))

    @property
    def logs_folder(self) -> Path:
        """A log file for each program, and `pods/<namespace>_<pod>/<container>.log`."""
        return self.folder / "logs"

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
        command = [str(self.binaries / "kubectl"), *options, *arguments]
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
        path = f"{self.binaries}{os.pathsep}{os.environ.get('PATH', '')}"
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
        return write_kubeconfig(file, self.server, self.certificate, token, namespace)

    def create_temporal_namespace(self, name: str) -> None:
        """Create a Temporal namespace and wait until it can be used.

        Raises:
            LocalClusterError: It exists already, or its name is refused.
        """
        TemporalClient(self.temporal_address, self.temporal_binary, self.logs_folder).create_namespace(name)

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
